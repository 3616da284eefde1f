import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSweeper } from '../../src/jobs/sweep.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Journals } from '../../src/ports/journals.ts';
import { noon } from '../rollout/journal.ts';

let due: (now: number, limit: number) => Promise<string[]>;
let woken: string[];
let errors: unknown[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  woken = [];
  errors = [];
  due = async () => [];
  stop = startSweeper({
    journals: { due: (now: number, limit: number) => due(now, limit) } as Pick<Journals, 'due'> as Journals,
    waker: { wake: async (id) => void woken.push(id) },
    clock: systemClock,
    onError: (error) => errors.push(error),
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

test('the sweeper wakes what is due, soon', async () => {
  const asked: number[] = [];
  due = async (now) => {
    asked.push(now);
    return ['a-1', 'b-2'];
  };
  await vi.advanceTimersByTimeAsync(250);
  expect(woken).toEqual(['a-1', 'b-2']);
  expect(asked).toEqual([noon + 250]);
});

test('what nobody takes up is woken less and less often, and at once again after it was taken up', async () => {
  due = async () => ['a-1'];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(woken.length).toBeLessThan(13);
  expect(woken.length).toBeGreaterThan(7);
  due = async () => [];
  await vi.advanceTimersByTimeAsync(250);
  woken = [];
  due = async () => ['a-1', 'b-2'];
  await vi.advanceTimersByTimeAsync(250);
  expect(woken).toEqual(['a-1', 'b-2']);
});

test('many that nobody takes up do not hide one that is due behind them', async () => {
  const many = Array.from({ length: 600 }, (_, index) => `old-${index}`);
  due = async (_now, limit) => [...many, 'new-1'].slice(0, limit);
  await vi.advanceTimersByTimeAsync(500);
  expect(woken).toContain('new-1');
  expect(woken).toHaveLength(601);
});

test('it goes on after Redis was away, and says that it was', async () => {
  due = async () => Promise.reject(new Error('away'));
  await vi.advanceTimersByTimeAsync(500);
  due = async () => ['a-1'];
  await vi.advanceTimersByTimeAsync(250);
  expect(errors).toEqual([new Error('away'), new Error('away')]);
  expect(woken).toEqual(['a-1']);
});

test('it does not pile up sweeps while one takes long', async () => {
  let sweeps = 0;
  const slow = Promise.withResolvers<string[]>();
  due = () => {
    sweeps += 1;
    return slow.promise;
  };
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sweeps).toBe(1);
  slow.resolve([]);
  await vi.advanceTimersByTimeAsync(500);
  expect(sweeps).toBeGreaterThan(1);
});

test('it stops', async () => {
  stop();
  due = async () => ['a-1'];
  await vi.advanceTimersByTimeAsync(1_000);
  expect(woken).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
