import { z } from 'zod';
import { canonicalJson, type Json } from '../core/json.ts';
import type { RunService, TrafficShare } from '../ports/google.ts';
import type { PlanContext, PlanLine, StepContext, StepKind } from '../ports/step.ts';
import { bringAbout, observeChange, type Wish } from './google/change.ts';
import { googleForPlan, isOpen, readForPlan } from './google/cloud.ts';
import { connectionField, serviceField, withinField } from './google/fields.ts';

const revision = z.string().regex(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'the name of a revision');
const percent = z.int().min(0).max(100);

const capturedSchema = z.strictObject({
  service: serviceField,
  traffic: z.array(z.strictObject({ revision, percent, tag: z.string().optional() })).min(1),
});
type Captured = z.infer<typeof capturedSchema>;

const input = z.union([
  z.strictObject({
    connection: connectionField,
    service: serviceField,
    split: z
      .array(z.strictObject({ revision, percent: percent.min(1) }))
      .min(1)
      .refine((shares) => shares.reduce((sum, share) => sum + share.percent, 0) === 100, {
        message: 'the percentages have to be 100 in all',
      })
      .refine((shares) => new Set(shares.map((share) => share.revision)).size === shares.length, {
        message: 'a revision stands twice',
      })
      .describe('What each revision gets, by its name; tags stay as they are'),
    within: withinField,
  }),
  z.strictObject({
    connection: connectionField,
    restore: capturedSchema
      .nullable()
      .describe('What an earlier step captured (`steps.<id>.before`): shares and tags go back exactly'),
    within: withinField,
  }),
]);
type Input = z.infer<typeof input>;

function inWords(shares: readonly TrafficShare[]): string {
  const parts = shares.map(({ revision: name, percent: share, tag }) => {
    const reached = tag === undefined ? '' : ` (tag ${tag})`;
    return `${name ?? 'the latest revision'} ${share} %${reached}`;
  });
  return parts.join(', ') || 'nothing';
}

/** What each revision gets, whatever its tags and the order. */
function sharesBy(shares: readonly TrafficShare[]): string {
  const sums = new Map<string, number>();
  for (const { revision: name, percent: share } of shares) {
    if (share > 0) sums.set(name ?? '', (sums.get(name ?? '') ?? 0) + share);
  }
  return canonicalJson([...sums].sort(([a], [b]) => a.localeCompare(b)));
}

/** The shares of a step, with the tags that the service has now. */
function withTags(split: readonly TrafficShare[], { serving }: RunService): TrafficShare[] {
  const tags = serving.flatMap(({ revision: name, tag }) =>
    tag === undefined ? [] : [{ revision: name, percent: 0, tag }],
  );
  return [
    ...split.map(({ revision: name, percent: share }) => ({ revision: name, percent: share })),
    ...tags,
  ];
}

function asCaptured({ name, serving }: RunService): Json {
  return { service: name, traffic: serving.map((share) => ({ ...share })) };
}

function sharesOf({ traffic }: Captured): TrafficShare[] {
  return traffic.map(({ tag, ...share }) => ({ ...share, ...(tag === undefined ? {} : { tag }) }));
}

function wishOf(service: string, split: readonly TrafficShare[], restoring: boolean): Wish {
  const wanted = sharesBy(split);
  return {
    service,
    what: `Traffic of ${service}`,
    insist: restoring,
    change: (now) => ({ traffic: restoring ? split : withTags(split, now) }),
    before: asCaptured,
    asked: (now) => sharesBy(now.wanted) === wanted,
    async inForce(now) {
      if (sharesBy(now.serving) === wanted) return true;
      const why = typeof now.state === 'object' ? now.state.failed : `it serves ${inWords(now.serving)}`;
      return { not: `${why} · traffic stays at ${inWords(now.serving)}` };
    },
    done: (now) => ({
      summary: `Traffic of ${service} is at ${inWords(now.serving.filter((share) => share.percent > 0))}`,
      output: { service, traffic: now.serving.map((share) => ({ ...share })) },
    }),
  };
}

function wish(given: Input): Wish | undefined {
  if ('split' in given) return wishOf(given.service, given.split, false);
  return given.restore === null ? undefined : wishOf(given.restore.service, sharesOf(given.restore), true);
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if (!('split' in given)) {
    return { summary: 'Put the traffic back to the captured revisions, by name', diff: [] };
  }
  const after = inWords(given.split);
  const summary = `Traffic of ${given.service}: ${after}`;
  if (isOpen(given.service) || isOpen(given.connection)) return { summary, diff: [] };
  const read = await readForPlan((signal) => googleForPlan(context).run.service(given.service, signal));
  if ('unread' in read) return { summary, diff: [{ what: given.service, before: read.unread, after }] };
  if (sharesBy(read.value.serving) === sharesBy(given.split))
    return { summary: `${summary} (it is so already)`, diff: [] };
  return { summary, diff: [{ what: given.service, before: inWords(read.value.serving), after }] };
}

const nothing = 'Nothing was captured, so nothing was changed and nothing is put back';

/** Traffic goes to revisions by their explicit names and never to the latest one, so that a rollback is exact. */
export const cloudrunTraffic: StepKind<Input> = {
  uses: 'cloudrun.traffic',
  describe: 'Moves the traffic of a Cloud Run service to revisions by name, or back to what was captured.',
  input,
  effect: 'once',
  timeout: 90_000,
  plan,
  async observe(context: StepContext<Input>, signal) {
    const wanted = wish(context.input);
    return wanted === undefined ? { effect: 'absent' } : observeChange(context, wanted, signal);
  },
  async run(context: StepContext<Input>, signal) {
    const wanted = wish(context.input);
    if (wanted === undefined) return { status: 'succeeded', summary: nothing };
    return bringAbout(context, wanted, signal);
  },
};
