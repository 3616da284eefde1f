import { beforeEach, describe, expect, test } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { settleTime } from '../../src/jobs/outbound/calls.ts';
import { createEnsure, type Ensuring } from '../../src/jobs/outbound/ensure.ts';
import type { Served } from '../../src/jobs/outbound/pending.ts';
import { ChatError } from '../../src/ports/chat.ts';
import type { ThreadLock } from '../../src/ports/threads.ts';
import { journalOf, planOf } from '../rollout/journal.ts';
import { type Failure, memoryChat } from '../support/memory-chat.ts';
import { type MemoryThreads, memoryThreads } from '../support/memory-threads.ts';

const folded = journalOf(planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] })).folded;
const thread = { rollout: 'test-1', channel: 'console:ops' };

const card = (title: string, tone: Card['tone'] = 'plain'): Card => ({
  ...{ tone, title: [title], lines: [], actions: [], links: [] },
});

let now: number;
let chat: ReturnType<typeof memoryChat>;
let threads: MemoryThreads;
let view: { root: Card; replies: { key: string; card: Card }[] };
let closed: { channel: string; why: string; since: string }[];
let ensuring: Ensuring;

beforeEach(async () => {
  now = 0;
  chat = memoryChat();
  threads = memoryThreads({ now: () => now });
  threads.fallBehind(thread, folded.state.seq);
  view = { root: card('root'), replies: [] };
  closed = [];
  let nonces = 0;
  ensuring = createEnsure({
    threads,
    rollouts: { find: async () => folded },
    chats: new Map([['console', chat.port]]),
    view: async () => view,
    newNonce: () => {
      nonces += 1;
      return `op-${nonces}`;
    },
    closed: () => closed,
  });
});

const ensure = async () => (await ensuring.ensure(thread)).outcome;
const shows = (root: string | Card, ...replies: (string | Card)[]) => {
  const cardOf = (shown: string | Card) => (typeof shown === 'string' ? card(shown) : shown);
  view = {
    root: cardOf(root),
    replies: replies.map((shown, index) => ({ key: `r${index}`, card: cardOf(shown) })),
  };
};
const fails = (when: (call: string) => Failure | undefined | Promise<Failure | undefined>) => {
  chat.knobs.fail = when;
};
/** The platform works again, and a lost post has had the time to come to stand. */
const works = () => {
  chat.knobs.fail = undefined;
  now += settleTime;
};
const isBehind = async () => (await threads.behind()).length > 0;
const crash = new Error('the process died here');
const doubtful = new ChatError('doubtful', 'no answer');

