import type { Json } from '../core/json.ts';
import { type MonitorInput, monitorInputSchema } from '../core/monitor/input.ts';
import { extended, type Kept, keptSchema } from '../core/monitor/kept.ts';
import { pictureOf } from '../core/monitor/picture.ts';
import { numbers, progress, summaryOf } from '../core/monitor/words.ts';
import { formatDuration, milliseconds } from '../core/playbook/duration.ts';
import type { Waiting } from '../core/rollout/event.ts';
import type { Answer } from '../core/rollout/state.ts';
import { shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Look, look } from './watching/look.ts';

function picture(input: MonitorInput, kept: Kept) {
  const chart = pictureOf(input, kept);
  return chart === undefined ? {} : { chart };
}

function outputOf({ tally, last }: Kept): Json {
  return { cycles: tally.cycle, passed: tally.passed, failed: tally.failed, values: last?.values ?? {} };
}

function deadline(input: MonitorInput, kept: Kept): number | undefined {
  if (kept.asked === null || input.expires === undefined) return undefined;
  return kept.asked + milliseconds(input.expires);
}

function question(input: MonitorInput, kept: Kept): StepResult {
  const until = deadline(input, kept);
  const summary = summaryOf(input, kept, 'inconclusive');
  const waiting: Waiting = {
    for: 'decision',
    options: ['extend', 'proceed', 'rollback'],
    question: `There is too little data to judge: watch longer, accept it as it is, or roll back?`,
    ...(until === undefined ? {} : { until: iso(until) }),
    what: summary,
  };
  return { status: 'waiting', waiting, state: kept, ...picture(input, kept) };
}

function expired(input: MonitorInput, kept: Kept): StepResult {
  const waited = formatDuration(milliseconds(input.expires ?? '0s'));
  const summary = `Nobody decided within ${waited}; it was ${summaryOf(input, kept, 'inconclusive')}`;
  return { status: 'failed', summary, output: outputOf(kept), retryable: false, ...picture(input, kept) };
}

function accepted(input: MonitorInput, kept: Kept, { by, reason }: Answer): StepResult {
  const why = reason === undefined ? '' : ` (“${shown(reason)}”)`;
  const measured = kept.last === null ? '' : `, ${numbers(input, kept.last.values)}`;
  return {
    status: 'succeeded',
    summary: `Accepted by ${by.name}${why} although inconclusive: ${progress(kept)}${measured}`,
    output: outputOf(kept),
    ...picture(input, kept),
  };
}

function resultOf(input: MonitorInput, { kept, verdict, summary, chart, next }: Look): StepResult {
  const shownChart = chart === undefined ? {} : { chart };
  switch (verdict) {
    case 'pass':
      return { status: 'succeeded', summary, output: outputOf(kept), ...shownChart };
    case 'fail':
      return { status: 'failed', summary, output: outputOf(kept), retryable: false, ...shownChart };
    case 'inconclusive':
      return question(input, kept);
    case 'ongoing':
      return {
        status: 'waiting',
        waiting: { for: 'time', until: iso(next), what: summary },
        state: kept,
        ...shownChart,
      };
  }
}

/** Takes in what people answered since the last look: more time, or an acceptance that ends the soak. */
function heard(context: StepContext<MonitorInput>, known: Kept): { kept: Kept } | { accepted: StepResult } {
  let kept = known;
  for (const answer of context.answers.slice(known.answers)) {
    if (answer.answer === 'proceed' && kept.asked !== null) {
      return { accepted: accepted(context.input, kept, answer) };
    }
    if (answer.answer === 'extend') kept = extended(context.input, kept, answer.duration, context.now());
  }
  return { kept: { ...kept, answers: context.answers.length } };
}

async function run(context: StepContext<MonitorInput>, signal: AbortSignal): Promise<StepResult> {
  const { input, world, environment } = context;
  const surroundings = { world, connections: environment.connections, now: context.now(), signal };
  if (context.kept === undefined) return resultOf(input, await look(input, undefined, surroundings));
  const reply = heard(context, keptSchema.parse(context.kept));
  if ('accepted' in reply) return reply.accepted;
  const until = deadline(input, reply.kept);
  if (until !== undefined && context.now() >= until) return expired(input, reply.kept);
  if (reply.kept.asked !== null) return question(input, reply.kept);
  return resultOf(input, await look(input, reply.kept, surroundings));
}

/**
 * Watches metrics over cycles and judges them: passed when all cycles passed, failed at the failure limit, and
 * a person is asked where there is too little data. Each run looks once; the soak is kept between two looks.
 */
export const monitor: StepKind<MonitorInput> = {
  uses: 'monitor',
  describe: 'Watches metrics over cycles, with success, failure and data-sufficiency conditions.',
  input: monitorInputSchema,
  effect: 'none',
  async plan({ input }) {
    const of = Object.keys(input.series).join(', ');
    const source = input.provider === 'prometheus' ? input.connection : `${input.urls.length} metrics pages`;
    const cycles = `${input.cycles} × ${input.interval}`;
    return { summary: `Watch ${of} from ${source} for ${cycles}`, diff: [] };
  },
  run,
};
