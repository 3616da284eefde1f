import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { buttonsOf, type People } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { StoredMessage } from '../doubles/slack/workspace.ts';
import { botFiles, sandboxBeside } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { portForLater } from '../support/port.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** Who is who in Slack: Alice is an engineer; Carol is a release manager, and Bob is one by a user group. */
const accounts = { alice: 'T1/U1', bob: 'T1/U2', carol: 'T1/U3' };
const [bob, carol] = ['U2', 'U3'];
const roles = { 'release-manager': ['slack:S1', 'carol'] };

const modes = [
  ['Socket Mode', ({ workspace }: SlackDouble) => ({ SLACK_APP_TOKEN: workspace.appToken })],
  ['HTTP', ({ workspace }: SlackDouble) => ({ SLACK_SIGNING_SECRET: workspace.signingSecret })],
] as const;

describe.each(modes)('a rollout in Slack by %s', (mode, tokens) => {
  let dir: string;
  let redis: EmbeddedRedis;
  let sandbox: Awaited<ReturnType<typeof sandboxBeside>>;
  let slack: SlackDouble;
  let people: People;
  let env: Record<string, string>;
  let bot: BotProcess;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cutover-slack-'));
    [redis, sandbox, slack] = await Promise.all([redisForTest(), sandboxBeside(dir), startSlackDouble()]);
    slack.workspace.groups.set('S1', [bob, 'U404']);
    const port = await portForLater();
    env = {
      ...(await botFiles(dir, { sandbox, slack: accounts, channels: ['slack:C1'], window: '12s', roles })),
      ...tokens(slack),
      SLACK_BOT_TOKEN: slack.workspace.botToken,
      SLACK_API_URL: slack.apiUrl,
      REDIS_URL: redis.url,
      PORT: `${port}`,
    };
    people = mode === 'HTTP' ? slack.peopleBy(`http://127.0.0.1:${port}/slack/events`) : slack.people;
    await begin();
  });
  afterAll(async () => {
    await endBotProcesses();
    await slack.stop();
    await sandbox.stop();
    await redis.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function begin(): Promise<void> {
    bot = await startBotProcess({ env });
    await until('Slack to reach the bot', () => mode === 'HTTP' || slack.sockets.connections() === 1);
  }
  async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    bot.kill(signal);
    await bot.gone;
    await begin();
  }

  /** The root card of the newest thread. */
  const root = () => slack.workspace.visible('C1').findLast(({ thread_ts }) => thread_ts === undefined);
  const thread = (ts: string) =>
    slack.workspace.visible('C1').filter((each) => each.ts === ts || each.thread_ts === ts);
  const rootWith = (label: string, seconds = 40) =>
    until(
      `a root card with the button ${label}`,
      () => {
        const card = root();
        return card && buttonsOf(card).some(({ text }) => text.text === label) ? card : undefined;
      },
      seconds,
    );
  const rootSays = (words: string) =>
    until(`a root card that says ${words}`, () => root()?.text.includes(words), 60);
  const nextAnswer = async (user: string, act: () => Promise<void>) => {
    const before = slack.workspace.privately(user).length;
    await act();
    return until(`an answer to ${user}`, () => slack.workspace.privately(user)[before]);
  };
  const hosts = async () => (await fetch(`${sandbox.urls.router}/_router/hosts`)).json();

  it('is started, not approved by who started it, approved by another, and ends clean; restarts double nothing', async () => {
    const answer = await nextAnswer(carol, () => people.type(carol, 'start green version=v2.4.0'));
    expect(answer.text).toContain('sandbox-1');
    const { ts } = await rootWith('Approve');

    await restart('SIGTERM');
    const refusal = await nextAnswer(carol, async () =>
      people.press(carol, await rootWith('Approve'), 'Approve'),
    );
    expect(refusal.text).toContain('You started sandbox-1');
    const approval = await nextAnswer(bob, async () =>
      people.press(bob, await rootWith('Approve'), 'Approve'),
    );
    expect(approval.text).toMatch(/[Aa]pproved/);
    await rootSays('Soak');
    await restart('SIGKILL');
    await rootWith('Extend', 60);
    expect(await hosts()).toEqual({ api: 'green', app: 'green' });
    const watcher = personAt(bot.url, 'bob');
    await watcher.until('sandbox-1', 'succeeded');
    await rootSays('Done in');

    const messages = thread(ts);
    const posts = slack.workspace.callsOf('chat.postMessage').filter(({ answer: told }) => told === 'ok');
    const edits = slack.workspace.callsOf('chat.update');
    const operations = messages.map(({ metadata }) => metadata?.event_payload.operation);
    console.log(
      `${mode}: a clean rollout made ${messages.length} messages and ${edits.length} edits:\n` +
        messages
          .map(({ text, edits: times }) => `  (${times} edits) ${text.replaceAll('\n', ' | ')}`)
          .join('\n'),
    );
    expect(messages.length).toBeLessThanOrEqual(12);
    expect(posts).toHaveLength(messages.length);
    expect(new Set(operations).size).toBe(messages.length);
    expect(new Set(messages.map(({ text }) => text)).size).toBe(messages.length);
    expect(slack.workspace.visible('C1').filter(({ thread_ts }) => thread_ts === undefined)).toHaveLength(1);
    expect(slack.workspace.errorsShown).toEqual([]);
    expect(edits.filter(({ answer: told }) => told !== 'ok')).toEqual([]);
  });

  it('is started by a form, approved on the Home tab, and rolled back by the button, which asks for the reason', async () => {
    await people.type(carol, 'start');
    await until('the form', () => slack.workspace.openView(carol));
    await nextAnswer(carol, () => people.submit(carol, { Target: 'blue', version: 'v2.5.0' }));
    await rootWith('Approve');
    await people.openHome(bob);
    const home = await until('the Home tab', () => slack.workspace.homes.get(bob));
    expect(JSON.stringify(home.view)).toMatch(/Waits for you.*sandbox-2.*Open the thread/);
    await people.pressIn(bob, home, 'Approve');
    await until('the answer', () =>
      JSON.stringify(slack.workspace.openView(bob) ?? '').includes('You approved'),
    );
    const watcher = personAt(bot.url, 'bob');
    await watcher.until('sandbox-2', 'hypercare');
    expect(await hosts()).toEqual({ api: 'blue', app: 'blue' });

    await people.press(carol, await rootWith('Roll back'), 'Roll back');
    const modal = await until('the modal', () => slack.workspace.openView(carol));
    expect(JSON.stringify(modal.view)).toContain('Roll back sandbox-2?');
    await nextAnswer(carol, () => people.submit(carol, 'checkout errors after the switch'));
    await watcher.until('sandbox-2', 'rolled-back');
    await rootSays('checkout errors after the switch');
    expect(await hosts()).toEqual({ api: 'green', app: 'green' });
    expect(buttonsOf(root() as StoredMessage)).toEqual([]);
    const { ts } = root() as StoredMessage;
    console.log(`${mode}: a rolled-back rollout made ${thread(ts).length} messages`);
    expect(slack.workspace.errorsShown).toEqual([]);
  });

  it('says nothing wrong in its log', () => {
    const wrong = bot.logged().filter(({ level }) => level !== 'info');
    expect(wrong).toEqual([]);
  });
});