describe('a thread', () => {
  test('is posted, its replies under its root, and is noted as shown', async () => {
    shows('root', 'one', 'two');
    expect(await ensure()).toBe('shown');
    expect(chat.titles()).toEqual(['root', 'm1> one', 'm1> two']);
    expect([await isBehind(), threads.isLocked(thread)]).toEqual([false, false]);
  });

  test('is edited where it differs, and nowhere else; what is missing comes first', async () => {
    shows('root', 'one', 'two');
    await ensure();
    chat.calls.length = 0;
    await ensure();
    expect(chat.calls).toEqual([]);
    shows('root!', 'one', 'two!', 'three');
    await ensure();
    expect(chat.calls).toEqual(['post three', 'edit root!', 'edit two!']);
    expect(chat.titles()).toEqual(['root!', 'm1> one', 'm1> two!', 'm1> three']);
  });

  test('shows its buttons before it calls people to them', async () => {
    shows('root', 'one');
    await ensure();
    chat.calls.length = 0;
    shows(card('Approve?', 'waiting'), 'one', 'two');
    expect(await ensuring.next(thread)).toEqual({ call: 'edit', urgency: 'act' });
    await ensure();
    expect(chat.calls).toEqual(['edit Approve?', 'post two']);
  });

  test('tells what has gone wrong before what went well, and questions in their order', async () => {
    shows('root');
    await ensure();
    chat.calls.length = 0;
    const alerts = { ...card('alerts', 'bad'), actions: [{ label: 'Roll back', command: 'rollback a-1' }] };
    shows('root', 'one', 'two', alerts, card('Bob!', 'bad'));
    await ensure();
    expect(chat.calls).toEqual(['post alerts', 'post Bob!', 'post one', 'post two']);
    shows('root', 'one', 'two', alerts, card('Bob!', 'bad'), 'three', card('Approve?', 'waiting'));
    await ensure();
    expect(chat.calls.slice(4)).toEqual(['post three', 'post Approve?']);
  });

  test('tells of an alarm that has its own buttons before its root turns red, and is an alarm until it is told', async () => {
    shows('root');
    await ensure();
    chat.calls.length = 0;
    const alerts = { ...card('alerts', 'bad'), actions: [{ label: 'Roll back', command: 'rollback a-1' }] };
    shows(card('root!', 'bad'), alerts);
    expect(await ensuring.next(thread)).toEqual({ call: 'post', urgency: 'alarm' });
    await ensure();
    expect(chat.calls).toEqual(['post alerts', 'edit root!']);
    shows(card('root!!', 'bad'), alerts);
    expect(await ensuring.next(thread)).toEqual({ call: 'edit', urgency: 'act' });
  });

  test('takes away a rollback button that does not hold any more before all else, and as an alarm', async () => {
    const alerts = { ...card('alerts', 'bad'), actions: [{ label: 'Roll back', command: 'rollback a-1' }] };
    shows('root', alerts);
    await ensure();
    chat.calls.length = 0;
    shows(card('root!', 'bad'), card('alerts, superseded', 'watch'), 'three');
    expect(await ensuring.next(thread)).toEqual({ call: 'edit', urgency: 'alarm' });
    await ensure();
    expect(chat.calls).toEqual(['edit alerts, superseded', 'edit root!', 'post three']);
    shows(card('root!', 'bad'), card('alerts, later', 'watch'), 'three');
    expect(await ensuring.next(thread)).toEqual({ call: 'edit', urgency: 'progress' });
  });

  test('that another process is at is left to it', async () => {
    await threads.lock(thread);
    expect(await ensure()).toBe('busy');
    expect(chat.calls).toEqual([]);
  });

  test('that another process has taken over is left, before anything is posted twice', async () => {
    shows('root', 'one');
    fails(async () => {
      now += 20_000;
      await threads.lock(thread);
      return undefined;
    });
    expect(await ensure()).toBe('busy');
    expect(chat.calls).toEqual(['post root']);
    expect(threads.standingOf(thread).get('root')).toEqual({ operation: 'op-1' });
    expect(await isBehind()).toBe(true);
  });

  test('is not looked at by anybody while a lost post may still come to stand', async () => {
    fails(() => ({ error: doubtful }));
    await expect(ensure()).rejects.toThrow('no answer');
    now += settleTime - 1;
    expect(await ensure()).toBe('busy');
    now += 1;
    chat.knobs.fail = undefined;
    expect(await ensure()).toBe('shown');
  });

  test('is not posted to after a pause in which another process may have taken it over', async () => {
    const lock: typeof threads.lock = async (name) => {
      const held = await threads.lock(name);
      const write: ThreadLock['write'] = async (key, standing) => {
        const written = await held?.write(key, standing);
        now += 6_000;
        return written ?? false;
      };
      return held && { ...held, write };
    };
    const slow = createEnsure({
      threads: { ...threads, lock },
      rollouts: { find: async () => folded },
      chats: new Map([['console', chat.port]]),
      view: async () => view,
      newNonce: () => 'op',
    });
    expect((await slow.ensure(thread)).outcome).toBe('busy');
    expect(chat.calls).toEqual([]);
  });

  test('of a platform that this process does not keep is left alone', async () => {
    await ensuring.ensure({ rollout: 'test-1', channel: 'telegram:7' });
    expect(chat.calls).toEqual([]);
    expect(await isBehind()).toBe(true);
  });

  test('says where else the rollout can not be shown, for as long as that is so', async () => {
    closed = [{ channel: 'slack:C1', why: 'It is archived.', since: '2026-11-21T12:00:00.000Z' }];
    await ensure();
    expect(chat.messages.get('m1')?.lines).toEqual([
      '⚠️ Not shown in slack:C1 since 2026-11-21 12:00 UTC: It is archived.',
    ]);
    closed = [];
    await ensure();
    expect(chat.messages.get('m1')?.lines).toEqual([]);
  });

  test('makes one call a visit where calls are paced, the one that is allowed', async () => {
    shows('root', 'one', 'two');
    let left = 1;
    const may = (call: string) => {
      left -= 1;
      return call === 'post' && left >= 0;
    };
    expect(await ensuring.ensure(thread, { may })).toEqual({
      outcome: 'more',
      served: [{ key: 'root', call: 'post' }],
    });
    expect(chat.calls).toEqual(['post root']);
    expect(await ensuring.ensure(thread, { may: (call) => call === 'edit' })).toMatchObject({
      outcome: 'more',
    });
    expect(await isBehind()).toBe(true);
  });

  test('that changes all the time still gets what is missing, and each of its edits in turn', async () => {
    shows('root', 'one', 'two');
    await ensure();
    chat.calls.length = 0;
    let served: readonly Served[] = [];
    for (let change = 1; change <= 6; change += 1) {
      shows(card(`root ${change}`, 'waiting'), `one ${change}`, `two ${change}`, 'three');
      let calls = 0;
      const may = () => {
        calls += 1;
        return calls === 1;
      };
      const visited = await ensuring.ensure(thread, { may, served });
      served = visited.outcome === 'more' ? (visited.served ?? []) : [];
    }
    expect(chat.calls.slice(0, 2)).toEqual(['edit root 1', 'post three']);
    expect(new Set(chat.calls.map((call) => call.split(' ')[1]))).toEqual(
      new Set(['root', 'three', 'one', 'two']),
    );
  });

  test('that has much to catch up with still tells the news of what people act on, in turn with its history', async () => {
    const alerts = (state: string) => ({
      ...card(`alerts ${state}`, 'bad'),
      actions: [{ label: 'Acknowledge', command: 'ack test-1' }],
    });
    shows('root', alerts('firing'));
    await ensure();
    chat.calls.length = 0;
    const history = Array.from({ length: 5 }, (_, index) => `phase ${index + 1}`);
    let served: readonly Served[] = [];
    for (let change = 1; change <= 9; change += 1) {
      const state = change <= 5 ? `acknowledged ${change}` : 'acknowledged';
      shows(card(`root ${change}`, 'bad'), alerts(state), ...history);
      let calls = 0;
      const may = () => {
        calls += 1;
        return calls === 1;
      };
      const visited = await ensuring.ensure(thread, { may, served });
      served = visited.outcome === 'more' ? (visited.served ?? []) : [];
    }
    expect(chat.calls).toEqual([
      'edit root 1',
      'edit alerts acknowledged 2',
      'post phase 1',
      'edit root 4',
      'edit alerts acknowledged 5',
      'post phase 2',
      'edit root 7',
      'edit alerts acknowledged',
      'post phase 3',
    ]);
  });
});

