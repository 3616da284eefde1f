import type { Json } from '../../core/json.ts';
import type { MonitorInput } from '../../core/monitor/input.ts';
import type { Outcome, Verdict } from '../../core/monitor/judge.ts';
import { begin, cycleOf, type Kept, keptSchema, ready, standing } from '../../core/monitor/kept.ts';
import { pictureOf } from '../../core/monitor/picture.ts';
import { summaryOf } from '../../core/monitor/words.ts';
import type { Chart } from '../../core/rollout/event.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import type { PrometheusSource, World } from '../../ports/world.ts';
import { connectionOf } from '../evidence/connection.ts';
import { readBefore, readQueries } from './query.ts';
import { readScrape } from './scrape.ts';

export interface LookContext {
  world: World;
  connections: Record<string, Connection>;
  /** Milliseconds since the epoch. */
  now: number;
  signal: AbortSignal;
}

/** What one look found. */
export interface Look {
  /** Handed to the next look; JSON. */
  kept: Kept;
  /** For a watch that goes on: `fail` until enough cycles in a row passed, then `pass`. */
  verdict: Verdict;
  /** What this look's own cycle showed; absent where no cycle was judged (the first look, or one too early). */
  outcome?: Outcome;
  summary: string;
  chart?: Chart;
  /** When to look next, milliseconds since the epoch. */
  next: number;
}

function prometheusOf(
  input: MonitorInput & { provider: 'prometheus' },
  context: LookContext,
): PrometheusSource {
  return context.world.prometheus(connectionOf(context.connections, input.connection));
}

async function prepare(input: MonitorInput, kept: Kept, context: LookContext): Promise<Kept> {
  const { world, now, signal } = context;
  if (input.provider === 'scrape') {
    const { totals } = await readScrape(input, {}, world, now, signal);
    return ready(input, kept, { totals, points: kept.points }, now);
  }
  if (kept.last !== null) return ready(input, kept, kept, now);
  const points = await readBefore(input, prometheusOf(input, context), now, signal);
  return ready(input, kept, { totals: {}, points }, now);
}

async function cycle(input: MonitorInput, kept: Kept, context: LookContext) {
  const { world, now, signal } = context;
  if (input.provider === 'scrape') {
    const { reading, totals } = await readScrape(input, kept.totals, world, now, signal);
    return cycleOf(input, { ...kept, totals }, reading, now);
  }
  return cycleOf(input, kept, await readQueries(input, prometheusOf(input, context), now, signal), now);
}

function lookOf(input: MonitorInput, kept: Kept, verdict: Verdict, outcome?: Outcome): Look {
  const chart = pictureOf(input, kept);
  return {
    kept,
    verdict,
    summary: summaryOf(input, kept, verdict),
    next: kept.next,
    ...(outcome === undefined ? {} : { outcome }),
    ...(chart === undefined ? {} : { chart }),
  };
}

/**
 * Looks once at what a monitor watches. The first look takes the counters to compare with; a look before its
 * time reads nothing. Never sleeps, and changes nothing. What can't be read is a gap in the reading, not an
 * error; throws when the signal aborts, or for a connection that the environment doesn't have.
 */
export async function look(input: MonitorInput, kept: Json | undefined, context: LookContext): Promise<Look> {
  context.signal.throwIfAborted();
  const known = kept === undefined ? begin(input, context.now) : keptSchema.parse(kept);
  if (context.now < known.next) return lookOf(input, known, standing(input, known));
  if (known.fresh) return lookOf(input, await prepare(input, known, context), 'ongoing');
  const { kept: after, verdict, outcome } = await cycle(input, known, context);
  return lookOf(input, after, verdict, outcome);
}
