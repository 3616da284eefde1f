import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMeters } from '../../src/adapters/meters.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { slackChat } from '../../src/adapters/slack/chat.ts';
import { slackClient } from '../../src/adapters/slack/client.ts';
import { createOutbound } from '../../src/compose/outbound.ts';
import { createRepeats } from '../../src/compose/repeats.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { alice, planOf } from '../rollout/journal.ts';
import { quiet } from '../slack/quiet.ts';
import { memoryChat } from '../support/memory-chat.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

let redis: EmbeddedRedis;
let slack: SlackDouble;
let store: Store;
const inConsole = memoryChat({ platform: 'console' });
const time = { ahead: 0 };
const clock = { now: () => Date.now() + time.ahead };

beforeAll(async () => {
  [redis, slack] = await Promise.all([redisForTest(), startSlackDouble()]);
  store = await openStore(redis.url, clock, () => undefined);
});
afterAll(async () => {
  await store.close();
  await Promise.all([slack.stop(), redis.stop()]);
});

/** A gateway's way out on the real Redis, with the double of Slack and a console in memory. */
async function startOut() {
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: line, warn: line, error: line };
  const meters = createMeters(async () => new Map());
  const repeats = createRepeats({ clock, log });
  const outbound = createOutbound({ store, clock, log, repeats, meters });
  const client = slackClient(slack.workspace.botToken, slack.apiUrl, quiet);
  const view = async ({ plan, state }: Rollout) => threadOf(plan, state, () => [], clock.now());
  const showing = await outbound.start([inConsole.port, slackChat(client)], view, new Map());
  return {
    ...{ outbound, lines, meters },
    async stop() {
      repeats.stop();
      await showing.stop();
    },
  };
}

async function startRollout(): Promise<string> {
  const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] });
  const channels = [
    { platform: 'slack' as const, id: 'C1' },
    { platform: 'console' as const, id: 'ops' },
  ];
  const planned = { plan, digest: planDigest(plan), channels };
  const recorded = await store.rollouts.create('test', alice, planned, () => ({ environment: [] }));
  if ('refusal' in recorded) throw new Error(recorded.refusal.why);
  return recorded.rollout.state.id;
}

test('a channel that is archived is told of elsewhere, over a restart too, until it is mended', async () => {
  const room = slack.workspace.channels.get('C1');
  if (!room) throw new Error('the double has no channel');
  room.archived = true;
  let out = await startOut();
  await startRollout();
  const notes = () => [...inConsole.messages.values()].flatMap(({ lines }) => lines).join('\n');
  await until('the word in the console', () => notes().includes('Not shown in slack:C1'));
  expect(notes()).toContain('is_archived. Unarchive the channel, or name another one in the environment.');
  expect(out.outbound.remarks()).toEqual([
    expect.stringMatching(/^slack:C1 can't be written to since .*is_archived/),
  ]);
  const tried = slack.workspace.callsOf('chat.postMessage').length;
  await startRollout();
  await until(
    'the second word',
    () => inConsole.messages.size === 2 && notes().split('Not shown').length === 3,
  );
  expect(slack.workspace.callsOf('chat.postMessage')).toHaveLength(tried);
  expect(out.lines.filter((line) => line.startsWith('A channel can’t be written to'))).toHaveLength(1);
  expect(await out.meters.registry.metrics()).toContain('cutover_closed_channels{platform="slack"} 1');
  await out.stop();

  out = await startOut();
  expect(out.outbound.remarks()).toHaveLength(1);
  const refused = 'cutover_thread_failures_total{platform="slack",reason="closed"} 1';
  await until('the check of the start', async () => (await out.meters.registry.metrics()).includes(refused));
  expect(slack.workspace.callsOf('chat.postMessage')).toHaveLength(tried + 1);
  room.archived = false;
  time.ahead = 601_000;
  await until('both threads in Slack', () => slack.workspace.visible('C1').length === 2);
  await until('the remark to go', () => out.outbound.remarks().length === 0);
  expect(out.lines.filter((line) => line.startsWith('A channel can be written to again'))).toHaveLength(1);
  expect(await store.rooms.closed()).toEqual([]);
  await out.stop();
});
