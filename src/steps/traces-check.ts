import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { durationSchema, formatDuration, milliseconds } from '../core/playbook/duration.ts';
import type { Waiting } from '../core/rollout/event.ts';
import { extension } from '../core/step/deadline.ts';
import { shown } from '../core/step/shown.ts';
import {
  findingInWords,
  judgeCalls,
  type Limits,
  overallVerdict,
  type ServiceFinding,
} from '../core/traces/judge.ts';
import { iso } from '../ports/clock.ts';
import { ServiceError } from '../ports/service.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import type { TraceSource } from '../ports/traces.ts';
import { connectionOf } from './evidence/connection.ts';
import { callerOf } from './service/caller.ts';

const input = z
  .strictObject({
    connection: z.string().describe('A connection of the kind tempo or jaeger'),
    services: z
      .array(z.string().regex(/^[A-Za-z0-9._/:-]{1,200}$/, 'the name of a service'))
      .min(1)
      .max(50),
    for: durationSchema.optional().describe('Judge what happens from now on, after this time'),
    last: durationSchema.optional().describe('Judge what happened in the time before, at once'),
    traces: z.int().min(1).max(5_000).default(20).describe('The least number of traces of each service'),
    errors: z.number().min(0).max(1).default(0.01).describe('The largest share of calls with an error'),
    latency: z
      .strictObject({ quantile: z.number().min(0.5).max(1).default(0.95), most: durationSchema })
      .optional()
      .describe('The longest that this share of the calls may take'),
    sample: z.int().min(1).max(5_000).default(1_000).describe('At most so many traces of each service'),
    within: durationSchema
      .default('0s')
      .describe('How long to wait on for enough traces, before people are asked'),
    interval: durationSchema.default('30s').describe('The time between two looks'),
  })
  .refine((given) => (given.for === undefined) !== (given.last === undefined), {
    message: 'give either `for` or `last`, and not both',
  })
  .refine((given) => given.sample >= given.traces, { message: '`sample` is less than `traces`' });
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

/** Times in milliseconds since the epoch. */
const keptSchema = z.strictObject({
  from: z.number(),
  due: z.number().describe('The first look'),
  next: z.number(),
  saw: z.string(),
  asked: z.boolean().describe('People were asked'),
  answers: z.int().describe('How many answers were taken into account'),
});
type Kept = z.infer<typeof keptSchema>;

function begin({ input: given, now }: Context): Kept {
  const at = now();
  const due = at + milliseconds(given.for ?? '0s');
  const from = at - milliseconds(given.last ?? '0s');
  return { from, due, next: due, saw: `Collecting traces for ${given.for}`, asked: false, answers: 0 };
}

function limitsOf({ traces, errors, latency }: Input): Limits {
  const most = latency && { quantile: latency.quantile, most: milliseconds(latency.most) };
  return { traces, errors, latency: most };
}

function outputOf(findings: readonly ServiceFinding[], links: readonly string[]): Json {
  const services = findings.map(({ service, verdict, ...numbers }) => [service, { verdict, ...numbers }]);
  return { services: Object.fromEntries(services), links: [...links] };
}

interface Look {
  findings: ServiceFinding[];
  links: string[];
  words: string;
}

/** A service whose traces can't be read is one without any. */
async function findingOf(
  source: TraceSource,
  service: string,
  kept: Kept,
  context: Context,
  signal: AbortSignal,
) {
  const { input: given, now } = context;
  const time = { from: kept.from, to: now() };
  try {
    const calls = await source.entries(service, time, given.sample, signal);
    const finding = judgeCalls(service, calls, limitsOf(given));
    return { finding, words: findingInWords(finding, limitsOf(given)) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { finding: judgeCalls(service, [], limitsOf(given)), words: `${service}: ${error.message}` };
  }
}

async function look(context: Context, kept: Kept, signal: AbortSignal): Promise<Look> {
  const { input: given, environment, world, now } = context;
  const source = world.traces(connectionOf(environment.connections, given.connection), callerOf(context));
  const found = await Promise.all(
    given.services.map((service) => findingOf(source, service, kept, context, signal)),
  );
  const worst = found.toSorted((a, b) => rank(a.finding) - rank(b.finding));
  const links = worst.flatMap(
    ({ finding }) => source.link(finding.service, { from: kept.from, to: now() }) ?? [],
  );
  const words = shown(worst.map((one) => one.words).join('; '), 400);
  return { findings: found.map(({ finding }) => finding), links, words };
}

function rank({ verdict }: ServiceFinding): number {
  return ['fail', 'inconclusive', 'pass'].indexOf(verdict);
}

function waitOn(kept: Kept): StepResult {
  return { status: 'waiting', waiting: { for: 'time', until: iso(kept.next), what: kept.saw }, state: kept };
}

function question(kept: Kept): StepResult {
  const waiting: Waiting = {
    for: 'decision',
    options: ['extend', 'proceed', 'rollback'],
    question: 'There are too few traces to judge: wait for more, accept it as it is, or roll back?',
    what: kept.saw,
  };
  return { status: 'waiting', waiting, state: { ...kept, asked: true } };
}

async function judge(context: Context, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { input: given, now, answers } = context;
  const { findings, links, words } = await look(context, kept, signal);
  const output = outputOf(findings, links);
  const verdict = overallVerdict(findings);
  const link = links[0] === undefined ? '' : ` · ${links[0]}`;
  if (verdict === 'pass') return { status: 'succeeded', summary: `${words}${link}`, output };
  if (verdict === 'fail') return { status: 'failed', summary: `${words}${link}`, output, retryable: false };
  const seen: Kept = { ...kept, saw: words, asked: false };
  if (now() >= kept.due + milliseconds(given.within) + extension(answers)) return question(seen);
  return waitOn({ ...seen, next: now() + milliseconds(given.interval) });
}

/** An acceptance ends the check; more time goes on with it. */
function accepted({ answers }: Context, kept: Kept): StepResult | undefined {
  const answer = answers.slice(kept.answers).find((one) => one.answer === 'proceed');
  if (answer === undefined || !kept.asked) return undefined;
  const why = answer.reason === undefined ? '' : ` (“${shown(answer.reason)}”)`;
  return {
    status: 'succeeded',
    summary: `Accepted by ${answer.by.name}${why} with too few traces: ${kept.saw}`,
  };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { kept: given, now, answers } = context;
  const kept = given === undefined ? begin(context) : keptSchema.parse(given);
  const ended = accepted(context, kept);
  if (ended) return ended;
  const isExtended = answers.slice(kept.answers).some((one) => one.answer === 'extend');
  if (kept.asked && !isExtended) return question(kept);
  if (now() < kept.next) return waitOn(kept);
  return judge(context, { ...kept, answers: answers.length }, signal);
}

/** Judges the calls into services by their traces: errors and latency, and whether there are enough to say so. */
export const tracesCheck: StepKind<Input> = {
  uses: 'traces.check',
  describe: 'Judges the errors and the latency of services by their traces in Tempo or Jaeger.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const time = given.for ?? given.last ?? '0s';
    const over = `${given.last === undefined ? 'the next' : 'the last'} ${formatDuration(milliseconds(time))}`;
    return { summary: `Judge ${shown(given.services.join(', '))} by the traces of ${over}`, diff: [] };
  },
  run,
};
