import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanagerInstalled, startAlertmanager } from '../test/support/alertmanager.ts';
import { until } from '../test/support/until.ts';
import { deliver, token } from './alert-client.ts';
import { groups, payloads, storm as size } from './alerts.ts';
import { startChatBot } from './chat-bot.ts';
import { bytes, type Figure, limited, ms } from './figure.ts';
import { quantile } from './measure.ts';
import { type Pressed, pressLoad, ways } from './press-orders.ts';

const aMinute = 1_000;
const seconds = 30;
const mostPosts = 5;
const memoryLimit = 512 * 1_048_576;

interface Scene {
  bot: Awaited<ReturnType<typeof startChatBot>>;
  load: Awaited<ReturnType<typeof pressLoad>>;
}

/** 10,000 alerts of a watched rollout while people press: the first card, the acknowledgements, what was written, memory. */
export async function storm(redisUrl: string): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const load = await pressLoad();
  const bot = await startChatBot(dir, redisUrl, load.access);
  const scene = { bot, load };
  try {
    await bot.startPressed();
    await load.ready();
    const straight = await under(scene, 'straight', straightAt);
    const through = alertmanagerInstalled() ? await under(scene, 'through', throughAlertmanager) : [];
    return [...straight, ...through, memoryFigure(await peakOf(bot.pid))];
  } finally {
    await bot.stop();
    await load.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Answers when the first delivery left, and how to end what sends. */
type Storming = (scene: Scene, name: string, environment: string) => Promise<Storm>;

interface Storm {
  from: number;
  end(): Promise<void>;
}

async function straightAt({ bot }: Scene, name: string, environment: string): Promise<Storm> {
  const from = Date.now();
  await deliver(`${bot.url}/webhooks/alertmanager`, payloads(name, size / groups, { environment }));
  return { from, end: async () => undefined };
}

/** The real one waits for a second after the first alert of a group: the time before its first delivery is its own. */
async function throughAlertmanager({ bot }: Scene, name: string, environment: string): Promise<Storm> {
  const webhook = `${bot.url}/webhooks/alertmanager`;
  const am = await startAlertmanager({ webhook, token, groupBy: ['alertname', 'storm'] });
  const posted = Array.from({ length: size }, (_, n) => ({
    labels: {
      alertname: `Group${n % groups}`,
      storm: name,
      instance: `i${n}`,
      severity: 'page',
      environment,
    },
    annotations: { summary: `Instance ${n} answers too slowly` },
  }));
  const from = Date.now() + groupWait;
  for (let n = 0; n < size; n += 500) await am.post(posted.slice(n, n + 500));
  return { from, end: am.stop };
}

const groupWait = 1_000;

async function under({ bot, load }: Scene, name: string, storming: Storming): Promise<Figure[]> {
  const environment = `watched-${name}`;
  const id = await bot.start('watched', environment);
  const journal = async () =>
    ((await bot.read(`/api/rollouts/${id}/journal`)) as { type: string }[]).map(({ type }) => type);
  await until('hypercare', async () => (await journal()).includes('hypercare.started'), 60);
  const before = (await journal()).length;
  const watching = load.watch(id, 'Group', seconds);
  const pressing = load.press({ urls: { ours: bot.slackUrl }, aMinute, seconds });
  const { from, end } = await storming({ bot, load }, name, environment);
  const [seen, pressed] = [await watching, await pressing];
  await end();
  const { posts, edits } = await load.count(id, 'Group');
  const told = (await journal()).length - before;
  const what = `${size} alerts ${name === 'straight' ? 'straight at the webhook' : 'through a real Alertmanager'}`;
  const slower = Math.max(seen.slack ?? Number.POSITIVE_INFINITY, seen.telegram ?? Number.POSITIVE_INFINITY);
  return [
    limited(
      `${what}: to the first card in both chats`,
      slower - from,
      2_000,
      `Slack ${ms((seen.slack ?? Number.NaN) - from)}`,
    ),
    ackFigure(what, pressed),
    {
      what: `${what}: messages about them on both platforms`,
      value: `${posts} and ${edits} edits`,
      beside: `events in the rollout’s journal: ${told}`,
      bound: `at most ${mostPosts} messages on each`,
      holds: posts > 0 && posts <= 2 * mostPosts,
    },
  ];
}

function ackFigure(what: string, { ours, unanswered }: Pressed): Figure {
  const all = ways.flatMap((way) => ours[way]);
  const figure = limited(
    `${what}: acknowledgement of ${aMinute} presses a minute, p99`,
    quantile(all, 0.99),
    300,
    `p50 ${ms(quantile(all, 0.5))}, unanswered ${unanswered}`,
  );
  return { ...figure, holds: figure.holds && unanswered === 0 };
}

/** The most memory that a process had so far, in bytes, as Linux tells it. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024;
}

function memoryFigure(peak: number): Figure {
  const bound = `under ${bytes(memoryLimit)}`;
  return {
    what: 'The same: peak memory of the bot',
    value: bytes(peak),
    beside: '–',
    bound,
    holds: peak < memoryLimit,
  };
}
