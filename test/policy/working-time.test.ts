import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onWorkingDay } from '../../src/core/policy/working-time.ts';
import { localDate, localTime } from '../../src/core/policy/zoned-time.ts';

test.each([
  ['2026-11-20T08:59:59Z', '2026-11-20T09:00:00Z'],
  ['2026-11-20T09:00:00Z', '2026-11-20T09:00:00Z'],
  ['2026-11-20T09:00:00.001Z', '2026-11-23T09:00:00Z'],
  ['2026-03-27T10:00:00Z', '2026-03-30T08:00:00Z'],
])('after %s it is 10:00 in Berlin on a working day at %s', (from, at) => {
  expect(onWorkingDay(Date.parse(from), '10:00', 'Europe/Berlin')).toBe(Date.parse(at));
});

test('it is always such a time, on such a day, and within four days', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];
  const first = Date.parse('2026-01-01T00:00:00Z');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 * 365 * 86_400_000 }),
      fc.integer({ min: 4, max: 23 }),
      fc.constantFrom(...zones),
      (after, hour, zone) => {
        const clock = `${String(hour).padStart(2, '0')}:30`;
        const at = onWorkingDay(first + after, clock, zone);
        const date = localDate(at, zone);
        expect(localTime(`${date}T${clock}`, zone)).toEqual({ kind: 'once', at });
        expect([1, 2, 3, 4, 5]).toContain(new Date(`${date}T00:00:00Z`).getUTCDay());
        expect(at - first - after).toBeGreaterThanOrEqual(0);
        expect(at - first - after).toBeLessThanOrEqual(3 * 86_400_000 + 3_600_000);
      },
    ),
    { numRuns: 200 },
  );
});
