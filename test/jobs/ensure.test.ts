import { beforeEach, describe, expect, test } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { createEnsure, type Ensure } from '../../src/jobs/ensure.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../src/ports/chat.ts';
import type { Standing, Threads } from '../../src/ports/threads.ts';
import { journalOf, planOf } from '../rollout/journal.ts';

const folded = journalOf(planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] })).folded;
const thread = { rollout: 'test-1', channel: 'console:ops' };

const card = (title: string): Card => ({ tone: 'plain', title: [title], lines: [], actions: [], links: [] });

/** Messages in memory. `fail` is asked before each call: an error it gives is thrown, after the post when `landed`. */
function memoryChat() {
  const messages = new Map<string, { title: string; thread: string | undefined; operation: string }>();
  const calls: string[] = [];
  let count = 0;
  let fail: ((call: string) => { error: Error; landed?: boolean } | undefined) | undefined;
  const blind = { on: false };
  const failing = (call: string) => {
    calls.push(call);
    return fail?.(call);
  };
  const titleOf = (shown: Card) => String(shown.title[0]);
  const port: ChatPort = {
    platform: 'console',
    async post(channel, under, shown, operation) {
      const failure = failing(`post ${titleOf(shown)}`);
      if (failure && !failure.landed) throw failure.error;
      count += 1;
      const id = `m${count}`;
      messages.set(id, { title: titleOf(shown), thread: under?.id, operation });
      if (failure) throw failure.error;
      return { channel, id };
    },
    async update({ id }: MessageRef, shown) {
      const failure = failing(`edit ${titleOf(shown)}`);
      if (failure) throw failure.error;
      const message = messages.get(id);
      if (!message) throw new ChatError('gone', 'it was deleted');
      message.title = titleOf(shown);
    },
    async find(channel, _thread, operation) {
      const failure = failing('find');
      if (failure) throw failure.error;
      if (blind.on) return 'unknown';
      const found = [...messages].find(([, message]) => message.operation === operation);
      return found && { channel, id: found[0] };
    },
  };
  return {
    port,
    messages,
    calls,
    blind,
    failWith(when: typeof fail) {
      fail = when;
    },
    titles: () =>
      [...messages.values()].map(({ title, thread: under }) => (under ? `${under}> ${title}` : title)),
  };
}

function memoryThreads() {
  const standing = new Map<string, Standing>();
  const state = { locked: false, kept: true, shown: 0 };
  const threads: Threads = {
    async lock() {
      if (state.locked) return undefined;
      state.locked = true;
      return {
        extend: async () => state.kept,
        release: async () => {
          state.locked = false;
        },
      };
    },
    read: async () => new Map(standing),
    write: async (_thread, key, is) => void standing.set(key, is),
    async forget(_thread, key, operation) {
      const noted = standing.get(key);
      if (noted?.operation === operation && !noted.ref) standing.delete(key);
    },
    behind: async () => [],
    async shown(_thread, seq) {
      state.shown = seq;
    },
  };
  return { threads, standing, state };
}

let chat: ReturnType<typeof memoryChat>;
let store: ReturnType<typeof memoryThreads>;
let view: { root: Card; replies: { key: string; card: Card }[] };
let ensure: Ensure;

beforeEach(() => {
  chat = memoryChat();
  store = memoryThreads();
  view = { root: card('root'), replies: [] };
  let nonces = 0;
  ensure = createEnsure({
    threads: store.threads,
    rollouts: { find: async () => folded },
    chats: new Map([['console', chat.port]]),
    view: async () => view,
    newNonce: () => {
      nonces += 1;
      return `op-${nonces}`;
    },
  });
});

const shows = (root: string, ...replies: string[]) => {
  view = {
    root: card(root),
    replies: replies.map((title, index) => ({ key: `r${index}`, card: card(title) })),
  };
};
const crash = new Error('the process died here');

