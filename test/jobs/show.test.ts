import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { createClosures } from '../../src/jobs/outbound/closures.ts';
import type { Next, Turn, Visited } from '../../src/jobs/outbound/ensure.ts';
import { createPace, type LimitsOf } from '../../src/jobs/outbound/pace.ts';
import { type Showing, startShowing } from '../../src/jobs/outbound/show.ts';
import { ChatError } from '../../src/ports/chat.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Rooms } from '../../src/ports/rooms.ts';
import type { ThreadName } from '../../src/ports/threads.ts';
import { journalOf, noon, planOf } from '../rollout/journal.ts';
import { memoryAllowance } from '../support/memory-allowance.ts';
import { memoryRooms } from '../support/memory-rooms.ts';

const rooms: Fact[] = (['console', 'slack'] as const).map((platform) => ({
  type: 'rollout.followed',
  data: { channel: { platform, id: 'ops' } },
}));
const folded = journalOf(planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] }), {
  more: rooms,
}).folded;

const limitsOf: LimitsOf = (channel, { urgency }) =>
  channel.startsWith('slack:')
    ? [{ name: channel, every: 1_000, burst: urgency === 'progress' ? 1 : 2, held: true }]
    : [];

let change: (id: string) => void;
let visits: string[];
let behind: ThreadName[];
let errors: unknown[];
let news: string[];
let ensured: (thread: ThreadName, turn?: Turn) => Promise<Visited>;
let probe: (platform: string) => Promise<void> | void;
let next: (thread: ThreadName) => Next | undefined;
let showing: Showing;
let store: Rooms;
let listening: boolean;

const shown: Visited = { outcome: 'shown' };

beforeEach(async () => {
  vi.useFakeTimers({ now: noon });
  visits = [];
  behind = [];
  errors = [];
  news = [];
  listening = false;
  ensured = async () => shown;
  probe = () => undefined;
  next = () => ({ call: 'edit', urgency: 'progress' });
  store = memoryRooms();
  const clock = systemClock;
  const closures = createClosures({
    rooms: store,
    clock,
    onClosed: ({ channel, why }) => news.push(`${channel} is closed: ${why}`),
    onOpened: (channel) => news.push(`${channel} is open`),
  });
  showing = startShowing({
    threads: { behind: async () => behind },
    rollouts: {
      find: async (id) =>
        id.startsWith('test-') ? { ...folded, state: { ...folded.state, id } } : undefined,
      onChange(listener) {
        listening = true;
        change = (id) => listener(id, 1);
        return () => {
          listening = false;
        };
      },
    },
    ensuring: {
      async ensure(thread, turn?: Turn) {
        if (thread.channel !== 'slack:other') turn?.may('edit');
        visits.push(`${thread.rollout} ${thread.channel}`);
        return ensured(thread, turn);
      },
      next: async (thread) => next(thread),
    },
    pace: createPace({ allowance: memoryAllowance(clock), clock, limitsOf }),
    closures,
    clock,
    chats: new Map([
      ['console', { probe: async () => probe('console') }],
      ['slack', { probe: async () => probe('slack') }],
    ]),
    onVisit: (_thread, error) => error !== undefined && errors.push(error),
  });
});
afterEach(async () => {
  ensured = async () => shown;
  await Promise.all([showing.stop(), vi.runAllTimersAsync()]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const to = (channel: string) => visits.filter((visited) => visited.endsWith(` ${channel}`)).length;

describe('the threads', () => {
  test('are visited at a change, each in its own time', async () => {
    change('test-1');
    await pass(0);
    expect(visits).toEqual(['test-1 console:ops', 'test-1 slack:ops']);
    expect(showing.backlog().get('slack')).toEqual({ depth: 0, since: undefined });
  });

  test('that are behind are found without a change', async () => {
    behind = [
      { rollout: 'test-1', channel: 'slack:other' },
      { rollout: 'test-1', channel: 'telegram:7' },
    ];
    await pass(1_000);
    expect(visits).toEqual(['test-1 slack:other']);
  });

  test('show many changes by few edits, and the last one always', async () => {
    let last = 0;
    let latest = 0;
    ensured = async ({ channel }) => {
      if (channel === 'slack:ops') last = latest;
      return shown;
    };
    for (latest = 1; latest <= 300; latest += 1) {
      change('test-1');
      await pass(10);
    }
    latest = 301;
    change('test-1');
    await pass(1_250);
    console.log(`301 changes in 3 s: ${to('slack:ops')} edits`);
    expect(to('slack:ops')).toBeLessThanOrEqual(5);
    expect(last).toBe(301);
  });

  test('are not visited twice at a time', async () => {
    let inside = 0;
    let most = 0;
    ensured = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 500));
      inside -= 1;
      return shown;
    };
    behind = [{ rollout: 'test-1', channel: 'console:only' }];
    await pass(10_000);
    expect(most).toBe(1);
  });

  test('that another process is at are looked at again', async () => {
    ensured = async () => (visits.length < 3 ? { outcome: 'busy' } : shown);
    behind = [];
    change('test-1');
    await pass(5_000);
    expect(to('console:ops')).toBe(2);
  });

  test('of one channel keep its pace together, and the one that people wait for goes first', async () => {
    for (let rollout = 1; rollout <= 5; rollout += 1) change(`test-${rollout}`);
    await pass(0);
    next = ({ rollout }) => ({ call: 'edit', urgency: rollout === 'test-6' ? 'act' : 'progress' });
    change('test-6');
    await pass(300);
    const inSlack = visits.filter((visited) => visited.endsWith('slack:ops'));
    expect(inSlack).toEqual(['test-1 slack:ops', 'test-6 slack:ops']);
    expect(showing.backlog().get('slack')).toEqual({ depth: 4, since: noon });
    await pass(10_000);
    expect(to('slack:ops')).toBe(6);
  });

  test('that are urgent all the time keep no other waiting for good, and take most of the calls', async () => {
    next = ({ rollout }) => ({ call: 'edit', urgency: rollout === 'test-1' ? 'progress' : 'act' });
    ensured = async ({ rollout, channel }) =>
      rollout === 'test-1' || channel === 'console:ops' ? shown : { outcome: 'more' };
    change('test-6');
    await pass(5_000);
    for (const rollout of ['test-7', 'test-1']) change(rollout);
    await pass(15_000);
    expect(visits).not.toContain('test-1 slack:ops');
    await pass(15_000);
    expect(visits).toContain('test-1 slack:ops');
    const urgent = (rollout: string) => visits.filter((visited) => visited === `${rollout} slack:ops`).length;
    expect(urgent('test-7')).toBeGreaterThan(10);
    expect(urgent('test-6') + urgent('test-7')).toBeGreaterThan(25);
  });
});

