import { type MetricSample, parseExposition } from '../../core/monitor/exposition.ts';
import type { ScrapeMonitor } from '../../core/monitor/input.ts';
import type { Reading } from '../../core/monitor/reading.ts';
import { scrapeReading } from '../../core/monitor/scrape-reading.ts';
import { growthOf, type Totals, totalsOf } from '../../core/monitor/totals.ts';
import { milliseconds } from '../../core/playbook/duration.ts';
import { shownUrl } from '../../core/step/shown.ts';
import type { World } from '../../ports/world.ts';
import { PageError, readPage } from './page.ts';

interface Scraped {
  url: string;
  samples: MetricSample[];
  gap?: string;
}

const mostBytes = 8 * 1024 * 1024;

async function scrape(
  input: ScrapeMonitor,
  url: string,
  world: World,
  signal: AbortSignal,
): Promise<Scraped> {
  const timeout = Math.min(10_000, Math.max(500, milliseconds(input.interval)));
  try {
    const limits = { most: mostBytes, timeout, accept: 'text/plain;version=0.0.4' };
    const { status, body } = await readPage(world.fetch, url, limits, signal);
    if (status !== 200) return { url, samples: [], gap: `${shownUrl(url)} answered ${status}` };
    return { url, samples: parseExposition(new TextDecoder().decode(body)) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PageError) return { url, samples: [], gap: error.message };
    const why = error instanceof Error ? error.message : String(error);
    return { url, samples: [], gap: `${shownUrl(url)} can't be read: ${why}` };
  }
}

/**
 * Reads every metrics page once and compares it with what was kept of it. A page that can't be read, or was
 * never read before, is a gap; its old counters stay to be compared with next time.
 */
export async function readScrape(
  input: ScrapeMonitor,
  before: Record<string, Totals>,
  world: World,
  now: number,
  signal: AbortSignal,
): Promise<{ reading: Reading; totals: Record<string, Totals> }> {
  const pages = await Promise.all(input.urls.map((url) => scrape(input, url, world, signal)));
  const totals = { ...before };
  const gaps: string[] = [];
  const growth = pages.flatMap(({ url, samples, gap }) => {
    if (gap !== undefined) {
      gaps.push(gap);
      return [];
    }
    const known = before[url];
    const found = totalsOf(samples, input.series, now);
    totals[url] = found;
    if (known === undefined) gaps.push(`${shownUrl(url)} was read for the first time`);
    return known === undefined ? [] : [growthOf(known, found)];
  });
  const reading = scrapeReading(
    input.series,
    growth,
    pages.flatMap(({ samples }) => samples),
  );
  return { reading: { ...reading, gaps: gaps.length > 0 ? gaps : reading.gaps }, totals };
}
