import { z } from 'zod';
import type { PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleForPlan, googleOf, isOpen, readForPlan } from './google/cloud.ts';
import { connectionField } from './google/fields.ts';

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
      .strictObject({ bucket, location, days })
      .nullable()
      .describe('What an earlier step captured (`steps.<id>.before`)'),
  }),
]);
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

interface Wish {
  bucket: string;
  location: string;
  days: number;
  /** Goes down too: what was captured comes back. */
  exactly: boolean;
}

function wishOf(given: Input): Wish | undefined {
  if ('days' in given)
    return { bucket: given.bucket, location: given.location, days: given.days, exactly: false };
  return given.restore === null ? undefined : { ...given.restore, exactly: true };
}

function isSo(current: number, wish: Wish): boolean {
  return wish.exactly ? current === wish.days : current >= wish.days;
}

function done({ bucket: name, location: where }: Wish, current: number) {
  const output = { bucket: name, location: where, days: current };
  return { summary: `Logs in ${name} are kept for ${current} days`, output };
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
  const { logs } = googleOf(context);
  try {
    const current = await logs.retention(wish.bucket, wish.location, signal);
    if (context.capturing) {
      await context.capture(async () => ({ bucket: wish.bucket, location: wish.location, days: current }));
    }
    if (isSo(current, wish)) return { status: 'succeeded', ...done(wish, current) };
    await logs.retain(wish.bucket, wish.location, wish.days, signal);
    return { status: 'succeeded', ...done(wish, wish.days) };
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
    googleForPlan(context).logs.retention(given.bucket, given.location, signal),
  );
  if ('unread' in read)
    return { summary, diff: [{ what: given.bucket, before: read.unread, after: `${given.days} days` }] };
  if (read.value >= given.days) return { summary: `${summary} (${read.value} days already)`, diff: [] };
  return {
    summary,
    diff: [{ what: given.bucket, before: `${read.value} days`, after: `${given.days} days` }],
  };
}

/** How long logs are kept: raised for hypercare and put back at its end (`hypercare.end`), as it was captured. */
export const loggingRetention: StepKind<Input> = {
  uses: 'logging.retention',
  describe: 'Raises how long a log bucket of Google Cloud keeps its entries, or puts back what was captured.',
  input,
  effect: 'once',
  plan,
  async observe(context: Context, signal) {
    const wish = wishOf(context.input);
    if (wish === undefined) return { effect: 'absent' };
    const current = await googleOf(context).logs.retention(wish.bucket, wish.location, signal);
    return isSo(current, wish) ? { effect: 'present', ...done(wish, current) } : { effect: 'absent' };
  },
  run,
};