describe('a platform', () => {
  test('that hangs does not hold up another', async () => {
    ensured = ({ channel }) =>
      channel === 'slack:ops'
        ? new Promise((resolve) => setTimeout(resolve, 60_000, shown))
        : Promise.resolve(shown);
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
      return shown;
    };
    for (let count = 0; count < 19; count += 1) {
      change(`test-${count}`);
      await pass(1_000);
    }
    expect(to('slack:ops')).toBe(1);
    await pass(2_500);
    expect(to('slack:ops')).toBe(2);
  });

  test('that is down is asked by one probe at a time, ever more rarely, and sent nothing until it answers', async () => {
    let down = true;
    let probes = 0;
    const fail = () => {
      if (down) throw new ChatError('unavailable', 'down');
    };
    change('test-0');
    await pass(1_000);
    const sent = to('slack:ops');
    probe = (platform) => {
      if (platform !== 'slack') return;
      probes += 1;
      fail();
    };
    ensured = async ({ channel }) => {
      if (channel.startsWith('slack:')) fail();
      return shown;
    };
    for (let rollout = 1; rollout <= 20; rollout += 1) change(`test-${rollout}`);
    behind = [{ rollout: 'test-1', channel: 'slack:other' }];
    await pass(120_000);
    console.log(`20 rollouts in two channels, 120 s of outage: ${probes} probes`);
    expect(to('slack:ops') + to('slack:other')).toBe(sent + 1);
    expect(probes).toBeGreaterThan(40);
    expect(probes).toBeLessThan(70);
    behind = [];
    down = false;
    await pass(3_250);
    expect(to('slack:ops') + to('slack:other')).toBeGreaterThan(sent + 1);
    await pass(30_000);
    expect(showing.backlog().get('slack')).toEqual({ depth: 0, since: undefined });
  });

  test('that was not reached is not counted a call', async () => {
    let isFirst = true;
    ensured = async ({ channel }) => {
      if (channel !== 'slack:ops' || !isFirst) return shown;
      isFirst = false;
      throw new ChatError('unavailable', 'connection refused');
    };
    change('test-1');
    await pass(900);
    expect(to('slack:ops')).toBe(2);
  });

  test('that was not heard yet is asked before anything is sent', async () => {
    let down = true;
    probe = (platform) => {
      if (platform === 'slack' && down) throw new ChatError('unavailable', 'down');
    };
    change('test-1');
    await pass(20_000);
    expect([to('slack:ops'), to('console:ops')]).toEqual([0, 1]);
    down = false;
    await pass(3_250);
    expect(to('slack:ops')).toBe(1);
  });

  test('that refuses a probe, or leaves one without an answer for long, is told apart', async () => {
    let answers: () => Promise<void> = () => new Promise(() => undefined);
    probe = (platform) => (platform === 'slack' ? answers() : Promise.resolve());
    change('test-1');
    await pass(20_000);
    expect(to('slack:ops')).toBe(0);
    answers = () => Promise.reject(new ChatError('closed', 'Slack refused auth.test.'));
    await pass(6_000);
    expect(to('slack:ops')).toBe(1);
  });

  test('that fails a call is not sent what was under way for another channel', async () => {
    const asked: boolean[] = [];
    ensured = async (thread, turn) => {
      if (thread.channel === 'slack:ops' && fails) throw new ChatError('doubtful', 'no answer');
      if (thread.channel !== 'slack:other') return shown;
      await new Promise((resolve) => setTimeout(resolve, 100));
      asked.push(turn?.may('edit') ?? false);
      return asked.at(-1) ? shown : { outcome: 'more' };
    };
    let fails = false;
    change('test-1');
    await pass(2_000);
    fails = true;
    showing.add({ rollout: 'test-2', channel: 'slack:other' });
    change('test-1');
    await pass(50);
    fails = false;
    await pass(5_000);
    expect(asked).toEqual([false, true]);
  });
});