describe('a post whose process died', () => {
  test('is found and adopted, and made to say what is so now', async () => {
    fails((call) => (call === 'post root' ? { error: crash, landed: true } : undefined));
    await expect(ensure()).rejects.toThrow(crash);
    expect(threads.standingOf(thread).get('root')).toEqual({ operation: 'op-1' });
    works();
    shows('root!', 'one');
    await ensure();
    expect(chat.titles()).toEqual(['root!', 'm1> one']);
    expect(chat.calls).toEqual(['post root', 'find', 'post one', 'edit root!']);
  });

  test('is made again, once, where it never came to be', async () => {
    fails((call) => (call === 'post root' ? { error: crash } : undefined));
    await expect(ensure()).rejects.toThrow(crash);
    works();
    await ensure();
    await ensure();
    expect(chat.titles()).toEqual(['root']);
    expect(chat.calls).toEqual(['post root', 'find', 'post root']);
  });
});

describe('a post of which nobody can tell', () => {
  const inDoubt = async (landed: boolean, ...replies: string[]) => {
    const last = replies.at(-1) ?? 'root';
    fails((call) => (call === `post ${last}` ? { error: doubtful, landed } : undefined));
    shows('root', ...replies);
    await expect(ensure()).rejects.toThrow('no answer');
    works();
    chat.knobs.blind = true;
  };

  test('is not repeated when it is a reply: the rest goes on, and the root says that one may be missing', async () => {
    await inDoubt(true, 'one', 'two');
    shows('root', 'one', 'two', 'three');
    await ensure();
    await ensure();
    expect(chat.titles()).toEqual(['root', 'm1> one', 'm1> two', 'm1> three']);
    expect(chat.messages.get('m1')?.lines).toEqual([
      '1 message may be missing below: the answer to sending got lost. The journal has everything.',
    ]);
    expect(chat.calls.filter((call) => call === 'find')).toHaveLength(1);
  });

  test('is made anew once when it is the root, and says so, after the platform was seen to answer', async () => {
    await inDoubt(true);
    fails((call) => (call === 'probe' ? { error: new ChatError('unavailable', 'down') } : undefined));
    await expect(ensure()).rejects.toThrow('down');
    await expect(ensure()).rejects.toThrow('down');
    expect(chat.titles()).toEqual(['root']);
    works();
    shows('root', 'one');
    expect(await ensure()).toBe('shown');
    await ensure();
    expect(chat.titles()).toEqual(['root', 'root', 'm2> one']);
    expect(chat.messages.get('m2')?.lines).toEqual([
      'An earlier card of this rollout may stand above; this one counts.',
    ]);
  });

  test('is given up when it is the second root: there is never a third', async () => {
    await inDoubt(false);
    chat.knobs.blind = true;
    fails((call) => (call === 'post root' ? { error: doubtful } : undefined));
    await expect(ensure()).rejects.toThrow('no answer');
    works();
    shows('root!', 'one');
    expect(await ensure()).toBe('given-up');
    expect(await ensure()).toBe('given-up');
    expect(chat.titles()).toEqual([]);
    expect(chat.calls.filter((call) => call.startsWith('post'))).toHaveLength(2);
  });
});

