/** One line of a metrics page: a name, its labels, its value now. */
export interface MetricSample {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

/** The text is not the Prometheus text format; the message names the line. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const label = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\[\\"n])*)"[ \t]*(,?)/y;
const end = /[ \t]*\}/y;
const rest = /[ \t]*(\S+)(?:[ \t]+(-?\d+(?:\.\d+)?))?[ \t]*(?:#.*)?$/y;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function match(pattern: RegExp, line: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line) ?? undefined;
}

function readValue(text: string): number | undefined {
  if (number.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!special) return undefined;
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function readLabels(line: string, from: number): { labels: Map<string, string>; at: number } | undefined {
  const labels = new Map<string, string>();
  let at = from;
  for (let more = true; more; ) {
    const pair = match(label, line, at);
    if (!pair) break;
    const [all, name = '', value = '', comma] = pair;
    if (labels.has(name)) return undefined;
    labels.set(name, unescaped(value));
    at += all.length;
    more = comma === ',';
  }
  const close = match(end, line, at);
  return close && { labels, at: at + close[0].length };
}

function readLine(line: string): MetricSample | undefined {
  const name = match(metricName, line, 0)?.[0];
  if (name === undefined) return undefined;
  const open = /^[ \t]*\{/.exec(line.slice(name.length));
  const read = open
    ? readLabels(line, name.length + open[0].length)
    : { labels: new Map<string, string>(), at: name.length };
  if (!read) return undefined;
  if (!open && !/[ \t]/.test(line.charAt(read.at))) return undefined;
  const value = readValue(match(rest, line, read.at)?.[1] ?? '');
  return value === undefined ? undefined : { name, labels: read.labels, value };
}

/**
 * Reads a metrics page in the Prometheus text format 0.0.4 (and the lines that OpenMetrics shares with it).
 * Comments, types, time stamps and exemplars are passed over. Strict otherwise: a page of which a line can't
 * be read is no data. Throws `ExpositionError`.
 * Rule: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parseExposition(text: string): MetricSample[] {
  const samples: MetricSample[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const sample = readLine(line);
    if (!sample) {
      throw new ExpositionError(`line ${index + 1} is not a metric: ${line.slice(0, 80)}`);
    }
    samples.push(sample);
  }
  return samples;
}
