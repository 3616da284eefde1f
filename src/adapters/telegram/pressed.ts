import type { Card } from '../../core/card/card.ts';
import type { Ahead, Inbox, Incoming, LookAhead, Reply } from '../../ports/chat.ts';
import type { Answers } from './answers.ts';
import type { BotApi } from './api.ts';
import type { Asking } from './asking.ts';
import {
  type At,
  asksToConfirm,
  type Confirmation,
  type Confirmations,
  isConfirmation,
  questionOf,
} from './confirmations.ts';
import { classify, isUnchanged } from './errors.ts';
import type { Log } from './log.ts';
import { noticeOf } from './message.ts';
import { type Keyboard, markupOf, type Press, type Presses, wordsOf } from './presses.ts';
import type { Rooms } from './rooms.ts';
import type { Heard } from './updates.ts';
import { askedAnother, cancelled, tooLateToConfirm, tooOldToPress } from './wording.ts';

export interface PressedDeps {
  inbox: Inbox;
  api: BotApi;
  answers: Answers;
  presses: Presses;
  confirmations: Confirmations;
  rooms: Rooms;
  asking: Asking;
  log: Log;
}

type Pressed = Extract<Heard, { kind: 'press' }>;

/** Telegram lets a press be answered for a short while; what takes longer is answered by a message (milliseconds). */
const patience = 3_000;

/**
 * Asks ahead for what the command behind a press is decided on; undefined where the press asks something first.
 */
export async function lookedAhead(
  { presses, lookAhead }: Pick<PressedDeps, 'presses'> & { lookAhead?: LookAhead },
  heard: Pressed,
): Promise<Ahead | undefined> {
  if (lookAhead === undefined || isConfirmation(heard.data)) return undefined;
  const press = await presses.read(heard.data);
  if (press === undefined || press.ask !== undefined || asksToConfirm(press)) return undefined;
  return lookAhead(behind(press));
}

/** What a press leads to: an answer, a question, or the command behind it. */
export async function pressed(deps: PressedDeps, heard: Pressed, ahead?: Ahead): Promise<void> {
  if (isConfirmation(heard.data)) return confirmed(deps, heard);
  const press = await deps.presses.read(heard.data);
  if (press === undefined) return notify(deps, heard, tooOldToPress(wordsOf(heard.data)));
  if (press.ask !== undefined) return deps.asking.ask(heard, press, press.ask);
  if (asksToConfirm(press)) return askToConfirm(deps, heard, press);
  return command(deps, heard, press, ahead);
}

async function askToConfirm(deps: PressedDeps, heard: Pressed, press: Confirmation['press']): Promise<void> {
  const at = atOf(heard);
  const { id: by, name } = heard.from;
  const { command, label, drawnAt, confirm } = press;
  const kept = { command, label, confirm, ...(drawnAt === undefined ? {} : { drawnAt }) };
  const keyboard = await deps.confirmations.open(at, {
    by,
    name,
    press: kept,
    back: heard.keyboard,
    pressed: heard.data,
  });
  await Promise.all([deps.answers.notice(heard.query, questionOf(press), true), show(deps, at, keyboard)]);
}

async function confirmed(deps: PressedDeps, heard: Pressed): Promise<void> {
  const at = atOf(heard);
  const found = await deps.confirmations.find(at, heard.data);
  if (found === undefined) return notify(deps, heard, tooLateToConfirm());
  const { asked, yes, inTime } = found;
  if (inTime && asked.by !== heard.from.id) return notify(deps, heard, askedAnother(asked.name));
  if (!(await deps.confirmations.close(at))) return notify(deps, heard, tooLateToConfirm());
  const back = show(deps, at, asked.back);
  if (!inTime) await notify(deps, heard, tooLateToConfirm());
  else if (yes) await command(deps, heard, asked.press);
  else await deps.answers.notice(heard.query, cancelled(asked.press.label), false);
  await back;
}

/** Puts the buttons of messages back that asked to confirm, and were not answered. */
export async function putBack(deps: Pick<PressedDeps, 'api' | 'log' | 'confirmations'>): Promise<void> {
  const over = await deps.confirmations.overdue();
  await Promise.all(over.map(({ at, back }) => show(deps, at, back)));
}

/** A message whose buttons can't be changed keeps them: pressing them is harmless. */
async function show(
  { api, log }: Pick<PressedDeps, 'api' | 'log'>,
  at: At,
  keyboard: Keyboard,
): Promise<void> {
  try {
    await api('editMessageReplyMarkup', {
      chat_id: at.chat,
      message_id: at.message,
      reply_markup: markupOf(keyboard),
    });
  } catch (error) {
    if (isUnchanged(error)) return;
    log.warn(
      { err: classify('editMessageReplyMarkup', error, true) },
      'The buttons of a message stay as they were',
    );
  }
}

type Behind = Pick<Press, 'command' | 'drawnAt'>;

/** The command behind a press, as the inbox takes it. */
function behind({ command: text, drawnAt }: Behind): Pick<Incoming, 'text' | 'press'> {
  return { text, ...(drawnAt === undefined ? {} : { press: { drawnAt } }) };
}

async function command(deps: PressedDeps, heard: Pressed, press: Behind, ahead?: Ahead): Promise<void> {
  const { from, query } = heard;
  const incoming: Incoming = {
    channel: { platform: 'telegram', id: await deps.rooms.nameOf(from.place) },
    account: `${from.id}`,
    ...behind(press),
    ...(from.isPrivate ? { isPrivate: true } : {}),
    ...(ahead === undefined ? {} : { ahead }),
  };
  let late = false;
  const working = setTimeout(() => {
    late = true;
    void deps.answers.notice(query, 'I am at it. The answer comes as a message.', false);
  }, patience);
  try {
    const reply = await deps.inbox(incoming);
    if (late) await deps.answers.say(from, reply.card, true);
    else await answer(deps, heard, reply);
  } finally {
    clearTimeout(working);
  }
}

/** A notice for the person alone; what does not fit into one is also said below the message. */
async function answer(
  { answers }: PressedDeps,
  { from, query }: Pressed,
  { ok, card }: Reply,
): Promise<void> {
  const { text, whole } = noticeOf(card);
  const all = whole && card.actions.length === 0;
  await answers.notice(query, text, !ok || text.length > 60);
  if (!all) await answers.say(from, card, true);
}

async function notify({ answers }: PressedDeps, { query }: Pressed, card: Card): Promise<void> {
  await answers.notice(query, noticeOf(card).text, true);
}

function atOf({ from }: Pressed): At {
  return { chat: from.place.chat, message: from.message };
}