describe('a channel that is closed', () => {
  const closed = new ChatError('closed', 'Slack refused chat.postMessage: is_archived.');

  test('is told once, said elsewhere, and tried again every ten minutes only', async () => {
    let archived = true;
    ensured = async ({ channel }) => {
      if (archived && channel === 'slack:ops') throw closed;
      return shown;
    };
    for (let rollout = 1; rollout <= 3; rollout += 1) change(`test-${rollout}`);
    await pass(0);
    expect(news).toEqual(['slack:ops is closed: Slack refused chat.postMessage: is_archived.']);
    await pass(1_000);
    const others = ['test-1', 'test-2', 'test-3'].map(
      (id) => visits.filter((visited) => visited === `${id} console:ops`).length,
    );
    expect(Math.min(...others)).toBeGreaterThanOrEqual(1);
    for (let minute = 0; minute < 60; minute += 1) {
      change('test-1');
      await pass(60_000);
    }
    expect(to('slack:ops')).toBeGreaterThan(4);
    expect(to('slack:ops')).toBeLessThanOrEqual(7);
    expect(news).toHaveLength(1);
    archived = false;
    await pass(620_000);
    expect(news).toEqual([news[0], 'slack:ops is open']);
    expect(await store.closed()).toEqual([]);
    expect(showing.backlog().get('slack')).toMatchObject({ depth: 0 });
  });

  test('is left alone when another process found it out, and used again when that one opened it', async () => {
    await pass(1_000);
    await store.close({ channel: 'slack:ops', why: 'It is archived.', since: '2026-11-21T12:00:00.000Z' });
    await pass(1_000);
    change('test-1');
    await pass(60_000);
    expect(to('slack:ops')).toBe(0);
    await store.open('slack:ops');
    await pass(2_000);
    expect(to('slack:ops')).toBe(1);
    expect(news).toEqual([]);
  });

  test('does not keep a channel of the same platform from being written to', async () => {
    ensured = async ({ channel }) => {
      if (channel === 'slack:ops') throw closed;
      return shown;
    };
    behind = [{ rollout: 'test-9', channel: 'slack:other' }];
    change('test-1');
    await pass(2_000);
    expect(to('slack:other')).toBeGreaterThan(0);
  });
});

describe('a thread that was given up', () => {
  test('is told once', async () => {
    ensured = async ({ channel }) => (channel === 'slack:ops' ? { outcome: 'given-up' } : shown);
    for (let count = 0; count < 3; count += 1) {
      change('test-1');
      await pass(2_000);
    }
    expect(news).toEqual([expect.stringContaining('slack:ops is closed: The first card of test-1')]);
  });
});

describe('a stop', () => {
  test('comes at once while a visit pauses, and nothing is visited afterwards', async () => {
    ensured = async () => {
      throw new ChatError('rate-limited', 'slow down', { retryAfter: 3_600_000 });
    };
    change('test-1');
    await pass(0);
    await showing.stop();
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
      return shown;
    };
    change('test-1');
    await pass(0);
    const stopping = showing.stop();
    await pass(300);
    await stopping;
    expect(ended).toBe(true);
  });
});
