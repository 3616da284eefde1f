import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { LogBucket } from '../../src/ports/google-logs.ts';
import { before, held, holdersOf, holdsIn, released } from '../../src/steps/google/holds.ts';
import { loggingRetention } from '../../src/steps/logging-retention.ts';
import { contextFor } from '../support/step-context.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive, dyingFetch, optionsFor, recover } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const bucket = () => {
  const found = google.state.operations.buckets[`projects/${project}/locations/global/buckets/_Default`];
  if (found === undefined) throw new Error('no bucket');
  return found;
};

/** A rollout that holds the bucket, in an environment of its own. */
function launch(environment: string, days: number) {
  const options = (more: object = {}) => ({
    ...{ google, options: { environment, rollout: `${environment}-1`, ...more } },
  });
  let captured: Json | undefined;
  const raise = { connection: 'google', days };
  const restore = () => ({ connection: 'google', restore: captured as never });
  return {
    async start() {
      const driven = await drive(loggingRetention, raise, options());
      captured = driven.captured;
      return driven.result;
    },
    end: async () => (await drive(loggingRetention, restore(), options({ capturing: false }))).result,
    /** Killed before or after its n-th write, and carried on by another worker. */
    async killed(what: 'start' | 'end', when: 'before' | 'after') {
      const { fetch, signal } = dyingFetch(when);
      const input = what === 'start' ? raise : restore();
      const context = contextFor(
        loggingRetention,
        input,
        optionsFor(options({ world: { fetch }, capturing: what === 'start' })),
      );
      await expect(loggingRetention.run(context, signal)).rejects.toThrow('killed');
      if (what === 'start') captured = context.captures[0];
      const again = options(what === 'start' && captured !== undefined ? { captured } : { capturing: false });
      return recover(loggingRetention, input, again);
    },
  };
}

describe('two launches that overlap', () => {
  it.each([
    ['staging', 'production'],
    ['production', 'staging'],
  ])('whoever ends last puts back what stood before the first: %s, then %s', async (first, last) => {
    bucket().description = 'Of the platform team';
    const launches = { staging: launch('staging', 90), production: launch('production', 90) };
    await launches.staging.start();
    expect(await launches.production.start()).toMatchObject({ status: 'succeeded' });
    expect(bucket()).toMatchObject({
      retentionDays: 90,
      description:
        'Of the platform team [cutover: raised from 30 to 90 days for staging/staging-1 (90), production/production-1 (90)]',
    });
    expect(await launches[first as 'staging'].end()).toMatchObject({
      summary: `Logs in _Default are kept for 90 days: ${last}/${last}-1 still needs that, and the last one puts back what stood before`,
    });
    expect(bucket().retentionDays).toBe(90);
    expect(await launches[last as 'staging'].end()).toMatchObject({
      summary: 'Logs in _Default are kept for 30 days',
    });
    expect(bucket()).toMatchObject({ retentionDays: 30, description: 'Of the platform team' });
  });

  it('the one that needs more days has them for as long as it needs them', async () => {
    const [short, long] = [launch('staging', 60), launch('production', 90)];
    await short.start();
    await long.start();
    expect(bucket().retentionDays).toBe(90);
    await long.end();
    expect(bucket().retentionDays).toBe(60);
    await short.end();
    expect(bucket().retentionDays).toBe(30);
  });

  it.each([
    ['start', 'before'],
    ['start', 'after'],
    ['end', 'before'],
    ['end', 'after'],
  ] as const)(
    'killed at its %s, %s the write: nothing is lost, nothing is done twice',
    async (what, when) => {
      const [first, second] = [launch('staging', 90), launch('production', 90)];
      await first.start();
      if (what === 'end') await second.start();
      const { seen } = await second.killed(what, when);
      expect(seen).toBe(when === 'before' ? 'absent' : 'present');
      if (what === 'start') await second.end();
      expect(bucket()).toMatchObject({
        retentionDays: 90,
        description: expect.stringContaining('staging/staging-1'),
      });
      await first.end();
      expect(bucket()).toMatchObject({ retentionDays: 30, description: '' });
    },
  );

  it('what a person sets meanwhile stays, also for the next launch', async () => {
    const [first, second] = [launch('staging', 90), launch('production', 90)];
    await first.start();
    bucket().retentionDays = 45;
    await second.start();
    expect(bucket().retentionDays).toBe(90);
    await first.end();
    expect(bucket().retentionDays).toBe(90);
    await second.end();
    expect(bucket().retentionDays).toBe(45);
  });

  it('what a person sets after both began stays when they end, and says so', async () => {
    const [first, second] = [launch('staging', 90), launch('production', 90)];
    await first.start();
    await second.start();
    bucket().retentionDays = 365;
    expect(await first.end()).toMatchObject({
      summary: 'Logs in _Default are kept for 365 days: somebody set that meanwhile, so it stays',
    });
    await second.end();
    expect(bucket()).toMatchObject({ retentionDays: 365, description: '' });
  });

  it('a person who writes another description takes nothing from the way back', async () => {
    const only = launch('staging', 90);
    await only.start();
    bucket().description = 'Ours';
    await only.end();
    expect(bucket()).toMatchObject({ retentionDays: 30, description: 'Ours' });
  });

  it('what an older version captured goes back as it was', async () => {
    bucket().retentionDays = 90;
    const restore = { bucket: '_Default', location: 'global', days: 30 };
    await drive(loggingRetention, { connection: 'google', restore }, { google });
    expect(bucket().retentionDays).toBe(30);
  });

  it('lets nobody hold a bucket that keeps logs long enough by itself', async () => {
    bucket().retentionDays = 400;
    const only = launch('staging', 90);
    await only.start();
    await only.end();
    expect(google.effects()).toEqual([]);
  });
});

