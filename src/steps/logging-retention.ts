import { z } from 'zod';
import { statusOf } from '../core/rollout/status.ts';
import type { LogBucket } from '../ports/google-logs.ts';
import type { PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleForPlan, googleOf, isOpen, readForPlan } from './google/cloud.ts';
import { connectionField } from './google/fields.ts';
import { before, type Captured, held, holdersOf, type Released, released } from './google/holds.ts';

const bucket = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'the name of a log bucket');
const location = z.string().regex(/^[a-z0-9-]+$/, 'global, or a region');
const days = z.int().min(1).max(3_650);

const input = z.union([
  z.strictObject({
    connection: connectionField,
    bucket: bucket.default('_Default'),
    location: location.default('global'),
    days: days.describe('How long logs are kept at least; what keeps them longer already stays as it is'),
  }),
  z.strictObject({
    connection: connectionField,
    restore: z
      .strictObject({ bucket, location, days, raised: days.optional() })
      .nullable()
      .describe('What an earlier step captured (`steps.<id>.before`)'),
  }),
]);
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

/** The bucket that a step is about, and what it wants of it. */
type Wish =
  | { bucket: string; location: string; hold: number }
  | { bucket: string; location: string; restore: Captured };

function wishOf(given: Input): Wish | undefined {
  if ('days' in given) return { bucket: given.bucket, location: given.location, hold: given.days };
  if (given.restore === null) return undefined;
  return { bucket: given.restore.bucket, location: given.restore.location, restore: given.restore };
}

const holderOf = ({ environment, rollout }: Context): string => `${environment.name}/${rollout.id}`;

const over: readonly string[] = ['succeeded', 'aborted', 'rolled-back'];

/** Of the other holders of a bucket those whose rollout is at its end, and that won't let go themselves any more. */
async function endedOf(context: Context, bucket: LogBucket): Promise<(by: string) => boolean> {
  const others = holdersOf(bucket).filter((by) => by !== holderOf(context));
  const environments = [...new Set(others.map((by) => by.slice(0, by.lastIndexOf('/'))))];
  const ended = await Promise.all(
    environments.map(async (name) => {
      const rollouts = (await context.earlier(name)).filter(({ plan: its, state }) =>
        over.includes(statusOf(its, state)),
      );
      return rollouts.map(({ state }) => `${name}/${state.id}`);
    }),
  );
  return (by) => ended.flat().includes(by);
}

/** What the bucket should be next, as it stands now. */
async function next(context: Context, wish: Wish, now: LogBucket): Promise<Released> {
  const by = holderOf(context);
  if ('hold' in wish) return { bucket: held(now, { by, days: wish.hold }) };
  return released(now, by, wish.restore, await endedOf(context, now));
}

const isSame = (one: LogBucket, other: LogBucket): boolean =>
  one.days === other.days && one.description === other.description;

function done({ bucket: name, location: where }: Wish, { bucket: { days: current }, because }: Released) {
  const output = { bucket: name, location: where, days: current };
  const kept = `Logs in ${name} are kept for ${current} days`;
  if (because === undefined) return { summary: kept, output };
  const why =
    because === 'changed'
      ? 'somebody set that meanwhile, so it stays'
      : `${because.join(' and ')} still ${because.length === 1 ? 'needs' : 'need'} that, and the last one puts back what stood before`;
  return { summary: `${kept}: ${why}`, output };
}

/** How often it is looked whether another rollout wrote its note over this one's. */
const tries = 3;

async function bringAbout(context: Context, wish: Wish, signal: AbortSignal): Promise<Released> {
  const { logs } = googleOf(context);
  let now = await logs.read(wish.bucket, wish.location, signal);
  if (context.capturing && 'hold' in wish) {
    const [days, raised] = [before(now), Math.max(now.days, wish.hold)];
    await context.capture(async () => ({ bucket: wish.bucket, location: wish.location, days, raised }));
  }
  const first = await next(context, wish, now);
  let wanted = first;
  for (let tried = 0; tried < tries && !isSame(now, wanted.bucket); tried += 1) {
    const { days, description } = wanted.bucket;
    const to = {
      ...(days === now.days ? {} : { days }),
      ...(description === now.description ? {} : { description }),
    };
    await logs.change(wish.bucket, wish.location, to, signal);
    now = await logs.read(wish.bucket, wish.location, signal);
    wanted = 'hold' in wish ? await next(context, wish, now) : { bucket: now };
  }
  return { ...first, bucket: now };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const wish = wishOf(context.input);
  if (wish === undefined) {
    return {
      status: 'succeeded',
      summary: 'Nothing was captured, so nothing was changed and nothing is put back',
    };
  }
  try {
    return { status: 'succeeded', ...done(wish, await bringAbout(context, wish, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if (!('days' in given)) return { summary: 'Keep logs for as long as before', diff: [] };
  const summary = `Keep logs in ${given.bucket} for ${given.days} days at least`;
  if (isOpen(given.connection)) return { summary, diff: [] };
  const read = await readForPlan((signal) =>
    googleForPlan(context).logs.read(given.bucket, given.location, signal),
  );
  if ('unread' in read)
    return { summary, diff: [{ what: given.bucket, before: read.unread, after: `${given.days} days` }] };
  const { days: current } = read.value;
  if (current >= given.days) return { summary: `${summary} (${current} days already)`, diff: [] };
  return {
    summary,
    diff: [{ what: given.bucket, before: `${current} days`, after: `${given.days} days` }],
  };
}

/**
 * How long logs are kept: raised for hypercare and put back at its end (`hypercare.end`). Rollouts that need the same
 * bucket note that in its description, and the last one to end puts back what stood before the first; what somebody
 * else set meanwhile stays.
 */
export const loggingRetention: StepKind<Input> = {
  uses: 'logging.retention',
  describe:
    'Raises how long a log bucket of Google Cloud keeps its entries, or puts back what was captured once no other rollout needs it; who holds it stands in the bucket’s description.',
  input,
  effect: 'once',
  plan,
  async observe(context: Context, signal) {
    const wish = wishOf(context.input);
    if (wish === undefined) return { effect: 'absent' };
    const now = await googleOf(context).logs.read(wish.bucket, wish.location, signal);
    const wanted = await next(context, wish, now);
    return isSame(now, wanted.bucket) ? { effect: 'present', ...done(wish, wanted) } : { effect: 'absent' };
  },
  run,
};
