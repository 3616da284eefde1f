import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { startShowing } from '../../src/jobs/show.ts';
import { ChatError } from '../../src/ports/chat.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { ThreadName, Threads } from '../../src/ports/threads.ts';
import { journalOf, noon, planOf } from '../rollout/journal.ts';

const rooms: Fact[] = (['console', 'slack'] as const).map((platform) => ({
  type: 'rollout.followed',
  data: { channel: { platform, id: 'ops' } },
}));
const folded = journalOf(planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] }), {
  more: rooms,
}).folded;

let change: (id: string) => void;
let visits: string[];
let behind: ThreadName[];
let errors: unknown[];
let ensured: (thread: ThreadName) => Promise<'shown' | 'busy'>;
let stop: () => Promise<void>;
let listening: boolean;

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  visits = [];
  behind = [];
  errors = [];
  listening = false;
  ensured = async () => 'shown';
  stop = startShowing({
    threads: { behind: async () => behind } as Pick<Threads, 'behind'> as Threads,
    rollouts: {
      find: async (id) => (id === 'test-1' ? folded : undefined),
      onChange(listener) {
        listening = true;
        change = (id) => listener(id, 1);
        return () => {
          listening = false;
        };
      },
    },
    ensure(thread) {
      visits.push(thread.channel);
      return ensured(thread);
    },
    clock: systemClock,
    platforms: new Set(['console', 'slack']),
    pace: (platform) => (platform === 'slack' ? 1_000 : 0),
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  ensured = async () => 'shown';
  await Promise.all([stop(), vi.runAllTimersAsync()]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const to = (channel: string) => visits.filter((visited) => visited === channel).length;

describe('the threads', () => {
  test('are visited at a change, each in its own time', async () => {
    change('test-1');
    await pass(0);
    expect(visits).toEqual(['console:ops', 'slack:ops']);
  });

  test('that are behind are found without a change', async () => {
    behind = [
      { rollout: 'test-1', channel: 'slack:other' },
      { rollout: 'test-1', channel: 'telegram:7' },
    ];
    await pass(1_000);
    expect(visits).toEqual(['slack:other']);
  });

  test('show many changes by few edits, and the last one always', async () => {
    let shown = 0;
    let latest = 0;
    ensured = async ({ channel }) => {
      if (channel === 'slack:ops') shown = latest;
      return 'shown';
    };
    for (latest = 1; latest <= 100; latest += 1) {
      change('test-1');
      await pass(30);
    }
    latest = 101;
    change('test-1');
    await pass(1_000);
    expect(to('slack:ops')).toBeLessThanOrEqual(5);
    expect(shown).toBe(101);
  });

  test('are not visited twice at a time', async () => {
    let inside = 0;
    let most = 0;
    ensured = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 500));
      inside -= 1;
      return 'shown';
    };
    behind = [{ rollout: 'test-1', channel: 'console:only' }];
    await pass(10_000);
    expect(most).toBe(1);
  });
});

describe('a platform', () => {
  test('that hangs does not hold up another', async () => {
    ensured = ({ channel }) =>
      channel === 'slack:ops'
        ? new Promise((resolve) => setTimeout(resolve, 60_000, 'shown'))
        : Promise.resolve('shown');
    for (let count = 0; count < 5; count += 1) {
      change('test-1');
      await pass(100);
    }
    expect([to('console:ops'), to('slack:ops')]).toEqual([5, 1]);
  });

  test('that limits is left alone for as long as it asks, whatever happens meanwhile', async () => {
    ensured = async ({ channel }) => {
      if (channel === 'slack:ops' && to('slack:ops') === 1)
        throw new ChatError('rate-limited', 'slow down', { retryAfter: 20_000 });
      return 'shown';
    };
    for (let count = 0; count < 19; count += 1) {
      change('test-1');
      await pass(1_000);
    }
    expect(to('slack:ops')).toBe(1);
    await pass(1_000);
    expect(to('slack:ops')).toBe(2);
  });

  test('that is down is tried again, ever more rarely, until it is back', async () => {
    let down = true;
    ensured = async ({ channel }) => {
      if (down && channel === 'slack:ops') throw new ChatError('unavailable', 'down');
      return 'shown';
    };
    change('test-1');
    await pass(120_000);
    const tried = to('slack:ops');
    expect(tried).toBeGreaterThan(5);
    expect(tried).toBeLessThan(12);
    expect(errors).toHaveLength(tried);
    down = false;
    await pass(30_000);
    expect(to('slack:ops')).toBe(tried + 1);
    await pass(120_000);
    expect(to('slack:ops')).toBe(tried + 1);
  });
});

describe('a stop', () => {
  test('comes at once while a visit pauses, and nothing is visited afterwards', async () => {
    ensured = async () => {
      throw new ChatError('rate-limited', 'slow down', { retryAfter: 3_600_000 });
    };
    change('test-1');
    await pass(0);
    await stop();
    const before = visits.length;
    change('test-1');
    behind = [{ rollout: 'test-1', channel: 'slack:ops' }];
    await pass(10_000);
    expect(visits).toHaveLength(before);
    expect([vi.getTimerCount(), listening]).toEqual([0, false]);
  });

  test('waits for the visit that is under way', async () => {
    let ended = false;
    ensured = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      ended = true;
      return 'shown';
    };
    change('test-1');
    await pass(0);
    const stopping = stop();
    await pass(300);
    await stopping;
    expect(ended).toBe(true);
  });
});
