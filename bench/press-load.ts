import { setTimeout as pause } from 'node:timers/promises';
import { buttonsOf, type People } from '../test/doubles/slack/people.ts';
import { startSlackDouble } from '../test/doubles/slack/start.ts';
import type { StoredMessage as SlackMessage } from '../test/doubles/slack/workspace.ts';
import { startTelegramDouble, type TelegramDouble } from '../test/doubles/telegram/start.ts';
import type { StoredMessage as TelegramMessage } from '../test/doubles/telegram/world.ts';
import { until } from '../test/support/until.ts';
import {
  type Access,
  crowdRooms,
  type Order,
  type Pressed,
  type PressOrder,
  pressedRooms,
  type Way,
  ways,
} from './press-orders.ts';

const slack = { ours: await startSlackDouble(), bare: await startSlackDouble() };
const telegram = { ours: await startTelegramDouble(), bare: await startTelegramDouble() };
for (const { slack: id, telegram: chat } of crowdRooms) {
  slack.ours.workspace.channels.set(id, {
    member: true,
    archived: false,
    people: new Set(['U1', 'U2', 'U3']),
  });
  telegram.ours.world.addChat({ id: chat, type: 'supergroup' });
}
const people = { slack: ['U1', 'U2', 'U3'], telegram: [11, 12, 13] } as const;
const labels = ['Pause', 'Resume'];

/** The cards in a room of the bot that can be pressed now, and by which button. */
const slackCards = () =>
  slack.ours.workspace.visible(pressedRooms.slack).flatMap((message) => {
    const label = buttonsOf(message).find(({ text }) => labels.includes(text.text))?.text.text;
    return label === undefined ? [] : [{ message, label }];
  });
const telegramCards = () =>
  telegram.ours.world.visible(pressedRooms.telegram).flatMap((message) => {
    const label = message.keyboard.flat().find(({ text }) => labels.includes(text))?.text;
    return label === undefined ? [] : [{ message, label }];
  });

const bareSlackCard: SlackMessage = {
  channel: pressedRooms.slack,
  ts: '1763733600.000001',
  text: 'Echo',
  edits: 0,
  blocks: [
    {
      type: 'actions',
      elements: [
        { type: 'button', action_id: 'echo', value: 'echo', text: { type: 'plain_text', text: 'Echo' } },
      ],
    },
  ],
};
const bareTelegramCard: TelegramMessage = {
  chat: pressedRooms.telegram,
  id: 1,
  from: telegram.bare.world.bot,
  text: 'Echo',
  entities: [],
  keyboard: [[{ text: 'Echo', callback_data: 'echo' }]],
  asksReply: false,
  silent: true,
  deleted: false,
  edits: 0,
};

const taken = <T>(all: readonly T[], n: number): T => {
  const one = all[n % all.length];
  if (one === undefined) throw new Error('there is no card to press');
  return one;
};

async function pressTelegram(double: TelegramDouble, n: number, message: TelegramMessage, label: string) {
  const query = double.people.press(taken(people.telegram, n), message, label);
  await double.world.until(() => query.answer, 'an answered press');
}

/** What presses, on each way, at the bot and at the echo. Each resolves when the person sees it acknowledged. */
function pressesAt({ urls }: PressOrder): Record<'ours' | 'bare', Record<Way, (n: number) => Promise<void>>> {
  const inSlack = (who: People) => async (n: number) => {
    const { message, label } = taken(slackCards(), n);
    await who.press(taken(people.slack, n), message, label);
  };
  const atEcho = (who: People) => (n: number) => who.press(taken(people.slack, n), bareSlackCard, 'Echo');
  return {
    ours: {
      'Slack by Socket Mode': inSlack(slack.ours.people),
      'Slack by HTTP': inSlack(slack.ours.peopleBy(urls.ours)),
      Telegram: (n) => {
        const { message, label } = taken(telegramCards(), n);
        return pressTelegram(telegram.ours, n, message, label);
      },
    },
    bare: {
      'Slack by Socket Mode': atEcho(slack.bare.people),
      'Slack by HTTP': atEcho(slack.bare.peopleBy(urls.bare ?? '')),
      Telegram: (n) => pressTelegram(telegram.bare, n, bareTelegramCard, 'Echo'),
    },
  };
}

