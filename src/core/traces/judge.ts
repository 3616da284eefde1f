import type { Verdict } from '../monitor/judge.ts';

/** One call into a service, as a trace has it. */
export interface Call {
  trace: string;
  /** Milliseconds. */
  duration: number;
  error: boolean;
}

export interface Limits {
  /** The least number of traces from which anything follows. */
  traces: number;
  /** The largest share of calls that end in an error, 0 to 1. */
  errors: number;
  latency?: { quantile: number /** Milliseconds. */; most: number } | undefined;
}

export interface ServiceFinding {
  service: string;
  verdict: Exclude<Verdict, 'ongoing'>;
  traces: number;
  calls: number;
  errors: number;
  /** At the quantile asked for, in milliseconds; null where none is asked for, or there is no call. */
  latency: number | null;
}

/** The value that a share of all values doesn't exceed, by the nearest rank. */
function quantileOf(values: readonly number[], quantile: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? null;
}

/** Judges one service's calls. Too few traces are inconclusive, whatever they show. */
export function judgeCalls(service: string, calls: readonly Call[], limits: Limits): ServiceFinding {
  const traces = new Set(calls.map(({ trace }) => trace)).size;
  const errors = calls.filter(({ error }) => error).length;
  const { latency: asked } = limits;
  const durations = calls.map(({ duration }) => duration);
  const latency = asked === undefined ? null : quantileOf(durations, asked.quantile);
  const slow = asked !== undefined && latency !== null && latency > asked.most;
  const wrong = errors > limits.errors * calls.length || slow;
  const verdict = traces < limits.traces ? 'inconclusive' : wrong ? 'fail' : 'pass';
  return { service, verdict, traces, calls: calls.length, errors, latency };
}

/** Over all services: one failure fails, and without enough to judge one of them nothing is proved. */
export function overallVerdict(findings: readonly ServiceFinding[]): ServiceFinding['verdict'] {
  if (findings.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return findings.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'inconclusive';
}

/** "trader: 812 traces, errors 0.1 % (limit 1 %), p95 84 ms (limit 250 ms)". */
export function findingInWords(finding: ServiceFinding, limits: Limits): string {
  const { service, traces, calls, errors, latency, verdict } = finding;
  const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
  if (verdict === 'inconclusive') return `${service}: ${traces} of at least ${limits.traces} traces`;
  const failed = `errors ${percent(calls === 0 ? 0 : errors / calls)} (limit ${percent(limits.errors)})`;
  const { latency: asked } = limits;
  const slow =
    asked === undefined || latency === null
      ? []
      : [`p${Number((asked.quantile * 100).toFixed(2))} ${Math.round(latency)} ms (limit ${asked.most} ms)`];
  return [`${service}: ${traces} traces`, failed, ...slow].join(', ');
}
