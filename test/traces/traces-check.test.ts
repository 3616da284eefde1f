import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { Connection } from '../../src/core/rollout/plan.ts';
import { judgeCalls, overallVerdict } from '../../src/core/traces/judge.ts';
import { tracesCheck } from '../../src/steps/traces-check.ts';
import { jaegerDouble, type KeptCall, tempoDouble } from '../doubles/traces.ts';
import type { TestServer } from '../support/http-server.ts';
import { answerOf, contextFor, noon } from '../support/step-context.ts';

let store: TestServer & { calls: KeptCall[] };
let connection: Connection;
let time: number;

beforeEach(() => {
  time = noon;
});
afterEach(() => store.stop());

const minute = 60_000;
const base = {
  connection: 'traces',
  services: ['trader'],
  for: '5m',
  traces: 10,
  latency: { most: '250ms' },
};

function calls(count: number, more: Partial<KeptCall> = {}): void {
  for (let index = 0; index < count; index += 1)
    store.calls.push({ service: 'trader', at: noon + minute + index, duration: 84, ...more });
}

async function run(input: object, kept?: Json, answers: Parameters<typeof answerOf>[] = []) {
  const context = contextFor(tracesCheck, input, {
    connections: { traces: connection },
    now: () => time,
    answers: answers.map((given) => answerOf(...given)),
    ...(kept === undefined ? {} : { kept }),
  });
  const result = await tracesCheck.run(context, new AbortController().signal);
  return { result, kept: result.status === 'waiting' ? (result.state as Json) : undefined };
}

/** To the first verdict, after the time that it collects for. */
async function judged(input: object = base) {
  const { kept } = await run(input);
  time = noon + 5 * minute;
  return run(input, kept);
}

describe.each([
  [
    'Tempo',
    async () => {
      const tempo = await tempoDouble('value of TEMPO');
      const link = 'https://grafana.example/explore?service={service}&from={from}&to={to}';
      return [tempo, { kind: 'tempo', url: tempo.url, token: '${{ secrets.TEMPO }}', link }] as const;
    },
    `https://grafana.example/explore?service=trader&from=${noon}&to=${noon + 5 * minute}`,
  ],
  [
    'Jaeger',
    async () => {
      const jaeger = await jaegerDouble();
      return [jaeger, { kind: 'jaeger', url: jaeger.url, ui: 'https://jaeger.example' }] as const;
    },
    `https://jaeger.example/search?service=trader&start=${noon}000&end=${noon + 5 * minute}000`,
  ],
])('traces.check with %s', (_name, open, link) => {
  beforeEach(async () => {
    [store, connection] = await open();
  });

  it('collects, and passes with numbers, limits and a link', async () => {
    calls(199);
    calls(1, { error: true });
    calls(50, { kind: 'client', error: true });
    calls(50, { at: noon - minute, error: true });
    calls(50, { service: 'other', error: true });
    const first = await run(base);
    expect(first.result).toMatchObject({
      status: 'waiting',
      waiting: { until: new Date(noon + 5 * minute).toISOString(), what: 'Collecting traces for 5m' },
    });
    expect(store.seen).toEqual([]);
    expect((await judged()).result).toEqual({
      status: 'succeeded',
      summary: `trader: 200 traces, errors 0.5 % (limit 1 %), p95 84 ms (limit 250 ms) · ${link}`,
      output: {
        services: { trader: { verdict: 'pass', traces: 200, calls: 200, errors: 1, latency: 84 } },
        links: [link],
      },
    });
    expect(store.seen[0]?.headers['user-agent']).toBe('cutover-test (test-1; step probe; epoch 1)');
  });

  it.each([
    [{ error: true }, 'errors 20 % (limit 1 %)'],
    [{ duration: 900 }, 'p95 900 ms (limit 250 ms)'],
  ])('fails on %j', async (bad, words) => {
    calls(80);
    calls(20, bad);
    expect((await judged()).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(words),
      retryable: false,
    });
  });

  it('waits on for enough traces, and then asks people', async () => {
    calls(3);
    const input = { ...base, within: '2m' };
    const waiting = await judged(input);
    expect(waiting.result).toMatchObject({
      waiting: { for: 'time', what: 'trader: 3 of at least 10 traces' },
    });
    time += 2 * minute;
    const asked = await run(input, waiting.kept);
    expect(asked.result).toMatchObject({
      waiting: {
        for: 'decision',
        options: ['extend', 'proceed', 'rollback'],
        what: expect.stringContaining('3 of'),
      },
    });
    expect((await run(input, asked.kept, [['bob', 'proceed', { reason: 'night' }]])).result).toEqual({
      status: 'succeeded',
      summary: 'Accepted by Bob (“night”) with too few traces: trader: 3 of at least 10 traces',
    });
    calls(20);
    expect((await run(input, asked.kept, [['bob', 'extend', { duration: minute }]])).result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('trader: 23 traces'),
    });
  });

  it('looks back where it is asked to, and one service in ten that fails is a failure', async () => {
    calls(30, { at: noon - minute });
    calls(30, { at: noon - minute, service: 'api', error: true });
    const { for: _for, ...rest } = base;
    expect((await run({ ...rest, last: '5m', services: ['trader', 'api'] })).result).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/^api: 30 traces, errors 100 % \(limit 1 %\).*; trader: 30 traces/),
    });
  });
});

describe('with Tempo away', () => {
  beforeEach(async () => {
    const tempo = await tempoDouble();
    store = tempo;
    connection = { kind: 'tempo', url: tempo.url };
  });

  it('nothing is proved, and it says why', async () => {
    (store as Awaited<ReturnType<typeof tempoDouble>>).limit(100);
    expect((await judged()).result).toMatchObject({
      waiting: { for: 'decision', what: expect.stringContaining('trader: Tempo answered 429') },
    });
  });

  it('a few times, it is asked again', async () => {
    calls(30);
    (store as Awaited<ReturnType<typeof tempoDouble>>).limit(3);
    expect((await judged()).result.status).toBe('succeeded');
  });
});

describe('a verdict', () => {
  beforeEach(async () => {
    store = await jaegerDouble();
  });

  it('never passes with a call too many in error, nor on too little', () => {
    const callOf = fc.record({
      trace: fc.string({ maxLength: 1 }),
      duration: fc.nat(500),
      error: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(callOf),
        fc.nat(20),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, least, most) => {
          const found = judgeCalls('x', given, { traces: least + 1, errors: most });
          if (found.verdict !== 'pass') return;
          expect(found.traces).toBeGreaterThan(least);
          expect(given.filter(({ error }) => error).length).toBeLessThanOrEqual(most * given.length);
        },
      ),
    );
  });

  it('over services is the worst', () => {
    const of = (verdict: 'pass' | 'fail' | 'inconclusive') => ({
      ...judgeCalls('x', [], { traces: 1, errors: 0 }),
      verdict,
    });
    expect(overallVerdict([of('pass'), of('inconclusive'), of('fail')])).toBe('fail');
    expect(overallVerdict([of('pass'), of('inconclusive')])).toBe('inconclusive');
    expect(overallVerdict([of('pass'), of('pass')])).toBe('pass');
  });

  it.each([
    [{ ...base, last: '5m' }, 'either `for` or `last`'],
    [{ ...base, traces: 100, sample: 50 }, '`sample` is less'],
    [{ ...base, services: ['a" }'] }, 'the name of a service'],
  ])('%j is refused', (input, message) => {
    expect(JSON.stringify(tracesCheck.input.safeParse(input).error?.issues)).toContain(message);
  });
});
