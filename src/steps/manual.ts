import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import type { Waiting } from '../core/rollout/event.ts';
import type { Answer } from '../core/rollout/state.ts';
import { extension, shownDuration, shownInstant } from '../core/step/deadline.ts';
import { listed, shown, shownUrl } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { probe, probeSchema } from './http/probe.ts';

const input = z.strictObject({
  roles: z.array(z.string().min(1)).min(1).describe('Who may say that it is done: roles of the policy'),
  instructions: z.string().min(1).max(2_000),
  evidence: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('What has to be given as evidence; absent: nothing'),
  probe: probeSchema.optional().describe('A GET that proves it: only when it agrees the task is done'),
  expires: durationSchema.optional().describe('The task fails after this time; absent: never'),
});
type Input = z.infer<typeof input>;

const keptSchema = z.strictObject({
  until: z.number().nullable(),
  /** How many answers were looked at. */
  judged: z.int().min(0),
  /** Why the last `done` was not taken. */
  objection: z.string().nullable(),
});
type Kept = z.infer<typeof keptSchema>;

function begin({ input: given, now }: StepContext<Input>): Kept {
  const until = given.expires === undefined ? null : now() + milliseconds(given.expires);
  return { until, judged: 0, objection: null };
}

function waitFor({ input: given, step }: StepContext<Input>, kept: Kept, until: number | null): StepResult {
  const waiting: Waiting = {
    for: 'task',
    roles: given.roles,
    instructions: given.instructions,
    what: kept.objection === null ? step.name : `${step.name}: not done yet. ${kept.objection}`,
    ...(given.evidence === undefined ? {} : { evidence: given.evidence }),
    ...(until === null ? {} : { until: iso(until) }),
  };
  return { status: 'waiting', waiting, state: kept };
}

/** Why a person's word is not enough; undefined when it is. */
async function objection(
  context: StepContext<Input>,
  done: Answer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { input: given, world } = context;
  if (given.evidence !== undefined && (done.evidence ?? '').trim() === '') {
    return `${done.by.name} gave no evidence; it should be: ${shown(given.evidence)}`;
  }
  if (given.probe === undefined) return undefined;
  const found = await probe(world.fetch, given.probe, signal);
  return found.met ? undefined : `${shownUrl(given.probe.url)}: ${found.saw}`;
}

function succeeded({ input: given }: StepContext<Input>, { by, evidence, at }: Answer): StepResult {
  const said = evidence === undefined ? '' : ` (“${shown(evidence)}”)`;
  const proved = given.probe === undefined ? '' : `; ${shownUrl(given.probe.url)} agrees`;
  const output = { by: { id: by.id, name: by.name, via: by.via }, at, evidence: evidence ?? null };
  return { status: 'succeeded', summary: `Done by ${by.name}${said}${proved}`, output };
}

function expired(until: number): StepResult {
  const detail = 'Nobody said in time that it is done. Retry the step to ask again, or roll back.';
  return { status: 'failed', summary: `Expired at ${shownInstant(until)}`, detail, retryable: false };
}

function rejected({ by, reason }: Answer): StepResult {
  const why = reason === undefined ? '' : `: ${shown(reason)}`;
  return { status: 'failed', summary: `Refused by ${by.name}${why}`, retryable: false };
}

/** A task for people. Their word is taken only with the evidence and the proof that the playbook asks for. */
export const manual: StepKind<Input> = {
  uses: 'manual',
  describe: 'Waits until somebody of the named roles says that a task is done, with evidence and proof.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const limit = given.expires === undefined ? '' : `, within ${shownDuration(given.expires)}`;
    return {
      summary: `Task for ${listed(given.roles, 'or')}${limit}: ${shown(given.instructions)}`,
      diff: [],
    };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { answers, now } = context;
    const kept = context.kept === undefined ? begin(context) : keptSchema.parse(context.kept);
    const until = kept.until === null ? null : kept.until + extension(answers);
    const unseen = answers.slice(kept.judged);
    const refusal = unseen.find(({ answer }) => answer === 'reject');
    if (refusal) return rejected(refusal);
    const done = unseen.findLast(({ answer }) => answer === 'done');
    const open = done && (await objection(context, done, signal));
    if (done && open === undefined) return succeeded(context, done);
    if (until !== null && now() >= until) return expired(until);
    return waitFor(context, { ...kept, judged: answers.length, objection: open ?? kept.objection }, until);
  },
};