describe('a platform that fails', () => {
  test.each(['rate-limited', 'unavailable', 'refused', 'closed'] as const)(
    'by %s has surely not posted: the next time posts without a search',
    async (reason) => {
      fails((call) => (call === 'post root' ? { error: new ChatError(reason, 'no') } : undefined));
      await expect(ensure()).rejects.toMatchObject({ reason });
      expect(threads.standingOf(thread).size).toBe(0);
      works();
      await ensure();
      expect(chat.calls).toEqual(['post root', 'post root']);
    },
  );

  test('in an edit is edited again', async () => {
    await ensure();
    shows('root!');
    fails((call) => (call === 'edit root!' ? { error: doubtful } : undefined));
    await expect(ensure()).rejects.toThrow('no answer');
    works();
    await ensure();
    expect(chat.titles()).toEqual(['root!']);
  });

  test('leaves the lock for others', async () => {
    fails(() => ({ error: new ChatError('unavailable', 'down') }));
    await expect(ensure()).rejects.toThrow('down');
    expect(threads.isLocked(thread)).toBe(false);
  });
});

describe('a message that was deleted', () => {
  test('is posted again when it has something new to say, and new replies hang under it', async () => {
    shows('root', 'one');
    await ensure();
    chat.messages.delete('m1');
    await ensure();
    expect(chat.calls).toEqual(['post root', 'post one']);
    shows('root!', 'one');
    await ensure();
    shows('root!', 'one', 'two');
    await ensure();
    expect(chat.titles()).toEqual(['m1> one', 'root!', 'm3> two']);
    expect(chat.messages.get('m3')?.lines).toEqual([
      'The first card of this thread was deleted; it goes on here.',
    ]);
  });

  test('is noticed by a reply too: the root is posted anew first', async () => {
    shows('root', 'one');
    await ensure();
    chat.messages.delete('m1');
    shows('root', 'one', 'two');
    expect(await ensure()).toBe('shown');
    expect(chat.titles()).toEqual(['m1> one', 'root', 'm3> two']);
  });

  test('is noticed while a lost reply is looked for', async () => {
    shows('root', 'one');
    fails((call) => (call === 'post one' ? { error: doubtful } : undefined));
    await expect(ensure()).rejects.toThrow('no answer');
    works();
    chat.messages.delete('m1');
    expect(await ensure()).toBe('shown');
    expect(chat.titles()).toEqual(['root', 'm2> one']);
  });

  test('is left alone when it is deleted again: people do not want it', async () => {
    shows('root', 'one');
    await ensure();
    for (const [id, text] of [
      ['m2', 'one!'],
      ['m3', 'one!!'],
    ] as const) {
      chat.messages.delete(id);
      shows('root', text);
      await ensure();
    }
    expect(chat.titles()).toEqual(['root']);
    for (const [id, text] of [
      ['m1', 'root!'],
      ['m4', 'root!!'],
    ] as const) {
      chat.messages.delete(id);
      shows(text, 'one!!');
      await ensure();
    }
    shows('root!!!', 'one!!', 'two');
    expect(await ensure()).toBe('given-up');
    expect(chat.titles()).toEqual([]);
  });
});
