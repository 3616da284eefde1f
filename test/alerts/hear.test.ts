import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hear, type Told } from '../../src/core/alerts/hear.ts';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { instant, resolved, telling } from '../alerts-contract/tellings.ts';

const now = instant('12:00');
const ago = (seconds: number) => new Date(now - seconds * 1_000).toISOString();

/** What is told of an alert that fires and is resolved again and again, oldest first; the last may still fire. */
const histories = fc
  .array(fc.record({ pause: fc.nat(50), length: fc.integer({ min: 1, max: 100 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .chain((episodes) => fc.tuple(fc.constant(episodes), fc.boolean()))
  .map(([episodes, stillFires]) => {
    let at = 3_600;
    const told = episodes.flatMap(({ pause, length }): Telling[] => {
      const startsAt = ago(at - pause);
      at -= pause + length;
      return [telling({ startsAt }), resolved({ startsAt, endsAt: ago(at) })];
    });
    return stillFires ? told.slice(0, -1) : told;
  });

/** Any order of the history, with repetitions, in which its last telling comes at least once. */
const deliveries = histories.chain((history) =>
  fc
    .array(fc.nat(history.length - 1), { maxLength: 30 })
    .chain((places) => fc.tuple(fc.constant(places), fc.nat(places.length)))
    .map(([places, last]) => {
      const order = [...places.slice(0, last), history.length - 1, ...places.slice(last)];
      return { history, order };
    }),
);

test('whatever comes twice, late or out of order, the newest telling stands', () => {
  fc.assert(
    fc.property(deliveries, ({ history, order }) => {
      let told: Told | undefined;
      let stands: Telling | undefined;
      for (const place of order) {
        const each = history[place];
        const heard = each && hear(told, each, now);
        if (heard?.told) told = heard.told;
        if (heard?.news) stands = heard.notice;
      }
      const newest = history.at(-1);
      expect(stands?.status).toBe(newest?.status);
      const apart = Date.parse(newest?.startsAt ?? '') - Date.parse(stands?.startsAt ?? '');
      const lost = history.length / 2;
      expect(apart).toBeGreaterThanOrEqual(0);
      expect(apart).toBeLessThanOrEqual(newest?.status === 'resolved' ? 0 : 60_000 * lost);
    }),
    { numRuns: 2_000 },
  );
});

test('what is told in its order is news, each time', () => {
  fc.assert(
    fc.property(histories, (history) => {
      let told: Told | undefined;
      for (const each of history) {
        const heard = hear(told, each, now);
        expect(heard.news).toBe(true);
        told = heard.told;
        expect(hear(told, each, now)).toEqual({ news: false });
      }
    }),
  );
});
