import { beforeEach, describe, expect, test } from 'vitest';
import { createInbox } from '../../src/commands/inbox.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadIn } from '../../src/core/card/thread-in.ts';
import { peopleWith } from '../../src/core/policy/policy.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { createEnsure, type Ensuring } from '../../src/jobs/outbound/ensure.ts';
import type { Inbox } from '../../src/ports/chat.ts';
import { memoryChat } from '../support/memory-chat.ts';
import { memoryThreads } from '../support/memory-threads.ts';
import { monday, policy, type Scene, scene } from './scene.ts';

const id = 'aether-1';
const clock = { now: () => monday };
let made: Scene;
let inbox: Inbox;
let chats: Record<'slack' | 'telegram', ReturnType<typeof memoryChat>>;
let ensuring: Ensuring;

/** An environment whose rollouts a Telegram group follows. */
beforeEach(() => {
  made = scene();
  const production = { vars: {}, connections: {}, channels: ['telegram:-100'] };
  inbox = createInbox({ ...made.deps, environments: () => new Map([['production', production]]) });
  chats = { slack: memoryChat({ platform: 'slack' }), telegram: memoryChat({ platform: 'telegram' }) };
  let operations = 0;
  ensuring = createEnsure({
    threads: memoryThreads(clock),
    rollouts: made.rollouts,
    chats: new Map([
      ['slack', chats.slack.port],
      ['telegram', chats.telegram.port],
    ]),
    view: async ({ plan, state }, channel) =>
      threadIn(channel, plan, state, (roles) => peopleWith(policy, roles), clock.now()),
    newNonce: () => {
      operations += 1;
      return `op-${operations}`;
    },
  });
});

const accounts = { slack: 'T1/U1', telegram: '22' } as const;
type Where = `${'slack' | 'telegram'}:${string}`;
const say = (where: Where, text: string, account?: string) => {
  const platform = where.startsWith('slack') ? 'slack' : 'telegram';
  const channel = { platform, id: where.slice(platform.length + 1) } as const;
  return inbox({ channel, account: account ?? accounts[platform], text });
};
const outcome = async (...said: Parameters<typeof say>) => {
  const { ok, refused } = await say(...said);
  return ok ? 'done' : (refused ?? 'fault');
};
const read = async (...said: Parameters<typeof say>) => plainText((await say(...said)).card).join('\n');

/** Brings a room up to date; what stands in it then, a message a string. */
async function room(where: Where): Promise<string[]> {
  await ensuring.ensure({ rollout: id, channel: where });
  const chat = where.startsWith('slack') ? chats.slack : chats.telegram;
  return [...chat.messages.values()]
    .filter(({ channel }) => where.endsWith(`:${channel}`))
    .map(({ title, lines }) => [title, ...lines].join('\n'));
}

const waits: Fact[] = [
  { type: 'step.started', data: { step: 'tests', attempt: 1, epoch: 1, input: {} } },
  { type: 'step.succeeded', data: { step: 'tests', summary: '812 passed' } },
  { type: 'phase.finished', data: { phase: 'preflight' } },
  { type: 'step.started', data: { step: 'approve-switch', attempt: 1, epoch: 1, input: {} } },
];
async function untilApproval(): Promise<void> {
  made.rollouts.put(id, waits);
  await lookAgain();
}

/** The loop takes into account what people answered. */
async function lookAgain(): Promise<void> {
  const { state } = (await made.rollouts.find(id)) ?? expect.fail();
  const waiting = {
    for: 'approval' as const,
    roles: ['release-manager'],
    quorum: 2,
    nonce: 'n1',
    digest: state.digest,
    what: 'Move traffic',
  };
  made.rollouts.put(id, [{ type: 'step.waiting', data: { step: 'approve-switch', waiting } }]);
}