describe('a thread', () => {
  test('is posted, its replies under its root, and is noted as shown', async () => {
    shows('root', 'one', 'two');
    expect(await ensure(thread)).toBe('shown');
    expect(chat.titles()).toEqual(['root', 'm1> one', 'm1> two']);
    expect(store.state).toMatchObject({ shown: folded.state.seq, locked: false });
  });

  test('is edited where it differs, and nowhere else', async () => {
    shows('root', 'one', 'two');
    await ensure(thread);
    chat.calls.length = 0;
    await ensure(thread);
    expect(chat.calls).toEqual([]);
    shows('root!', 'one', 'two!', 'three');
    await ensure(thread);
    expect(chat.calls).toEqual(['edit root!', 'edit two!', 'post three']);
    expect(chat.titles()).toEqual(['root!', 'm1> one', 'm1> two!', 'm1> three']);
  });

  test('that another process is at is left to it', async () => {
    store.state.locked = true;
    expect(await ensure(thread)).toBe('busy');
    expect(chat.calls).toEqual([]);
  });

  test('that another process has taken over is left, before anything is posted twice', async () => {
    store.state.kept = false;
    await expect(ensure(thread)).rejects.toThrow('another process took over this thread');
    expect(chat.calls).toEqual([]);
    expect(store.state).toMatchObject({ shown: 0, locked: false });
  });

  test('of a platform that this process does not keep is left alone', async () => {
    await ensure({ rollout: 'test-1', channel: 'telegram:7' });
    expect(chat.calls).toEqual([]);
    expect(store.state.shown).toBe(0);
  });
});

describe('a post whose process died', () => {
  test('is found and adopted, and made to say what is so now', async () => {
    chat.failWith((call) => (call === 'post root' ? { error: crash, landed: true } : undefined));
    await expect(ensure(thread)).rejects.toThrow(crash);
    expect(store.standing.get('root')).toEqual({ operation: 'op-1' });
    chat.failWith(undefined);
    shows('root!', 'one');
    await ensure(thread);
    expect(chat.titles()).toEqual(['root!', 'm1> one']);
    expect(chat.calls).toEqual(['post root', 'find', 'edit root!', 'post one']);
  });

  test('is made again, once, where it never came to be', async () => {
    chat.failWith((call) => (call === 'post root' ? { error: crash } : undefined));
    await expect(ensure(thread)).rejects.toThrow(crash);
    chat.failWith(undefined);
    await ensure(thread);
    await ensure(thread);
    expect(chat.titles()).toEqual(['root']);
    expect(chat.calls).toEqual(['post root', 'find', 'post root']);
  });

  test('is not repeated where the platform can not tell; the rest of the thread goes on', async () => {
    shows('root', 'one');
    await ensure(thread);
    shows('root', 'one', 'two', 'three');
    chat.failWith((call) =>
      call === 'post two' ? { error: new ChatError('doubtful', 'no answer'), landed: true } : undefined,
    );
    await expect(ensure(thread)).rejects.toThrow('no answer');
    chat.failWith(undefined);
    chat.blind.on = true;
    await ensure(thread);
    await ensure(thread);
    expect(chat.titles()).toEqual(['root', 'm1> one', 'm1> two', 'm1> three']);
  });

  test('of the root is not repeated either, and nothing is hung under nothing', async () => {
    shows('root', 'one');
    chat.failWith((call) => (call === 'post root' ? { error: crash } : undefined));
    await expect(ensure(thread)).rejects.toThrow(crash);
    chat.failWith(undefined);
    chat.blind.on = true;
    await ensure(thread);
    expect(chat.titles()).toEqual([]);
    expect(store.state.shown).toBe(0);
  });
});

describe('a platform that fails', () => {
  test.each(['rate-limited', 'unavailable', 'refused'] as const)(
    'by %s has surely not posted: the next time posts without a search',
    async (reason) => {
      chat.failWith((call) => (call === 'post root' ? { error: new ChatError(reason, 'no') } : undefined));
      await expect(ensure(thread)).rejects.toMatchObject({ reason });
      chat.failWith(undefined);
      await ensure(thread);
      expect(chat.calls).toEqual(['post root', 'post root']);
    },
  );

  test('in an edit is edited again', async () => {
    await ensure(thread);
    shows('root!');
    chat.failWith((call) =>
      call === 'edit root!' ? { error: new ChatError('doubtful', 'no answer') } : undefined,
    );
    await expect(ensure(thread)).rejects.toThrow('no answer');
    chat.failWith(undefined);
    await ensure(thread);
    expect(chat.titles()).toEqual(['root!']);
  });

  test('leaves the lock for others', async () => {
    chat.failWith(() => ({ error: new ChatError('unavailable', 'down') }));
    await expect(ensure(thread)).rejects.toThrow('down');
    expect(store.state.locked).toBe(false);
  });
});

describe('a message that was deleted', () => {
  test('is posted again when it has something new to say, and new replies hang under it', async () => {
    shows('root', 'one');
    await ensure(thread);
    chat.messages.delete('m1');
    await ensure(thread);
    expect(chat.calls).toEqual(['post root', 'post one']);
    shows('root!', 'one', 'two');
    await ensure(thread);
    expect(chat.titles()).toEqual(['m1> one', 'root!', 'm3> two']);
  });
});
