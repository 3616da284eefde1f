import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { durationSchema, formatDuration, milliseconds } from '../core/playbook/duration.ts';
import { listed } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { HttpsProxy } from '../ports/google.ts';
import { ServiceError } from '../ports/service.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleForPlan, googleOf, isOpen, readForPlan, requestIdOf } from './google/cloud.ts';
import { connectionField, resourceField } from './google/fields.ts';

const certificates = z
  .array(resourceField)
  .min(1)
  .max(15)
  .refine((names) => new Set(names).size === names.length, { message: 'a certificate stands twice' });
const withinField = durationSchema.default('5m').describe('How long Google has to bring it about');

const input = z.union([
  z.strictObject({
    connection: connectionField,
    proxy: resourceField.describe('The target HTTPS proxy of the load balancer'),
    certificates: certificates.describe('All that it shows from then on, the first one where no name fits'),
    within: withinField,
  }),
  z.strictObject({
    connection: connectionField,
    restore: z
      .strictObject({ proxy: resourceField, certificates })
      .nullable()
      .describe('What an earlier step captured (`steps.<id>.before`)'),
    within: withinField,
  }),
]);
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

interface Wish {
  proxy: string;
  certificates: string[];
  /** Written also where it is so already, so that a change that is still on its way can't come after it. */
  insist: boolean;
}

const keptSchema = z.strictObject({ since: z.number(), operation: z.string().optional() });
type Kept = z.infer<typeof keptSchema>;

const interval = 2_000;

function wishOf(given: Input): Wish | undefined {
  if ('certificates' in given) return { proxy: given.proxy, certificates: given.certificates, insist: false };
  return given.restore === null ? undefined : { ...given.restore, insist: true };
}

function isSo({ certificates: there }: HttpsProxy, { certificates: wanted }: Wish): boolean {
  return there.length === wanted.length && there.every((name, index) => name === wanted[index]);
}

function done({ proxy, certificates: names }: Wish): { summary: string; output: Json } {
  return { summary: `${proxy} shows ${listed(names)}`, output: { proxy, certificates: names } };
}

async function begin(context: Context, wish: Wish, signal: AbortSignal): Promise<Kept | StepResult> {
  const { balancing } = googleOf(context);
  const proxy = await balancing.proxy(wish.proxy, signal);
  if (isSo(proxy, wish) && !wish.insist) {
    const { summary, output } = done(wish);
    return { status: 'succeeded', summary: `It is so already: ${summary}`, output };
  }
  if (context.capturing) {
    await context.capture(async () => ({ proxy: proxy.name, certificates: proxy.certificates }));
  }
  const since = context.now();
  try {
    const operation = await balancing.attach(proxy, wish.certificates, requestIdOf(context), signal);
    return { since, operation };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.reason !== 'conflict') throw error;
    if (isSo(await balancing.proxy(wish.proxy, signal), wish)) return { since };
    const summary = `Certificates of ${wish.proxy}: someone changed it since it was read`;
    const detail = 'Nothing was changed by this step. Look at what stands there now, then retry.';
    return { status: 'failed', summary, detail, retryable: true };
  }
}

async function look(context: Context, wish: Wish, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { balancing } = googleOf(context);
  const operation = kept.operation === undefined ? 'done' : await balancing.operation(kept.operation, signal);
  const what = `Certificates of ${wish.proxy}`;
  if (typeof operation === 'object') {
    return { status: 'failed', summary: `${what}: ${operation.failed}`, retryable: true };
  }
  if (operation === 'done') return ended(await balancing.proxy(wish.proxy, signal), wish, what);
  const limit = milliseconds(context.input.within);
  if (context.now() - kept.since >= limit) {
    const summary = `${what}: not done after ${formatDuration(limit)}; it may still come about`;
    return { status: 'failed', summary, retryable: true };
  }
  const until = iso(context.now() + interval);
  const waiting = { for: 'time', until, what: `${what}: Google is at it` } as const;
  return { status: 'waiting', waiting, state: { ...kept } as Json };
}

function ended(proxy: HttpsProxy, wish: Wish, what: string): StepResult {
  if (isSo(proxy, wish)) return { status: 'succeeded', ...done(wish) };
  const summary = `${what}: it was taken up, and someone changed it since: it shows ${listed(proxy.certificates)}`;
  return { status: 'failed', summary, retryable: false };
}

async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const wish = wishOf(context.input);
  if (wish === undefined) return { effect: 'absent' };
  const proxy = await googleOf(context).balancing.proxy(wish.proxy, signal);
  return isSo(proxy, wish) ? { effect: 'present', ...done(wish) } : { effect: 'absent' };
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if (!('certificates' in given)) return { summary: 'Put the captured certificates back', diff: [] };
  const summary = `Certificates of ${given.proxy}: ${listed(given.certificates)}`;
  if (isOpen(given.proxy) || isOpen(given.connection)) return { summary, diff: [] };
  const read = await readForPlan((signal) => googleForPlan(context).balancing.proxy(given.proxy, signal));
  const before = 'unread' in read ? read.unread : listed(read.value.certificates);
  const after = listed(given.certificates);
  if (before === after) return { summary: `${summary} (it is so already)`, diff: [] };
  return { summary, diff: [{ what: given.proxy, before, after }] };
}

/**
 * Gives a load balancer other certificates. A managed one becomes active only once it is attached: attach it beside
 * the one in use, wait with `certificate.active`, then leave the old one out. A change that is under way when the
 * worker dies is not seen yet; it is asked for again under the same request id, which takes effect once.
 */
export const certificateAttach: StepKind<Input> = {
  uses: 'certificate.attach',
  describe:
    'Changes the certificates of a target HTTPS proxy of Google Cloud, or puts back what was captured.',
  input,
  effect: 'once',
  timeout: 90_000,
  plan,
  observe,
  async run(context: Context, signal: AbortSignal): Promise<StepResult> {
    signal.throwIfAborted();
    const wish = wishOf(context.input);
    if (wish === undefined) {
      return {
        status: 'succeeded',
        summary: 'Nothing was captured, so nothing was changed and nothing is put back',
      };
    }
    try {
      const kept =
        context.kept === undefined ? await begin(context, wish, signal) : keptSchema.parse(context.kept);
      return 'status' in kept ? kept : await look(context, wish, kept, signal);
    } catch (error) {
      signal.throwIfAborted();
      return failedBy(error);
    }
  },
};
