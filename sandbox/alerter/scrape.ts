import { z } from 'zod';
import { type MetricSample, parseExposition } from '../../src/core/monitor/exposition.ts';
import { scrapeReading } from '../../src/core/monitor/scrape-reading.ts';
import { growthOf, type Totals, totalsOf } from '../../src/core/monitor/totals.ts';
import { type Colour, colourSchema, colours } from '../colour.ts';

/** What is known of a colour over the last seconds. */
export interface Signal {
  colour: Colour;
  /** Whether clients are sent there. */
  live: boolean;
  /** Whether it answers; undefined as long as it never has. */
  up: boolean | undefined;
  /** Requests that failed, in percent; null without enough requests. */
  errors: number | null;
  /** Milliseconds; null without enough requests. */
  p95: number | null;
}

const series: Parameters<typeof totalsOf>[1] = {
  errors: { ratio: { of: 'http_requests_total', where: { status: '^5' } }, scale: 100, unit: '%' },
  p95: { quantile: 0.95, of: 'http_request_duration_seconds', where: {}, scale: 1_000, unit: 'ms' },
};
/** Milliseconds over which counters are compared. */
const span = 5_000;
/** Fewer requests say nothing about a share of them. */
const fewest = 10;
/** Milliseconds that an answer may take. */
const patience = 900;

const hostsSchema = z.record(z.string(), colourSchema);

/** Looks at both colours by their metrics pages, and at the router for where clients are sent. */
export function createScrape(ports: Record<Colour | 'router', number>): () => Promise<Signal[]> {
  const looks = colours.map((colour) => ({ colour, look: createLook(ports[colour]) }));
  let live: readonly Colour[] = [];
  return async () => {
    const hosts = await read(ports.router, '/_router/hosts');
    if (hosts?.ok) live = Object.values(hostsSchema.parse(JSON.parse(hosts.text)));
    return Promise.all(
      looks.map(async ({ colour, look }) => ({ colour, live: live.includes(colour), ...(await look()) })),
    );
  };
}

function createLook(port: number): () => Promise<Omit<Signal, 'colour' | 'live'>> {
  let kept: Totals[] = [];
  let wasUp = false;
  return async () => {
    const page = await read(port, '/metrics');
    wasUp ||= page !== undefined;
    const up = wasUp ? page !== undefined : undefined;
    if (!page?.ok) {
      kept = [];
      return { up, errors: null, p95: null };
    }
    const samples = parseExposition(page.text);
    const now = Date.now();
    const last = totalsOf(samples, series, now);
    kept = [...kept.filter(({ at }) => now - at <= span), last];
    return { up, ...measured(kept[0] ?? last, last, samples) };
  };
}

function measured(first: Totals, last: Totals, now: readonly MetricSample[]) {
  const { values, samples = 0 } = scrapeReading(series, [growthOf(first, last)], now);
  if (samples < fewest) return { errors: null, p95: null };
  return { errors: values.errors ?? null, p95: values.p95 ?? null };
}

/** A page, or undefined when nobody answers. */
async function read(port: number, path: string): Promise<{ ok: boolean; text: string } | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(patience) });
    return { ok: answer.ok, text: await answer.text() };
  } catch {
    return undefined;
  }
}