/** What happens to a bucket: rollouts begin, end, roll back, are aborted; a person sets days. */
const happening = fc.oneof(
  fc.record({ does: fc.constant('start' as const), who: fc.nat(3), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ does: fc.constant('end' as const), who: fc.nat(3) }),
  fc.record({ does: fc.constant('abort' as const), who: fc.nat(3) }),
  fc.record({ does: fc.constant('person' as const), days: fc.integer({ min: 401, max: 800 }) }),
);

describe('in any order', () => {
  it('all that held is let go, each has its days meanwhile, and a person’s own days stay', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        let now: LogBucket = { days: 30, description: 'Ours' };
        let base = 30;
        const captured = new Map<string, { days: number; raised: number }>();
        const wants = new Map<string, number>();
        const aborted = new Set<string>();
        const end = (by: string) => {
          const its = captured.get(by);
          if (its === undefined) return;
          now = released(now, by, its, (other) => aborted.has(other)).bucket;
          captured.delete(by);
          wants.delete(by);
        };
        for (const [index, each] of happenings.entries()) {
          if (each.does === 'person') {
            now = { ...now, days: each.days };
            base = each.days;
            wants.clear();
            continue;
          }
          const by = `e/r-${each.who}`;
          if (each.does === 'end') end(by);
          else if (each.does === 'abort' && captured.delete(by)) aborted.add(by);
          else if (each.does === 'start' && !captured.has(by) && !aborted.has(by)) {
            captured.set(by, { days: before(now), raised: Math.max(now.days, each.days) });
            now = held(now, { by, days: each.days });
            if (now.days > base) wants.set(by, each.days);
          }
          for (const days of wants.values()) expect([index, now.days >= days]).toEqual([index, true]);
        }
        for (const by of [...captured.keys()]) end(by);
        const left = holdersOf(now).filter((by) => !aborted.has(by));
        expect(left).toEqual([]);
        if (holdersOf(now).length === 0) expect(now).toEqual({ days: base, description: 'Ours' });
      }),
    );
  });

  it('reads a note as it was written, and takes no other text for one', () => {
    const text = fc
      .string({ maxLength: 40 })
      .filter((own) => own === own.trimEnd() && own === own.trimStart());
    fc.assert(
      fc.property(text, fc.integer({ min: 31, max: 900 }), (own, days) => {
        expect(holdsIn(own)).toEqual({ own, holds: undefined });
        const noted = held({ days: 30, description: own }, { by: 'e/r-1', days });
        expect(holdsIn(noted.description)).toEqual({
          own,
          holds: { before: 30, raised: days, by: [{ by: 'e/r-1', days }] },
        });
      }),
    );
  });
});
