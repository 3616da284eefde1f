import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusSource } from '../../src/adapters/prometheus/source.ts';
import type { Json } from '../../src/core/json.ts';
import { parseExposition } from '../../src/core/monitor/exposition.ts';
import { type Bucket, histogramQuantile } from '../../src/core/monitor/quantile.ts';
import type { PrometheusSource } from '../../src/ports/world.ts';
import { monitor } from '../../src/steps/monitor.ts';
import { metricsServer } from '../monitor/metrics-server.ts';
import { prometheusInstalled, startPrometheus } from '../support/prometheus.ts';
import { contextFor } from '../support/step-context.ts';

const soon = () => AbortSignal.timeout(10_000);

describe.runIf(prometheusInstalled())('the real Prometheus', () => {
  let metrics: Awaited<ReturnType<typeof metricsServer>>;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  let source: PrometheusSource;

  beforeAll(async () => {
    metrics = await metricsServer();
    prometheus = await startPrometheus([new URL(metrics.url).host]);
    source = prometheusSource(
      { kind: 'prometheus', url: prometheus.url },
      { fetch, secret: async () => undefined },
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
    await metrics?.stop();
  });

  /** Asks until the query answers this value, or 20 seconds are over. */
  async function until(query: string, value: number): Promise<void> {
    let seen: number | undefined;
    for (const end = Date.now() + 20_000; Date.now() < end; await pause(200)) {
      seen = (await source.instant(query, Date.now(), soon()))[0]?.points[0]?.[1];
      if (seen === value) return;
    }
    expect(seen).toBe(value);
  }

  it('gives the quantiles that we reckon from the same page', async () => {
    for (const seconds of [0.01, 0.07, 0.2, 0.3, 0.9, 3]) metrics.serve(37, 0, seconds);
    await until('http_request_duration_seconds_count', 37 * 6);
    const page = parseExposition(await (await fetch(metrics.url)).text());
    const buckets = page
      .filter(({ name }) => name === 'http_request_duration_seconds_bucket')
      .map(({ labels, value }): Bucket => [Number(labels.get('le')?.replace('+Inf', 'Infinity')), value]);
    for (const q of [0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 1]) {
      const query = `histogram_quantile(${q}, http_request_duration_seconds_bucket)`;
      const [found] = await source.instant(query, Date.now(), soon());
      expect(histogramQuantile(q, buckets)).toBeCloseTo(found?.points[0]?.[1] ?? Number.NaN, 9);
    }
  });

  it('answers vectors, scalars, ranges, nothing, and a wrong query', async () => {
    const now = Date.now();
    expect(await source.instant('vector(NaN)', now, soon())).toEqual([
      { labels: {}, points: [[now, Number.NaN]] },
    ]);
    expect(await source.instant('scalar(vector(2))', now, soon())).toEqual([
      { labels: {}, points: [[now, 2]] },
    ]);
    expect(await source.instant('no_such_metric', now, soon())).toEqual([]);
    const [range] = await source.range('vector(1)', now - 30_000, now, 10_000, soon());
    expect(range?.points).toHaveLength(4);
    expect(range?.points[0]).toEqual([now - 30_000, 1]);
    await expect(source.instant('sum(', now, soon())).rejects.toMatchObject({ reason: 'refused' });
    await expect(source.range('vector(1)', 0, now, 1, soon())).rejects.toMatchObject({ reason: 'refused' });
  });

  it('lets a soak pass, and the next one fail', async () => {
    const query = 'sum(http_requests_total{status="500"}) / sum(http_requests_total)';
    const input = {
      provider: 'prometheus',
      connection: 'metrics',
      interval: '1s',
      cycles: 2,
      series: { errors: { query, scale: 100, unit: '%', limit: 1 } },
      success: 'errors <= 1',
      failure: 'errors > 1',
    };
    async function soak(): Promise<{ status: string; summary: string }> {
      let kept: Json | undefined;
      for (;;) {
        const context = contextFor(monitor, input, {
          now: Date.now,
          connections: { metrics: { kind: 'prometheus' } },
          world: { prometheus: () => source },
          ...(kept === undefined ? {} : { kept }),
        });
        const result = await monitor.run(context, soon());
        if (result.status !== 'waiting') return result;
        if (result.waiting.for !== 'time') throw new Error(result.waiting.what);
        kept = result.state;
        await pause(Math.max(0, Date.parse(result.waiting.until) - Date.now()));
      }
    }
    metrics.serve(1_000, 1);
    await until('sum(http_requests_total{status="500"})', 1);
    expect(await soak()).toMatchObject({
      status: 'succeeded',
      summary: expect.stringMatching(/^2 of 2 cycles passed/),
    });
    metrics.serve(1_000, 499);
    await until('sum(http_requests_total{status="500"})', 500);
    expect(await soak()).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/^errors 22\.5 % \(limit 1 %\)/),
    });
  });
});
