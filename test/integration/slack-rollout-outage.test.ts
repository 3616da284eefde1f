import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { botFiles, sandboxBeside, tokenOf } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { portForLater } from '../support/port.ts';
import { until } from '../support/until.ts';

let dir: string;
let redis: EmbeddedRedis;
let sandbox: Awaited<ReturnType<typeof sandboxBeside>>;
let slack: SlackDouble;
let bot: BotProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-outage-'));
  [redis, sandbox, slack] = await Promise.all([
    startEmbeddedRedis({ dir: join(dir, 'redis'), port: await portForLater() }),
    sandboxBeside(dir),
    startSlackDouble(),
  ]);
  const accounts = { bob: 'T1/U2', carol: 'T1/U3' };
  bot = await startBotProcess({
    env: {
      ...(await botFiles(dir, { sandbox, slack: accounts, channels: ['slack:C1'] })),
      SLACK_BOT_TOKEN: slack.workspace.botToken,
      SLACK_APP_TOKEN: slack.workspace.appToken,
      SLACK_API_URL: slack.apiUrl,
      REDIS_URL: redis.url,
    },
  });
  await until('Slack to reach the bot', () => slack.sockets.connections() === 1);
});
afterAll(async () => {
  await endBotProcesses();
  await slack.stop();
  await sandbox.stop();
  await redis.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** What the console's page is told. */
async function pageEvents(): Promise<{ text(): string; close(): void }> {
  const closing = new AbortController();
  const answer = await fetch(`${bot.url}/api/events`, {
    headers: { authorization: `Bearer ${tokenOf('bob')}` },
    signal: closing.signal,
  });
  let heard = '';
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  return {
    text: () => heard,
    close() {
      closing.abort();
      void reading;
    },
  };
}

const answerTo = async (user: string, act: () => Promise<void>) => {
  const before = slack.workspace.privately(user).length;
  await act();
  return until(`an answer to ${user}`, () => slack.workspace.privately(user)[before]);
};

it('people are told that Redis is away, and that it is back; the rollout goes on', async () => {
  await answerTo('U3', () => slack.people.type('U3', 'start green'));
  const bob = personAt(bot.url, 'bob');
  await bob.until('sandbox-1', 'waiting');
  await until('the card that asks', () =>
    slack.workspace.visible('C1')[0]?.text.includes('Waiting for approval'),
  );
  const page = await pageEvents();

  const stopped = Date.now();
  await redis.stop();
  const notice = await until('the notice', () =>
    slack.workspace.visible('C1').find(({ text }) => text.includes('can’t reach my journal')),
  );
  const toldAfter = Date.now() - stopped;
  const ready = await fetch(`${bot.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(JSON.stringify(await ready.json())).toContain('Redis');
  const refusal = await answerTo('U2', () => slack.people.type('U2', 'approve sandbox-1'));
  expect(refusal.text).toContain('commands are refused');
  await until('the page to be told', () =>
    /event: trouble\ndata: \{"about":"journal","since":"2\d{3}-/.test(page.text()),
  );

  redis = await startEmbeddedRedis({ dir: join(dir, 'redis'), port: redis.port });
  const back = Date.now();
  await until('the notice to say that it is over', () => notice.text.includes('everything goes on'));
  const mendedAfter = Date.now() - back;
  await until('the page to be told', () => page.text().includes('event: trouble\ndata: {"about":"journal"}'));
  await until('the bot to be ready', async () => (await fetch(`${bot.url}/readyz`)).ok);
  console.log(`told after ${toldAfter} ms, mended ${mendedAfter} ms after Redis was back: “${notice.text}”`);
  expect(notice.text).toMatch(/^My journal \(Redis\) was away for \d+ s; everything goes on\.$/);

  await answerTo('U2', () => slack.people.type('U2', 'approve sandbox-1'));
  await bob.until('sandbox-1', 'hypercare');
  await until('the thread to say so', () => slack.workspace.visible('C1')[0]?.text.includes('Hypercare'));
  const messages = slack.workspace.visible('C1');
  expect(messages.filter(({ text }) => /journal \(Redis\)/.test(text))).toEqual([notice]);
  expect(new Set(messages.map(({ text }) => text)).size).toBe(messages.length);
  page.close();
});
