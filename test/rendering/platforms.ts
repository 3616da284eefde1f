import { isDeepStrictEqual } from 'node:util';
import { cardSchema } from '../../src/adapters/console/message.ts';
import { type Attached, messageOf, outputLeftOut } from '../../src/adapters/slack/blocks.ts';
import { decodePress, modalFor } from '../../src/adapters/slack/press.ts';
import { htmlOf } from '../../src/adapters/telegram/message.ts';
import { createPresses, type Presses } from '../../src/adapters/telegram/presses.ts';
import { drawCard } from '../../src/adapters/terminal/draw.ts';
import type { Action, Card } from '../../src/core/card/card.ts';
import { canonicalJson, wellFormed } from '../../src/core/json.ts';
import { blocksFault, viewFault } from '../doubles/slack/block-kit/rules.ts';
import { captionText, keyboardOf, messageText } from '../doubles/telegram/content.ts';
import { shortMemory } from '../support/short-memory.ts';

/** What of a card's drawing must hold, on any platform. */
export interface Drawn {
  /** Why the platform would refuse it; undefined when it takes it. */
  fault: string | undefined;
  /** Everybody and everything that would be notified. */
  mentioned: readonly string[];
  /** The commands of the buttons, in order. */
  commands: readonly string[];
}

export interface PlatformUnderTest {
  name: string;
  draw(card: Card): Drawn | Promise<Drawn>;
  /** Who is notified when these people of the policy are pinged. */
  accounts(people: readonly string[]): readonly string[];
  /** Whether a button with this command can be carried at all; what can't must be told in words. */
  carries(action: Action): boolean;
}

const slackAccounts: Readonly<Record<string, readonly string[]>> = {
  alice: ['T1/U1'],
  bob: ['T1/U2', 'T9/U9'],
  carol: ['T1/<!channel>'],
};

const slack: PlatformUnderTest = {
  name: 'Slack',
  draw(card) {
    const accountsOf = (person: string) => slackAccounts[person] ?? [];
    const link = 'https://team.slack.com/files/UBOT/F0123456789/output.txt';
    const attached: Attached[] = [
      {},
      ...(card.chart === undefined ? [] : [{ picture: 'F0123456789' }]),
      ...(outputLeftOut(card, accountsOf) === undefined ? [] : [{ output: { link } }]),
    ];
    const messages = attached.map((files) => messageOf(card, accountsOf, files));
    const [message = { text: '', blocks: [] }] = messages;
    const buttons = message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    const presses = buttons.flatMap((button) => ('value' in button ? (decodePress(button.value) ?? []) : []));
    const modals = presses
      .filter(({ ask }) => ask !== undefined)
      .map((press) => modalFor(press, { c: press.c, channel: 'C0123456789', thread: '1763733600.000001' }));
    const faults = [
      ...messages.map(({ blocks }) => blocksFault(blocks)),
      ...modals.map((modal) => viewFault(modal)),
      ...messages.map(({ text }) => textFault(text)),
      ...messages.map(({ blocks }) => autoLinking(blocks)),
    ];
    const fault = faults.find((each) => each !== undefined);
    const seen = messages.flatMap(({ text, blocks }) => [text, ...markupOf(blocks)]);
    return {
      fault: fault === undefined ? undefined : JSON.stringify(fault),
      mentioned: seen
        .flatMap((text) => [...text.matchAll(/<([@!#][^>]*)>/g)].map(([, target = '']) => target))
        .filter((target) => !target.startsWith('!date^')),
      commands: presses.map(({ c }) => c),
    };
  },
  accounts: (people) => people.flatMap((person) => ({ alice: ['@U1'], bob: ['@U2'] })[person] ?? []),
  carries: ({ command }) => JSON.stringify(wellFormed({ c: command, d: 0 })).length <= 1_700,
};

/** All texts of blocks in which Slack reads mark-up, however deep; it reads none in plain text. */
function markupOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(markupOf);
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'mrkdwn' && 'text' in value) return [String(value.text)];
  return Object.values(value).flatMap(markupOf);
}

/** What Slack would link or mention by itself, unless a text is verbatim. */
function autoLinking(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(autoLinking).find((each) => each !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('type' in value && value.type === 'mrkdwn' && !('verbatim' in value && value.verbatim === true))
    return 'not verbatim';
  return Object.values(value)
    .map(autoLinking)
    .find((each) => each !== undefined);
}

function textFault(text: string): string | undefined {
  if (text.length > 4_000) return 'msg_too_long';
  if (!text.isWellFormed()) return 'half a character';
  return /[\u202a-\u202e\u2066-\u2069]/.test(text) ? 'a direction control' : undefined;
}

const telegramAccounts: Readonly<Record<string, readonly number[]>> = { alice: [11], bob: [12] };

const buttonsKept = new Map<string, string>();
/** One process draws the buttons, and another is told that they were pressed. */
const [drawing, pressed] = [1, 2].map(() => createPresses(shortMemory(buttonsKept), 'token')) as [
  Presses,
  Presses,
];

const telegram: PlatformUnderTest = {
  name: 'Telegram',
  async draw(card) {
    const accountsOf = (person: string) => telegramAccounts[person] ?? [];
    const inline_keyboard = await drawing.draw(card.actions, card.drawnAt);
    const buttons = inline_keyboard.flat();
    const read = await Promise.all(buttons.map(({ callback_data }) => pressed.read(callback_data)));
    const commands = read.flatMap((press) => press?.command ?? []);
    try {
      const contents = [
        messageText(htmlOf(card, { accountsOf }), 'HTML'),
        captionText(htmlOf(card, { accountsOf, caption: true }), 'HTML'),
      ];
      keyboardOf({ inline_keyboard });
      const entities = contents.flatMap((content) => content.entities);
      const mentioned = entities.flatMap(({ type, user }) =>
        user === undefined ? (type === 'mention' ? ['somebody by name'] : []) : [`${user.id}`],
      );
      return { fault: undefined, mentioned, commands };
    } catch (error) {
      return { fault: String(error), mentioned: [], commands };
    }
  },
  accounts: (people) => people.flatMap((person) => (telegramAccounts[person] ?? []).map(String)),
  carries: () => true,
};

/** The console keeps cards as they are; the page draws text as text. */
const consoleChat: PlatformUnderTest = {
  name: 'console',
  draw(card) {
    const kept = canonicalJson(wellFormed(card));
    const read = cardSchema.safeParse(JSON.parse(kept));
    return {
      fault:
        read.success && isDeepStrictEqual(read.data, JSON.parse(kept))
          ? undefined
          : 'it does not read back as it was',
      mentioned: [],
      commands: (read.data?.actions ?? []).map(({ command }) => command),
    };
  },
  accounts: () => [],
  carries: () => true,
};

const terminal: PlatformUnderTest = {
  name: 'terminal',
  draw(card) {
    const lines = drawCard(card, (_, text) => text);
    const steers = lines.some((line) => /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(line));
    return {
      fault: steers ? 'it steers the terminal' : undefined,
      mentioned: [],
      commands: card.actions.map(({ command }) => command),
    };
  },
  accounts: () => [],
  carries: () => true,
};

/** A new platform is one row more. */
export const platforms: readonly PlatformUnderTest[] = [slack, telegram, consoleChat, terminal];
