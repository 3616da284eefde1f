import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { type MonitorInput, monitorInputSchema } from '../../src/core/monitor/input.ts';
import { waitingSchema } from '../../src/core/rollout/event.ts';
import type { Answer } from '../../src/core/rollout/state.ts';
import type { PrometheusSource } from '../../src/ports/world.ts';
import { monitor } from '../../src/steps/monitor.ts';
import { look } from '../../src/steps/watching/look.ts';
import { metricsServer } from '../monitor/metrics-server.ts';
import { answerOf, contextFor, worldForTest } from '../support/step-context.ts';

const start = Date.parse('2026-11-21T14:31:00Z');
let server: Awaited<ReturnType<typeof metricsServer>>;

beforeEach(async () => {
  server = await metricsServer();
});
afterEach(() => server.stop());

function soakInput(change: object = {}) {
  return monitorInputSchema.parse({
    provider: 'scrape',
    urls: [server.url],
    interval: '10s',
    cycles: 2,
    series: {
      errors: {
        ratio: { of: 'http_requests_total', where: { status: '^5' } },
        scale: 100,
        unit: '%',
        limit: 1,
      },
      p95: { quantile: 0.95, of: 'http_request_duration_seconds', scale: 1000, unit: 'ms', limit: 250 },
    },
    success: 'errors <= 1 && p95 <= 250',
    failure: 'errors > 1 || p95 > 250',
    enough: 'samples >= 20',
    ...change,
  });
}

function contextOf(
  input: MonitorInput,
  now: number,
  kept?: Json,
  answers: readonly Answer[] = [],
  prometheus?: PrometheusSource,
) {
  return contextFor(monitor, input, {
    now: () => now,
    answers,
    connections: { metrics: { kind: 'prometheus' } },
    ...(kept === undefined ? {} : { kept }),
    ...(prometheus === undefined ? {} : { world: { prometheus: () => prometheus } }),
  });
}

/** Runs the step look by look, as the loop does: what it kept goes through JSON. */
function soak(change: object = {}) {
  const input = soakInput(change);
  let kept: Json | undefined;
  let now = start;
  const answers: Answer[] = [];
  return {
    answers,
    kept: () => kept,
    wait: (seconds: number) => {
      now += seconds * 1_000;
    },
    async look(seconds = 0, signal = AbortSignal.timeout(5_000)) {
      now += seconds * 1_000;
      const result = await monitor.run(contextOf(input, now, kept, answers), signal);
      if (result.status === 'waiting') {
        waitingSchema.parse(result.waiting);
        kept = JSON.parse(JSON.stringify(result.state));
      }
      return result;
    },
  };
}

