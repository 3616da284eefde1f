import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { createEnsure } from '../../src/jobs/outbound/ensure.ts';
import { ChatError, type ChatPort } from '../../src/ports/chat.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import type { ThreadLock, Threads } from '../../src/ports/threads.ts';
import { journalOf, noon, planOf } from '../rollout/journal.ts';
import { memoryChat } from '../support/memory-chat.ts';
import { memoryThreads } from '../support/memory-threads.ts';

/** What happens at a boundary between a gateway and the world. */
type Fate =
  | { do: 'go' }
  /** The process stands still, before or after it, for so many milliseconds. */
  | { do: 'stall'; before: number; after: number }
  /** The process dies before it, in the middle, or after it. */
  | { do: 'die'; when: 'before' | 'under way' | 'after' }
  /** A call to the platform gets no answer; it is done after so many milliseconds, or never. */
  | { do: 'lose'; landsAfter: number | undefined; goneAfter: number }
  | { do: 'refuse' };

const fates = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>({ do: 'go' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stall' as const),
      before: fc.constantFrom(0, 900, 7_000, 16_000, 40_000),
      after: fc.constantFrom(0, 900, 7_000, 16_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      when: fc.constantFrom('before' as const, 'under way' as const, 'after' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      landsAfter: fc.constantFrom(undefined, 0, 1_500, 2_500),
      goneAfter: fc.constantFrom(0, 1_000, 9_900),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Fate>({ do: 'refuse' }) },
);

class Died extends Error {}

const sleep = (milliseconds: number) =>
  milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : Promise.resolve();

/** One life of a gateway process: nothing that it does after its death reaches anything. */
function life(next: () => Fate) {
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Died();
  };
  const alive = (): void => {
    if (dead) throw new Died();
  };
  /** An operation on the store: done at once or not at all, with stalls around it. */
  async function stored<T>(work: () => Promise<T>): Promise<T> {
    alive();
    const fate = next();
    if (fate.do === 'stall') await sleep(fate.before);
    if (fate.do === 'die' && fate.when === 'before') die();
    const done = await work();
    if (fate.do === 'die') die();
    if (fate.do === 'stall') await sleep(fate.after);
    return done;
  }
  /** A call to the platform: ends within ten seconds, and is done within them and a moment, or never. */
  async function called<T>(work: () => Promise<T>): Promise<T> {
    alive();
    const fate = next();
    if (fate.do === 'die' && fate.when === 'before') die();
    if (fate.do === 'refuse') throw new ChatError('unavailable', 'refused');
    if (fate.do === 'lose') {
      const { landsAfter, goneAfter } = fate;
      if (landsAfter !== undefined)
        void sleep(goneAfter + landsAfter)
          .then(work)
          .catch(() => undefined);
      await sleep(goneAfter);
      throw new ChatError('doubtful', 'no answer');
    }
    if (fate.do === 'die' && fate.when === 'under way') {
      void sleep(2_000)
        .then(work)
        .catch(() => undefined);
      die();
    }
    const done = await work();
    if (fate.do === 'die') die();
    if (fate.do === 'stall') await sleep(fate.after);
    return done;
  }
  return { stored, called };
}

function threadsIn({ stored }: ReturnType<typeof life>, threads: Threads): Threads {
  const locked = (lock: ThreadLock): ThreadLock => ({
    write: (key, standing) => stored(() => lock.write(key, standing)),
    forget: (key) => stored(() => lock.forget(key)),
    isFresh: lock.isFresh,
    release: (after) => stored(() => lock.release(after)),
  });
  return {
    lock: (thread) => threads.lock(thread).then((lock) => lock && locked(lock)),
    read: (thread) => stored(() => threads.read(thread)),
    behind: threads.behind,
    shown: (thread, seq) => stored(() => threads.shown(thread, seq)),
  };
}

function chatIn({ called }: ReturnType<typeof life>, chat: ChatPort): ChatPort {
  return {
    platform: chat.platform,
    post: (...given) => called(() => chat.post(...given)),
    update: (...given) => called(() => chat.update(...given)),
    find: (...given) => called(() => chat.find(...given)),
    probe: async () => undefined,
  };
}

const folded = journalOf(planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] })).folded;
const thread = { rollout: 'test-1', channel: 'console:ops' };
const card = (title: string): Card => ({ tone: 'plain', title: [title], lines: [], actions: [], links: [] });
const replies = ['one', 'two', 'three', 'four', 'five'];

