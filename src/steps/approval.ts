import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { tally } from '../core/step/ballot.ts';
import { shownDuration, shownInstant } from '../core/step/deadline.ts';
import { listed, shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';

const input = z.strictObject({
  roles: z.array(z.string().min(1)).min(1).describe('Whose approval counts: roles of the policy'),
  quorum: z.int().min(1).max(50).default(1).describe('Approvals needed; the policy may ask for more'),
  expires: durationSchema.optional().describe('The approval is asked for this long; absent: without end'),
});
type Input = z.infer<typeof input>;

const keptSchema = z.strictObject({
  nonce: z.string(),
  digest: z.string(),
  from: z.int().min(0),
  until: z.number().nullable(),
});
type Kept = z.infer<typeof keptSchema>;

function ask({ input: given, rollout, answers, now, newNonce }: StepContext<Input>): Kept {
  return {
    nonce: newNonce(),
    digest: rollout.digest,
    from: answers.length,
    until: given.expires === undefined ? null : now() + milliseconds(given.expires),
  };
}

/** The question that stands, or a new one: a changed plan voids every answer to the old one. */
function question(context: StepContext<Input>): Kept {
  if (context.kept === undefined) return ask(context);
  const kept = keptSchema.parse(context.kept);
  return kept.digest === context.rollout.digest ? kept : ask(context);
}

function waitFor(context: StepContext<Input>, kept: Kept, quorum: number, until: number | null): StepResult {
  return {
    status: 'waiting',
    waiting: {
      for: 'approval',
      roles: context.input.roles,
      quorum,
      nonce: kept.nonce,
      digest: kept.digest,
      what: context.step.name,
      ...(until === null ? {} : { until: iso(until) }),
    },
    state: kept,
  };
}

/** Asks people to approve. One person is one vote; who started the rollout has none. */
export const approval: StepKind<Input> = {
  uses: 'approval',
  describe: 'Waits until enough people of the named roles approve, one rejects, or the time is over.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const needed =
      typeof given.quorum === 'number' && given.quorum > 1 ? `${given.quorum} approvals` : 'approval';
    const limit = given.expires === undefined ? '' : `, within ${shownDuration(given.expires)}`;
    return { summary: `Ask for ${needed} by ${listed(given.roles, 'or')}${limit}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const kept = question(context);
    const quorum = Math.max(context.input.quorum, context.rollout.quorum);
    const result = tally(context.answers, { ...kept, quorum, notBy: context.rollout.startedBy });
    if (result.rejected) {
      const { by, reason } = result.rejected;
      const why = reason === undefined ? '' : `: ${shown(reason)}`;
      return { status: 'failed', summary: `Rejected by ${by.name}${why}`, retryable: false };
    }
    if (result.approved.length >= quorum) {
      const votes = result.approved.map(({ by, reason }) =>
        reason === undefined ? by.name : `${by.name} (“${shown(reason)}”)`,
      );
      const approvedBy = result.approved.map(({ by, at }) => ({ id: by.id, name: by.name, via: by.via, at }));
      return { status: 'succeeded', summary: `Approved by ${listed(votes)}`, output: { approvedBy } };
    }
    if (result.until !== null && context.now() >= result.until) {
      const had = `${result.approved.length} of ${quorum} approvals`;
      return {
        status: 'failed',
        summary: `Expired at ${shownInstant(result.until)} with ${had}`,
        detail: 'Nobody gave the missing approval in time. Retry the step to ask again, or roll back.',
        retryable: false,
      };
    }
    return waitFor(context, kept, quorum, result.until);
  },
};