describe('monitor by scrape', () => {
  it('takes the counters first, then passes after its cycles, with the numbers and a chart', async () => {
    server.serve(1_000, 900);
    const run = soak({ mark: { at: '2026-11-21T14:30:50Z', label: 'switch' } });
    expect(await run.look()).toMatchObject({
      status: 'waiting',
      waiting: { for: 'time', until: '2026-11-21T14:31:10.000Z', what: 'cycle 1 of 2 is being measured' },
    });
    server.serve(5_000, 1);
    expect(await run.look(10)).toMatchObject({
      status: 'waiting',
      waiting: {
        until: '2026-11-21T14:31:20.000Z',
        what: '1 of 2 cycles passed, errors 0.02 % (limit 1 %), p95 97.5 ms (limit 250 ms)',
      },
      chart: {
        unit: '%',
        limit: 1,
        mark: { label: 'switch' },
        series: [{ name: 'errors', points: [[start + 10_000, 0.02]] }],
        panels: [{ unit: 'ms', limit: 250, series: [{ name: 'p95', points: [[start + 10_000, 97.5]] }] }],
      },
    });
    server.serve(100);
    expect(await run.look(10)).toMatchObject({
      status: 'succeeded',
      summary: '2 of 2 cycles passed, errors 0 % (limit 1 %), p95 97.5 ms (limit 250 ms)',
      output: { cycles: 2, passed: 2, failed: 0, values: { errors: 0, p95: 97.5 } },
      chart: {
        series: [
          {
            points: [
              [start + 10_000, 0.02],
              [start + 20_000, 0],
            ],
          },
        ],
      },
    });
  });

  it('fails at once with the numbers against their limits', async () => {
    const run = soak();
    await run.look();
    server.serve(1_000, 41);
    expect(await run.look(10)).toMatchObject({
      status: 'failed',
      retryable: false,
      summary:
        'errors 4.1 % (limit 1 %), p95 97.5 ms (limit 250 ms): cycle 1 failed: “errors > 1 || p95 > 250” holds',
    });
  });

  it('allows failed cycles up to the limit, and keeps the panels in their order', async () => {
    const run = soak({ failureLimit: 2 });
    await run.look();
    server.serve(100, 0, 0.4);
    expect(await run.look(10)).toMatchObject({ status: 'waiting', chart: { unit: '%', limit: 1 } });
    server.serve(100);
    expect(await run.look(10)).toMatchObject({ status: 'waiting', chart: { unit: '%', limit: 1 } });
    server.serve(100, 50);
    expect((await run.look(10)).status).toBe('failed');
  });

  it('reads nothing when it is woken before its time', async () => {
    const run = soak();
    const first = await run.look();
    expect(await run.look(9)).toEqual(first);
    expect(server.reads()).toBe(1);
  });

  it.each<[string, () => void]>([
    ['the page answers an error', () => server.answer(503)],
    ['nobody asks anything', () => {}],
    ['there are too few requests', () => server.serve(3)],
    ['the service is gone', () => server.stop()],
  ])('asks a person when %s, and never passes', async (_, happen) => {
    const run = soak();
    await run.look();
    await happen();
    expect(await run.look(10)).toMatchObject({ status: 'waiting', waiting: { for: 'time' } });
    expect(await run.look(10)).toMatchObject({
      status: 'waiting',
      waiting: { for: 'decision', options: ['extend', 'proceed', 'rollback'] },
    });
    expect(await run.look(100)).toMatchObject({ status: 'waiting', waiting: { for: 'decision' } });
  });

  it('says in the question what is missing', async () => {
    const run = soak({ inconclusiveLimit: 1, expires: '1m' });
    await run.look();
    server.answer(503);
    const { host, pathname } = new URL(server.url);
    expect(await run.look(10)).toMatchObject({
      waiting: {
        what: `inconclusive for 1 cycle in a row: http://${host}${pathname} answered 503`,
        until: '2026-11-21T14:32:10.000Z',
      },
    });
  });

  it('compares with the last good look after a gap, and counts a restart from zero', async () => {
    const run = soak({ cycles: 1 });
    server.serve(500, 400);
    await run.look();
    server.answer(503);
    await run.look(10);
    server.answer(200);
    server.restart();
    server.serve(100, 1);
    expect(await run.look(10)).toMatchObject({ status: 'succeeded', output: { values: { errors: 1 } } });
  });

  it('goes on after `extend` from fresh counters', async () => {
    const run = soak({ cycles: 1, inconclusiveLimit: 1 });
    await run.look();
    server.answer(503);
    await run.look(10);
    server.answer(200);
    server.serve(1_000, 1_000);
    run.answers.push(answerOf('bob', 'extend', { duration: 15_000 }));
    expect(await run.look(600)).toMatchObject({ status: 'waiting', waiting: { for: 'time' } });
    server.serve(100);
    expect(await run.look(10)).toMatchObject({
      status: 'waiting',
      waiting: { what: expect.stringMatching(/^1 of 2/) },
    });
    server.serve(100);
    expect((await run.look(10)).status).toBe('succeeded');
  });

  it('ends after `proceed` and says who accepted it', async () => {
    const run = soak({ inconclusiveLimit: 1 });
    await run.look();
    await run.look(10);
    run.answers.push(answerOf('bob', 'proceed', { reason: 'night traffic' }));
    expect(await run.look(5)).toMatchObject({
      status: 'succeeded',
      summary:
        'Accepted by Bob (“night traffic”) although inconclusive: 0 of 2 cycles passed, errors no data, p95 no data',
    });
  });

  it('takes no `proceed` while nobody was asked', async () => {
    const run = soak();
    await run.look();
    run.answers.push(answerOf('bob', 'proceed'));
    expect((await run.look(1)).status).toBe('waiting');
    server.serve(100, 90);
    expect((await run.look(9)).status).toBe('failed');
  });

  it('runs longer when it is extended while it runs', async () => {
    const run = soak({ cycles: 1 });
    await run.look();
    run.answers.push(answerOf('bob', 'extend', { duration: 10_000 }));
    await run.look(5);
    server.serve(100);
    expect((await run.look(5)).status).toBe('waiting');
    server.serve(100);
    expect((await run.look(10)).status).toBe('succeeded');
  });

  it('fails when nobody decides in time', async () => {
    const run = soak({ inconclusiveLimit: 1, expires: '1m' });
    await run.look();
    await run.look(10);
    expect((await run.look(59)).status).toBe('waiting');
    expect(await run.look(1)).toMatchObject({
      status: 'failed',
      retryable: false,
      summary: expect.stringContaining('Nobody decided within 1 min'),
    });
  });

  it('keeps little, however long it runs', async () => {
    const run = soak({ cycles: 10_000 });
    await run.look();
    let largest = 0;
    for (let cycle = 0; cycle < 400; cycle += 1) {
      server.serve(20);
      await run.look(10);
      largest = Math.max(largest, JSON.stringify(run.kept()).length);
    }
    expect(largest).toBeLessThan(8_000);
  });

  it('stops at the signal', async () => {
    const run = soak();
    const stopped = new Error('stop');
    await expect(run.look(0, AbortSignal.abort(stopped))).rejects.toBe(stopped);
  });
});

