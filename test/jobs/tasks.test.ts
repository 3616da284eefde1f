import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { createTasks } from '../../src/jobs/tasks.ts';
import { done } from '../rollout/journal.ts';
import { hang } from '../support/kinds.ts';

afterEach(() => vi.useRealTimers());

const never = new AbortController().signal;

describe('the tasks of a session', () => {
  test('give what came out of them once', async () => {
    const tasks = createTasks();
    tasks.begin('a', never, async () => [done('a')]);
    await tasks.stirred(1_000);
    expect(tasks.collect()).toEqual({ outcomes: [done('a')], atWork: new Set() });
    expect(tasks.collect().outcomes).toEqual([]);
  });

  test('are at every moment either at work or have given what came out', async () => {
    const tasks = createTasks();
    const given = new Set<string>();
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    for (const [index, id] of ids.entries()) {
      tasks.begin(id, never, async () => {
        for (let turn = 0; turn < index; turn += 1) await Promise.resolve();
        return [done(id)];
      });
    }
    for (let turn = 0; turn < 60; turn += 1) {
      const { outcomes, atWork } = tasks.collect();
      for (const fact of outcomes) if ('step' in fact.data) given.add(fact.data.step);
      expect(ids.filter((id) => given.has(id) === atWork.has(id))).toEqual([]);
      await Promise.resolve();
    }
    expect(given.size).toBe(20);
  });

  test('are idle only when what came out was collected', async () => {
    const tasks = createTasks();
    expect(tasks.idle()).toBe(true);
    tasks.begin('a', never, async () => [done('a')]);
    expect(tasks.idle()).toBe(false);
    await tasks.stirred(1_000);
    expect(tasks.idle()).toBe(false);
    tasks.collect();
    expect(tasks.idle()).toBe(true);
  });

  test('are aborted together, waited for, and what still comes out of them is dropped', async () => {
    const tasks = createTasks();
    const ended: string[] = [];
    const stubborn = async (signal: AbortSignal): Promise<Fact[]> => {
      await hang(signal).catch(() => undefined);
      await Promise.resolve();
      ended.push('stubborn');
      return [done('stubborn')];
    };
    tasks.begin('stubborn', never, stubborn);
    tasks.begin('quick', never, (signal) => hang(signal));
    await tasks.clear(new Error('rolled back'));
    expect(ended).toEqual(['stubborn']);
    expect(tasks.collect()).toEqual({ outcomes: [], atWork: new Set() });
  });

  test('end when the lease is lost', async () => {
    const tasks = createTasks();
    const lost = new AbortController();
    tasks.begin('a', lost.signal, (signal) => hang(signal));
    lost.abort(new Error('lost'));
    await tasks.stirred(1_000);
    expect(tasks.idle()).toBe(true);
  });

  test('that break are not passed over in silence', async () => {
    const tasks = createTasks();
    tasks.begin('a', never, async () => Promise.reject(new Error('a fault of ours')));
    await tasks.stirred(1_000);
    expect(() => tasks.collect()).toThrow('a fault of ours');
  });
});

describe('waiting for something to happen', () => {
  test('ends at once when it happened before', async () => {
    vi.useFakeTimers();
    const tasks = createTasks();
    tasks.stir();
    await tasks.stirred(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends at its limit when nothing happens, and takes no notice of the past the next time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const tasks = createTasks();
    tasks.stir();
    await tasks.stirred(60_000);
    let over = false;
    const waiting = tasks.stirred(1_000).then((news) => {
      over = true;
      return news;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBe(true);
  });

  test('tells whether it was more than the end of a task', async () => {
    const tasks = createTasks();
    tasks.begin('one', new AbortController().signal, async () => []);
    expect(await tasks.stirred(60_000)).toBe(false);
    tasks.stir();
    expect(await tasks.stirred(60_000)).toBe(true);
  });
});
