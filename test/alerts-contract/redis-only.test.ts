import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { noticeSchema, type Telling } from '../../src/core/alerts/notice.ts';
import { retention } from '../../src/core/alerts/retention.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { redisForTest } from '../support/redis.ts';
import { instant, telling } from './tellings.ts';

let server: EmbeddedRedis;
let store: Store;
let now = instant('12:00');
const clock = { now: () => now };

beforeAll(async () => {
  server = await redisForTest();
  store = await openStore(server.url, clock, () => undefined);
});
afterAll(async () => {
  await store.close();
  await server.stop();
});

async function journal(): Promise<[string, string[]][]> {
  return await store.patient.xrange(keys.alertsJournal, '-', '+');
}

test('the journal tells what was news, in its order, and nothing that was known', async () => {
  const groupKey = 'journaled';
  const delivery = ['a', 'b'].map((fingerprint) => telling({ groupKey, fingerprint }));
  await store.alerts.accept(delivery);
  await store.alerts.accept([...delivery, telling({ groupKey, fingerprint: 'c' })]);
  const told = (await journal()).flatMap(([, fields]) =>
    fields.flatMap((text, n) => (fields[n - 1] === 'notice' && n % 2 === 1 ? [JSON.parse(text)] : [])),
  );
  expect(told.map((notice) => noticeSchema.parse(notice).fingerprint)).toEqual(['a', 'b', 'c']);
});

test('the journal drops what is older than it is kept', async () => {
  const annotations = { description: 'x'.repeat(5_000) };
  await store.alerts.accept([telling({ groupKey: 'old', annotations })]);
  const [[oldest = ''] = []] = await journal();
  const ids = async () => (await journal()).map(([id]) => id);
  now = Date.now() + retention.journal - 60_000;
  await store.alerts.accept([telling({ groupKey: 'new', startsAt: new Date(now).toISOString() })]);
  expect(await ids()).toContain(oldest);
  now = Date.now() + retention.journal + 60_000;
  await store.alerts.accept([telling({ groupKey: 'newer', startsAt: new Date(now).toISOString() })]);
  expect(await ids()).not.toContain(oldest);
});

const minute = 60_000;
const tellings = fc.array(
  fc.record({
    groupKey: fc.constantFrom('g1', 'g2'),
    fingerprint: fc.constantFrom('f1', 'f2', 'f3'),
    status: fc.constantFrom('firing', 'resolved'),
    start: fc.option(fc.integer({ min: -20, max: 8 }), { nil: undefined }),
    length: fc.integer({ min: 0, max: 6 }),
    wait: fc.integer({ min: 0, max: 4 }),
    see: fc.boolean(),
  }),
  { maxLength: 25 },
);

test('Redis and the memory of the tests judge any sequence alike', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(tellings, async (sequence) => {
      run += 1;
      await store.patient.flushall();
      const memory = memoryAlerts(clock);
      for (const { groupKey, fingerprint, status, start, length, wait, see } of sequence) {
        now += wait * minute;
        const startsAt = start === undefined ? undefined : new Date(now + start * minute).toISOString();
        const endsAt = new Date(now + ((start ?? 0) + length) * minute).toISOString();
        const { startsAt: _, ...rest } = telling({ groupKey: `${groupKey}-${run}`, fingerprint });
        const told: Telling = {
          ...rest,
          status: status === 'firing' ? 'firing' : 'resolved',
          ...(startsAt === undefined ? {} : { startsAt }),
          ...(status === 'resolved' ? { endsAt } : {}),
        };
        expect(await store.alerts.accept([told])).toEqual(await memory.accept([told]));
        for (const question of ['changed', 'firing'] as const)
          expect(await store.alerts[question](10)).toEqual(await memory[question](10));
        const [first] = await memory.changed(1);
        if (!see || !first) continue;
        await Promise.all([store.alerts, memory].map((alerts) => alerts.seen(first.id, first.version)));
      }
      for (const { id } of await memory.changed(10))
        expect(await store.alerts.group(id)).toEqual(await memory.group(id));
    }),
    { numRuns: 40 },
  );
});

describe('a storm', () => {
  test('of 10,000 alerts in one delivery is stored in pieces that are over in a moment', async () => {
    const size = 10_000;
    const delivery = Array.from({ length: size }, (_, n) =>
      telling({ groupKey: 'storm', fingerprint: `f${n}`, startsAt: new Date(now).toISOString() }),
    );
    await store.patient.config('SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '1000');
    expect(await store.alerts.accept(delivery)).toEqual({ fresh: size });
    expect(await store.alerts.accept(delivery)).toEqual({ fresh: 0 });
    const [storm] = await store.alerts.firing(1);
    const group = await store.alerts.group(storm?.id ?? '');
    expect(group?.notices).toHaveLength(size);
    const log = (await store.patient.slowlog('GET', 1_000)) as [number, number, number, string[]][];
    const took = log.map(([, , microseconds]) => microseconds / 1_000).sort((a, b) => a - b);
    expect(took.length).toBeGreaterThan(100);
    expect(took[Math.floor(took.length * 0.9)]).toBeLessThan(10);
  });
});