describe('monitor by queries', () => {
  const base = {
    provider: 'prometheus',
    connection: 'metrics',
    series: { errors: { query: 'sum(errors)', scale: 100, unit: '%', limit: 1 } },
    success: 'errors <= 1',
    failure: 'errors > 1',
    inconclusiveLimit: 1,
    cycles: 1,
  };
  const sourceOf = (instant: PrometheusSource['instant']): PrometheusSource => ({
    instant,
    range: async (_, from, to) => [
      {
        labels: {},
        points: [
          [from, 0.001],
          [to, Number.NaN],
        ],
      },
    ],
  });

  function querySoak(instant: PrometheusSource['instant']) {
    const input = monitorInputSchema.parse({ ...base, interval: '10s' });
    const prometheus = sourceOf(instant);
    let kept: Json | undefined;
    return async (now: number) => {
      const result = await monitor.run(
        contextOf(input, now, kept, [], prometheus),
        AbortSignal.timeout(5_000),
      );
      if (result.status === 'waiting') kept = JSON.parse(JSON.stringify(result.state));
      return result;
    };
  }

  it('draws what was before, and judges the value of each cycle', async () => {
    const run = querySoak(async (_, at) => [{ labels: {}, points: [[at, 0.002]] }]);
    expect(await run(start)).toMatchObject({ chart: { series: [{ points: [[start - 600_000, 0.1]] }] } });
    expect(await run(start + 10_000)).toMatchObject({
      status: 'succeeded',
      summary: '1 of 1 cycles passed, errors 0.2 % (limit 1 %)',
    });
  });

  it.each<[string, PrometheusSource['instant'], string]>([
    ['no series', async () => [], 'no data for errors'],
    ['NaN', async (_, at) => [{ labels: {}, points: [[at, Number.NaN]] }], 'no data for errors'],
    [
      'several series',
      async (_, at) => [
        { labels: {}, points: [[at, 0]] },
        { labels: {}, points: [[at, 0]] },
      ],
      'the query answers 2 series',
    ],
    [
      'an error',
      async () => {
        throw new Error('Prometheus is not reachable');
      },
      'Prometheus is not reachable',
    ],
  ])('is inconclusive on %s', async (_, instant, why) => {
    const run = querySoak(instant);
    await run(start);
    const result = await run(start + 10_000);
    expect(result).toMatchObject({ waiting: { for: 'decision', what: expect.stringContaining(why) } });
  });

  it('names the connections there are when the wanted one is missing', async () => {
    const input = monitorInputSchema.parse({ ...base, interval: '10s', connection: 'metrix' });
    const context = contextOf(input, start);
    await expect(monitor.run(context, AbortSignal.timeout(5_000))).rejects.toThrow(
      'no connection named metrix; did you mean "metrics"?',
    );
  });
});

describe('look', () => {
  it('serves a watch that goes on: fail, then pass again', async () => {
    const input = soakInput({ cycles: 1 });
    const world = worldForTest();
    let kept: Json | undefined;
    const verdicts: string[] = [];
    for (const [second, failed] of [
      [0, 0],
      [10, 0],
      [20, 60],
      [30, 0],
    ] as const) {
      server.serve(100, failed);
      const found = await look(input, kept, {
        world,
        connections: {},
        now: start + second * 1_000,
        signal: AbortSignal.timeout(5_000),
      });
      kept = JSON.parse(JSON.stringify(found.kept));
      verdicts.push(found.verdict);
    }
    expect(verdicts).toEqual(['ongoing', 'pass', 'fail', 'pass']);
  });
});