describe('a rollout that was started in Slack, in an environment that a Telegram group follows', () => {
  beforeEach(async () => {
    expect(await outcome('slack:C1', 'start green')).toBe('done');
    await untilApproval();
  });

  test('stands in both rooms, with the same state, and who did what where', async () => {
    expect(await outcome('telegram:-100', `approve ${id} looks good`)).toBe('done');
    await lookAgain();
    const [slack, telegram] = [await room('slack:C1'), await room('telegram:-100')];
    expect(slack[0]).toContain('by Alice\n');
    expect(slack[0]).toContain('1 of 2: Bob (Telegram) ✓');
    expect(telegram[0]).toContain('by Alice (Slack)\n');
    expect(telegram[0]).toContain('1 of 2: Bob ✓');
    const bare = (texts: string[]) => texts.map((text) => text.replaceAll(/ \((Slack|Telegram)\)/g, ''));
    expect(bare(slack)).toEqual(bare(telegram));
    expect(slack.length).toBeGreaterThan(1);
  });

  test('says in its replies too who approved, stopped and rolled back where', async () => {
    await say('telegram:-100', `approve ${id} looks good`);
    await say('slack:C1', `approve ${id}`, 'T1/U3');
    const summary = 'Approved by Bob (“looks good”) and Carol';
    made.rollouts.put(id, [{ type: 'step.succeeded', data: { step: 'approve-switch', summary } }]);
    await say('telegram:-100', `rollback ${id} errors`);
    const slack = await room('slack:C1');
    expect(slack).toContain('✓ Approved by Bob (Telegram) (“looks good”) and Carol');
    expect(slack).toContain('↩️ Rolling back by Bob (Telegram): errors');
    expect(await room('telegram:-100')).toContain('✓ Approved by Bob (“looks good”) and Carol (Slack)');
  });

  test('is followed in another room from then on, with all that was told before', async () => {
    expect(await outcome('slack:C2', `follow ${id}`)).toBe('done');
    expect(await room('slack:C2')).toEqual(await room('slack:C1'));
    expect(await outcome('slack:C2', `follow ${id}`)).toBe('already-answered');
  });

  test('is followed by ten people at once in one room once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => say('slack:C2', `follow ${id}`)));
    const { state } = (await made.rollouts.find(id)) ?? expect.fail();
    expect(state.channels.filter((channel) => channel.id === 'C2')).toHaveLength(1);
  });

  test('is no longer followed where people say so: the card says it, and nothing more is told there', async () => {
    const before = await room('telegram:-100');
    expect(await outcome('telegram:-100', `unfollow ${id}`)).toBe('done');
    made.rollouts.put(id, [{ type: 'rollout.aborted', data: { reason: 'enough' } }]);
    const after = await room('telegram:-100');
    expect(after[0]).toMatch(
      /^aether-1 is no longer followed here\nHow it stands now: \/rollout status aether-1/,
    );
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(await room('slack:C1')).toContain('Aborted automatically: enough');
    expect(await ensuring.next({ rollout: id, channel: 'telegram:-100' })).toBeUndefined();
  });

  test('tells nothing in a room that was left before anything stood there, and goes on where it is followed again', async () => {
    await say('slack:C2', `follow ${id}`);
    await say('slack:C2', `unfollow ${id}`);
    expect(await room('slack:C2')).toEqual([]);
    await say('slack:C2', `follow ${id}`);
    expect(await room('slack:C2')).toEqual(await room('slack:C1'));
  });

  test('stays in its last room', async () => {
    expect(await outcome('telegram:-100', `unfollow ${id}`)).toBe('done');
    expect(await read('slack:C1', `unfollow ${id}`)).toContain('No other room follows it.');
    expect(await outcome('slack:C2', `unfollow ${id}`)).toBe('wrong-state');
  });
});

describe('who may let a room follow', () => {
  beforeEach(() => say('slack:C1', 'start green'));

  test.each([
    ['somebody without any right, in a room of the policy', 'slack:C2', 'T1/U5', 'done'],
    ['somebody without any right, in another room', 'slack:C7', 'T1/U5', 'not-allowed'],
    ['somebody with a right, in another room', 'slack:C7', 'T1/U1', 'done'],
    ['a stranger, in a room of the policy', 'slack:C2', 'T1/U9', 'unknown-person'],
  ] as const)('%s', async (_, where, account, wanted) => {
    expect(await outcome(where, `follow ${id}`, account)).toBe(wanted);
  });

  test('a room is let go by somebody with a right only', async () => {
    expect(await outcome('slack:C1', `unfollow ${id}`, 'T1/U5')).toBe('not-allowed');
  });

  test('a refusal says why and who could', async () => {
    expect(await read('slack:C7', `follow ${id}`, 'T1/U5')).toBe(
      'aether-1 is not followed here.\nYou have no right in production, and the policy does not name the room slack:C7.\nAlice, Bob or Carol can.',
    );
  });

  test('ten rooms are the most, and what is over is not followed', async () => {
    for (let more = 0; more < 8; more += 1)
      expect(await outcome(`slack:D${more}`, `follow ${id}`)).toBe('done');
    expect(await outcome('slack:D9', `follow ${id}`)).toBe('bad-input');
    made.rollouts.put(id, [
      { type: 'rollout.aborted', data: {} },
      { type: 'rollout.released', data: {} },
    ]);
    expect(await outcome('slack:C2', `follow ${id}`)).toBe('wrong-state');
  });
});
