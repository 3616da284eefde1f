import { buttonsOf, type People as SlackPeople } from '../doubles/slack/people.ts';
import type { SlackDouble } from '../doubles/slack/start.ts';
import type { StoredMessage as SlackMessage } from '../doubles/slack/workspace.ts';
import { isPost } from '../doubles/telegram/methods.ts';
import type { TelegramDouble } from '../doubles/telegram/start.ts';
import type { StoredMessage as TelegramMessage } from '../doubles/telegram/world.ts';
import { until } from './until.ts';

/** The people of the test, with an account on both platforms. */
export type Someone = 'alice' | 'bob' | 'carol';

export const slackUsers: Readonly<Record<Someone, string>> = { alice: 'U1', bob: 'U2', carol: 'U3' };
export const telegramUsers: Readonly<Record<Someone, number>> = { alice: 11, bob: 12, carol: 13 };
export const slackChannel = 'C1';
export const telegramGroup = -1_001;

/** A message of the bot's as people see it, whatever the platform. */
export interface Shown {
  /** What tells it from others on its platform. */
  id: string;
  text: string;
  edits: number;
  labels: string[];
  /** It calls somebody by name, or makes a phone ring. */
  pings: boolean;
}

/** A room of a double, as a test acts in it and reads it. */
export interface ChatRoom {
  platform: 'Slack' | 'Telegram';
  /** The messages of a rollout's thread, the root first; empty while it has none. */
  thread(rollout: string): Shown[];
  /** The root cards of a rollout: one, unless something is wrong. */
  roots(rollout: string): Shown[];
  /** Types a command, without the word `/rollout`; answers what the person is told. */
  type(who: Someone, text: string): Promise<string>;
  /** Presses a button of the root card, as soon as it is there; answers what the person is told. */
  press(who: Someone, rollout: string, label: string): Promise<string>;
  /** Messages that the platform took so far, and messages that it refused. */
  sent(): { posts: number; edits: number; refused: string[] };
}

const isReady = 60;

/** Waits for a root card with this button. */
function rootWith(room: ChatRoom, rollout: string, label: string): Promise<Shown> {
  const ready = () => room.thread(rollout).find(({ labels }, index) => index === 0 && labels.includes(label));
  return until(`a root card of ${rollout} in ${room.platform} with the button ${label}`, ready, isReady);
}

export function slackRoom({ workspace }: SlackDouble, people: SlackPeople): ChatRoom {
  const all = () => workspace.visible(slackChannel);
  const rootsOf = (rollout: string) =>
    all().filter(({ thread_ts, text }) => thread_ts === undefined && text.startsWith(rollout));
  const told = async (who: Someone, act: () => Promise<void>) => {
    const user = slackUsers[who];
    const before = workspace.privately(user).length;
    await act();
    return (await until(`an answer to ${who} in Slack`, () => workspace.privately(user)[before])).text;
  };
  const room: ChatRoom = {
    platform: 'Slack',
    roots: (rollout) => rootsOf(rollout).map(shownInSlack),
    thread(rollout) {
      const [root] = rootsOf(rollout);
      const replies = all().filter(({ thread_ts }) => thread_ts === root?.ts);
      return root ? [root, ...replies].map(shownInSlack) : [];
    },
    type: (who, text) => told(who, () => people.type(slackUsers[who], text)),
    async press(who, rollout, label) {
      const { id } = await rootWith(room, rollout, label);
      const message = all().find(({ ts }) => ts === id);
      if (!message) throw new Error(`no message ${id}`);
      return told(who, () => people.press(slackUsers[who], message, label));
    },
    sent: () => ({
      posts: workspace.callsOf('chat.postMessage').filter(({ answer }) => answer === 'ok').length,
      edits: workspace.callsOf('chat.update').filter(({ answer }) => answer === 'ok').length,
      refused: [
        ...workspace.calls
          .filter(({ answer }) => !['ok', '200'].includes(answer))
          .map(({ method, answer }) => `${method}: ${answer}`),
        ...workspace.errorsShown,
      ],
    }),
  };
  return room;
}

function shownInSlack(message: SlackMessage): Shown {
  const text = message.text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return {
    id: message.ts,
    text,
    edits: message.edits,
    labels: buttonsOf(message).map((button) => button.text.text),
    pings: JSON.stringify(message.blocks).includes('<@'),
  };
}

export function telegramRoom({ world, people }: TelegramDouble): ChatRoom {
  const all = () => world.visible(telegramGroup);
  const rootsOf = (rollout: string) =>
    all().filter(({ replyTo, text }) => replyTo === undefined && text.startsWith(rollout));
  const taken = (is: (method: string) => boolean) =>
    world.calls.filter(({ method, answer }) => is(method) && answer === 'ok');
  const room: ChatRoom = {
    platform: 'Telegram',
    roots: (rollout) => rootsOf(rollout).map(shownInTelegram),
    thread(rollout) {
      const [root] = rootsOf(rollout);
      const replies = all().filter(({ replyTo }) => root !== undefined && replyTo === root.id);
      return root ? [root, ...replies].map(shownInTelegram) : [];
    },
    async type(who, text) {
      const typed = people.type(telegramUsers[who], `/rollout ${text}`);
      const answer = () => all().find(({ replyTo }) => replyTo === typed.id);
      return (await until(`an answer to ${who} in Telegram`, answer)).text;
    },
    async press(who, rollout, label) {
      const { id } = await rootWith(room, rollout, label);
      const message = all().find((each) => `${each.id}` === id);
      if (!message) throw new Error(`no message ${id}`);
      const query = people.press(telegramUsers[who], message, label);
      return (await until(`a notice to ${who} in Telegram`, () => query.answer)).text;
    },
    sent: () => ({
      posts: taken(isPost).length,
      edits: taken((method) => method.startsWith('edit')).length,
      // A poll that is cut off by the next one is no message.
      refused: world.calls
        .filter(({ method, answer }) => method !== 'getUpdates' && answer !== 'ok')
        .map(({ method, answer }) => `${method}: ${answer}`),
    }),
  };
  return room;
}

function shownInTelegram({ id, text, edits, keyboard, silent }: TelegramMessage): Shown {
  return {
    id: `${id}`,
    text,
    edits,
    labels: keyboard.flat().map((button) => button.text),
    pings: !silent,
  };
}