/** What the thread should say so many seconds after its beginning: a reply more each twenty. */
const viewAt = (seconds: number) => {
  const told = replies.slice(0, Math.floor(seconds / 20));
  return {
    root: card(`root ${told.length}`),
    replies: told.map((title) => ({ key: title, card: card(title) })),
  };
};

/** A gateway that is started again after each death, and comes back to the thread until it is told to stop. */
async function gateway(
  next: () => Fate,
  store: { threads: Threads; chat: ChatPort },
  isOver: () => boolean,
  nonce: () => string,
): Promise<void> {
  while (!isOver()) {
    const mine = life(next);
    const { ensure } = createEnsure({
      threads: threadsIn(mine, store.threads),
      rollouts: { find: async () => folded },
      chats: new Map([['console', chatIn(mine, store.chat)]]),
      view: async () => viewAt((clock.now() - noon) / 1_000),
      newNonce: nonce,
    });
    try {
      while (!isOver()) {
        await ensure(thread).catch((error: unknown) => {
          if (!(error instanceof ChatError)) throw error;
        });
        await sleep(2_000);
      }
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      await sleep(1_000);
    }
  }
}

beforeEach(() => void vi.useFakeTimers({ now: noon }));
afterEach(() => void vi.useRealTimers());

async function play(first: readonly Fate[], second: readonly Fate[], blind: boolean) {
  vi.setSystemTime(noon);
  const chat = memoryChat();
  chat.knobs.blind = blind;
  const threads = memoryThreads(clock);
  let over = false;
  let nonces = 0;
  const nonce = () => {
    nonces += 1;
    return `op-${nonces}`;
  };
  const left = [[...first], [...second]];
  const dealt = left.map((fates) => (): Fate => fates.shift() ?? { do: 'go' });
  const store = { threads, chat: chat.port };
  const gateways = dealt.map((next) => gateway(next, store, () => over, nonce));
  await vi.advanceTimersByTimeAsync(120_000);
  while (left.some((fates) => fates.length > 0)) await vi.advanceTimersByTimeAsync(10_000);
  await vi.advanceTimersByTimeAsync(120_000);
  over = true;
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all(gateways);
  return { titles: chat.titles(), standings: threads.standingOf(thread), messages: chat.messages };
}

const someFates = fc.array(fates, { minLength: 5, maxLength: 60 });

test('two gateways that die, stall and lose answers at any boundary double no message, miss none, and keep the order', {
  timeout: 60_000,
}, async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(someFates, someFates, async (first, second) => {
      const { titles } = await play(first, second, false);
      cases += 1;
      expect(titles).toEqual(['root 5', ...replies.map((title) => `m1> ${title}`)]);
    }),
    { numRuns: 100 },
  );
  console.log(`${cases} cases of two gateways: each of the six messages once, in order`);
});

test('where the platform can not tell, no reply is doubled either, and there are two roots at most', {
  timeout: 60_000,
}, async () => {
  let missing = 0;
  await fc.assert(
    fc.asyncProperty(someFates, someFates, async (first, second) => {
      const { titles, standings } = await play(first, second, true);
      const roots = titles.filter((title) => title.startsWith('root'));
      expect(roots.length).toBeLessThanOrEqual(2);
      const said = titles.filter((title) => !title.startsWith('root')).map((title) => title.split('> ')[1]);
      expect(said).toEqual(replies.filter((title) => said.includes(title)));
      const lost = [...standings].filter(([key, { lost }]) => key !== 'root' && lost).map(([key]) => key);
      const root = standings.get('root');
      if (!root?.lost) for (const title of replies) expect([...said, ...lost]).toContain(title);
      missing += root?.lost ? 0 : replies.filter((title) => !said.includes(title)).length;
    }),
    { numRuns: 100 },
  );
  console.log(`${missing} replies of 500 are missing and said to be`);
});
