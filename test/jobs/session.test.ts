import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { openSession, type Session } from '../../src/jobs/session.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { LeaseLost } from '../../src/ports/journals.ts';
import { noon, paused, planOf, resumed } from '../rollout/journal.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] });
let journals: MemoryJournals;
let session: Session;

beforeEach(async () => {
  vi.useFakeTimers({ now: noon });
  journals = memoryJournals(plan, systemClock);
  const opened = await openSession(journals, systemClock, journals.id);
  if (!opened) throw new Error('the lease is free');
  session = opened;
});
afterEach(() => {
  session.close();
  vi.useRealTimers();
});

const write = (...facts: Fact[]) => session.record(() => ({ facts }));
const third = 1_000;

describe('the lease', () => {
  test('is not opened where somebody else has it', async () => {
    expect(await openSession(journals, systemClock, journals.id)).toBeUndefined();
  });

  test('is renewed three times in its life, until the session is closed', async () => {
    await vi.advanceTimersByTimeAsync(3 * third);
    expect(journals.calls.renew).toBe(3);
    session.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(3 * third);
    expect(journals.calls.renew).toBe(3);
  });

  test('is asked for once at a time, however long Redis is away', async () => {
    const back = journals.outage();
    await vi.advanceTimersByTimeAsync(20 * third);
    expect(journals.calls.renew).toBe(1);
    back();
    await vi.advanceTimersByTimeAsync(third);
    expect(journals.calls.renew).toBe(2);
    expect(session.signal.aborted).toBe(false);
  });

  test('that another worker has taken is lost: the signal aborts, and nothing more is written', async () => {
    journals.takeOver();
    await vi.advanceTimersByTimeAsync(third);
    expect(session.signal.aborted).toBe(true);
    expect(session.signal.reason).toBeInstanceOf(LeaseLost);
    await expect(write(paused)).rejects.toThrow(LeaseLost);
    await expect(session.held()).rejects.toThrow(LeaseLost);
    expect(journals.types()).not.toContain('rollout.paused');
  });

  test('that ran out while nobody wrote is taken again, and the work goes on', async () => {
    journals.expire();
    expect(await write(paused)).toBe('recorded');
    expect(session.epoch()).toBe(2);
    expect(session.signal.aborted).toBe(false);
    expect(journals.types()).toContain('rollout.paused');
  });

  test('that ran out while only people wrote is taken again, and what they wrote is known', async () => {
    journals.expire();
    journals.people([paused]);
    const seen: boolean[] = [];
    await session.record(({ state }) => {
      seen.push(state.paused !== undefined);
      return { facts: [resumed] };
    });
    expect(seen).toEqual([false, true]);
    expect(session.signal.aborted).toBe(false);
    expect(journals.types().slice(-2)).toEqual(['rollout.paused', 'rollout.resumed']);
  });

  test('that another worker had and used meanwhile is given back at once', async () => {
    journals.takeOver([paused]);
    journals.expire();
    await expect(write(resumed)).rejects.toThrow(LeaseLost);
    expect(session.signal.aborted).toBe(true);
    expect(journals.leased()).toBe(false);
    expect(journals.calls.rests).toEqual([Date.now()]);
  });

  test('is surely held without asking while it is young, and asked for when it is not', async () => {
    session.close();
    await vi.advanceTimersByTimeAsync(1_499);
    await session.held();
    expect(journals.calls.renew).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await session.held();
    expect(journals.calls.renew).toBe(1);
    await session.held();
    expect(journals.calls.renew).toBe(1);
  });

  test('is as old as the question for it, however late the answer is read', async () => {
    session.close();
    journals.expire();
    const back = journals.outage();
    const opening = openSession(journals, systemClock, journals.id);
    await vi.advanceTimersByTimeAsync(10_000);
    back();
    const late = await opening;
    late?.close();
    await late?.held();
    expect(journals.calls.renew).toBe(1);
  });

  test('gets a new epoch by a fence', async () => {
    await session.fence();
    expect(session.epoch()).toBe(2);
    expect(await write(paused)).toBe('recorded');
  });
});

describe('a record', () => {
  test('is decided anew when somebody wrote in between', async () => {
    const seen: number[] = [];
    journals.people([paused]);
    await session.record(({ state }) => {
      seen.push(state.seq);
      return { facts: [resumed] };
    });
    expect(seen).toEqual([2, 3]);
  });

  test('comes after the one before it, also when that one fails', async () => {
    const first = session.record(() => {
      throw new Error('no decision');
    });
    const second = session.record(({ state }) => ({ facts: state.paused ? [] : [paused] }));
    await expect(first).rejects.toThrow('no decision');
    expect(await second).toBe('recorded');
  });

  test('of nothing asks nobody', async () => {
    expect(await write()).toBe('recorded');
    expect(journals.calls.append).toBe(0);
  });

  test('that can not claim the environment says so and writes nothing', async () => {
    journals.environment = { claimedBy: 'other-1', newest: 'other-1' };
    expect(await session.record(() => ({ facts: [paused], environment: 'claim' }))).toBe('busy');
    expect(journals.types()).not.toContain('rollout.paused');
  });
});

test('a rest is refused while there is something new', async () => {
  journals.people([paused]);
  expect(await session.rest(undefined)).toBe(false);
  await session.refresh();
  expect(session.rollout().state.paused).toBeDefined();
  expect(await session.rest(noon + 5)).toBe(true);
  expect(journals.calls.rests).toEqual([noon + 5]);
});