/** Presses at a steady rate, whatever was answered; at the echo half a beat later. */
async function press(order: PressOrder): Promise<Pressed> {
  const presses = pressesAt(order);
  const times = (): Record<Way, number[]> => ({
    'Slack by Socket Mode': [],
    'Slack by HTTP': [],
    Telegram: [],
  });
  const pressed: Pressed = { ours: times(), bare: times(), unanswered: 0 };
  const errors = () => slack.ours.workspace.errorsShown.length + slack.bare.workspace.errorsShown.length;
  const errorsBefore = errors();
  const one = async (side: 'ours' | 'bare', way: Way, n: number) => {
    const from = performance.now();
    try {
      await presses[side][way](n);
      pressed[side][way].push(performance.now() - from);
    } catch (error) {
      console.error(error);
      pressed.unanswered += 1;
    }
  };
  const beat = 60_000 / order.aMinute;
  const total = (order.seconds * 1_000) / beat;
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let half = 0; half < 2 * total; half += 1) {
    await pause(Math.max(0, began + (half * beat) / 2 - performance.now()));
    const n = Math.floor(half / 2);
    if (half % 2 === 1 && order.urls.bare === undefined) continue;
    under.push(one(half % 2 === 0 ? 'ours' : 'bare', taken(ways, n), Math.floor(n / ways.length)));
  }
  await Promise.all(under);
  pressed.unanswered += errors() - errorsBefore;
  return pressed;
}

async function ready(): Promise<true> {
  await until('cards to press', () => slackCards().length > 0 && telegramCards().length > 0, 60);
  return true;
}

/** The messages of a rollout's threads, the roots included. */
function threadsOf(rollout: string) {
  const inSlack = slack.ours.workspace.visible(pressedRooms.slack);
  const root = inSlack.find(({ thread_ts, text }) => thread_ts === undefined && text.startsWith(rollout));
  const inTelegram = telegram.ours.world.visible(pressedRooms.telegram);
  const first = inTelegram.find(({ replyTo, text }) => replyTo === undefined && text.startsWith(rollout));
  return {
    slack: inSlack.filter(({ thread_ts }) => root !== undefined && thread_ts === root.ts),
    telegram: inTelegram.filter(({ replyTo }) => first !== undefined && replyTo === first.id),
  };
}

/** When words are first seen in the thread on each platform. */
async function watch(
  rollout: string,
  words: string,
  seconds: number,
): Promise<{ slack?: number; telegram?: number }> {
  const seen: { slack?: number; telegram?: number } = {};
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end && (seen.slack === undefined || seen.telegram === undefined)) {
    const threads = threadsOf(rollout);
    if (threads.slack.some(({ text }) => text.includes(words))) seen.slack ??= Date.now();
    if (threads.telegram.some(({ text }) => text.includes(words))) seen.telegram ??= Date.now();
    await pause(10);
  }
  return seen;
}

function count(rollout: string, words: string): { posts: number; edits: number } {
  const threads = threadsOf(rollout);
  const made = [...threads.slack, ...threads.telegram].filter(({ text }) => text.includes(words));
  return { posts: made.length, edits: made.reduce((sum, { edits }) => sum + edits, 0) };
}

async function answer(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'ready':
      return ready();
    case 'press':
      return press(order.press);
    case 'watch':
      return watch(order.rollout, order.words, order.seconds);
    case 'count':
      return count(order.rollout, order.words);
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (message: { number: number; order: Order }) => {
  void answer(message.order).then((value) => process.send?.({ to: message.number, value }));
});
const slackAccess = ({ apiUrl, workspace: { botToken, appToken, signingSecret } }: typeof slack.ours) => ({
  apiUrl,
  botToken,
  appToken,
  signingSecret,
});
const telegramAccess = ({ apiRoot, world: { token } }: TelegramDouble) => ({ apiRoot, token });
const access: Access = {
  slack: { ours: slackAccess(slack.ours), bare: slackAccess(slack.bare) },
  telegram: { ours: telegramAccess(telegram.ours), bare: telegramAccess(telegram.bare) },
};
process.send?.(access);
