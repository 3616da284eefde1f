import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../test/support/until.ts';
import { crowd, startChatBot } from './chat-bot.ts';
import { type Figure, ms } from './figure.ts';
import { quantile } from './measure.ts';
import { type Pressed, pressLoad, startEcho, type Way, ways } from './press-orders.ts';

const aMinute = 1_000;
const seconds = 60;
const limit = 300;
const mostTimes = 3;

/** From a press's arrival to what acknowledges it, while 100 rollouts run; beside bare Bolt and bare telegraf. */
export async function ack(redisUrl: string): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const load = await pressLoad();
  const bolt = await startEcho('slack', load.access.slack.bare);
  const telegraf = await startEcho('telegram', load.access.telegram.bare);
  const bot = await startChatBot(dir, redisUrl, load.access);
  try {
    await bot.fill();
    await load.ready();
    await until('the crowd to run', async () => (await bot.running()) === crowd, 60);
    const urls = { ours: bot.slackUrl, bare: bolt.url };
    await load.press({ urls, aMinute, seconds: 5 });
    const pressed = await load.press({ urls, aMinute, seconds });
    const running = await bot.running();
    return [...ways.map((way) => ackFigure(way, pressed)), lostFigure(pressed, running)];
  } finally {
    await bot.stop();
    await load.stop();
    bolt.stop();
    telegraf.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What the acknowledgement is, as the person sees it. */
const what: Record<Way, string> = {
  'Slack by Socket Mode': 'the envelope’s acknowledgement',
  'Slack by HTTP': 'HTTP 200',
  Telegram: 'the answered press',
};

function ackFigure(way: Way, { ours, bare }: Pressed): Figure {
  const [p99, bareP99] = [quantile(ours[way], 0.99), quantile(bare[way], 0.99)];
  const [p50, bareP50] = [quantile(ours[way], 0.5), quantile(bare[way], 0.5)];
  const echo = way === 'Telegram' ? 'telegraf' : 'Bolt';
  return {
    what: `${way}, press to ${what[way]}, p99 while ${crowd} rollouts run and ${aMinute} presses a minute come in`,
    value: `${ms(p99)} (p50 ${ms(p50)})`,
    beside: `peer: a bare ${echo} echo at the same rate ${ms(bareP99)} (p50 ${ms(bareP50)})`,
    bound: `${(p99 / bareP99).toFixed(2)}×, at most ${mostTimes}×, and under ${limit} ms`,
    holds: p99 <= mostTimes * bareP99 && p99 < limit,
  };
}

function lostFigure({ ours, unanswered }: Pressed, running: number): Figure {
  return {
    what: 'The same presses: acknowledged',
    value: String(ways.reduce((sum, way) => sum + ours[way].length, 0)),
    beside: `rollouts that ran before and after: ${running} of ${crowd}`,
    bound: `none unanswered (${unanswered})`,
    holds: unanswered === 0 && running === crowd,
  };
}
