import { z } from 'zod';
import type { Inbox } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Answers } from './answers.ts';
import type { BotApi } from './api.ts';
import type { At } from './confirmations.ts';
import { classify } from './errors.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import { htmlOf } from './message.ts';
import type { Press } from './presses.ts';
import { answerTime, askedFor, type Question, type Questions } from './questions.ts';
import type { Rooms } from './rooms.ts';
import type { Heard } from './updates.ts';
import { answeredAlready, answerOfAnother, noWords, questionCard, tooLateToAnswer } from './wording.ts';

type Pressed = Extract<Heard, { kind: 'press' }>;
type Answer = Extract<Heard, { kind: 'answer' }>;

/** Asks people for the one word that their press lacks. */
export interface Asking {
  /** Asks by a message that the person replies to. */
  ask(heard: Pressed, press: Press, word: Question['word']): Promise<void>;
  /** A reply to one of the bot's messages; nothing happens when that one asked nothing. */
  answered(heard: Answer): Promise<void>;
}

export interface AskingDeps {
  inbox: Inbox;
  api: BotApi;
  answers: Answers;
  questions: Questions;
  rooms: Rooms;
  clock: Clock;
  log: Log;
}

export function createAsking(deps: AskingDeps): Asking {
  return { ask: (...asked) => ask(deps, ...asked), answered: (heard) => answered(deps, heard) };
}

const postedSchema = z.object({ message_id: z.int() });

async function ask(deps: AskingDeps, heard: Pressed, press: Press, word: Question['word']): Promise<void> {
  const { from, query } = heard;
  const { command, drawnAt } = press;
  const question = { by: from.id, name: from.name, command, word };
  try {
    const sent = await sendQuestion(deps, heard, press, word);
    const at = { chat: from.place.chat, message: postedSchema.parse(sent).message_id };
    await deps.questions.open(at, { ...question, ...(drawnAt === undefined ? {} : { drawnAt }) });
    await deps.answers.notice(query, `Reply to my question with ${askedFor(word).what}.`, false);
  } catch (error) {
    deps.log.warn({ err: classify('sendMessage', error, false) }, 'A person could not be asked');
    const typed = `/rollout ${command} <${word}>`;
    await deps.answers.notice(
      query,
      `I could not ask you for the ${word}. Nothing was done. Type ${typed}`,
      true,
    );
  }
}

function sendQuestion(
  { api, clock }: AskingDeps,
  { from }: Pressed,
  press: Press,
  word: Question['word'],
): Promise<unknown> {
  const { id, name, place } = from;
  const card = questionCard(press, word, clock.now() + answerTime);
  return api('sendMessage', {
    chat_id: place.chat,
    ...(place.topic === undefined ? {} : { message_thread_id: place.topic }),
    text: htmlOf(card, { accountsOf: () => [], to: { id, name } }),
    parse_mode: 'HTML',
    disable_notification: true,
    link_preview_options: { is_disabled: true },
    reply_parameters: { message_id: from.message, allow_sending_without_reply: true },
    reply_markup: {
      force_reply: true,
      selective: true,
      input_field_placeholder: askedFor(word).hint.slice(0, limits.placeholder),
    },
  });
}

async function answered(deps: AskingDeps, { from, to, text }: Answer): Promise<void> {
  const question = await deps.questions.find(to);
  if (question === undefined) return;
  const { answers } = deps;
  if (question.by !== from.id) return answers.say(from, answerOfAnother(question.name), true);
  if (question.answered) return answers.say(from, answeredAlready(), true);
  if (!question.inTime) return answers.say(from, tooLateToAnswer(question), true);
  const word = text.replaceAll(/\s+/g, ' ').trim();
  if (word === '') return answers.say(from, noWords(question), true);
  if (!(await deps.questions.close(to, question))) return answers.say(from, answeredAlready(), true);
  const { command, drawnAt } = question;
  const reply = await deps.inbox({
    channel: { platform: 'telegram', id: await deps.rooms.nameOf(from.place) },
    account: `${from.id}`,
    text: `${command} ${word}`,
    ...(from.isPrivate ? { isPrivate: true } : {}),
    ...(drawnAt === undefined ? {} : { press: { drawnAt } }),
  });
  await Promise.all([answers.say(from, reply.card), remove(deps, to)]);
}

/** The question has served; a chat in which it can't be deleted keeps it. */
async function remove({ api }: AskingDeps, { chat, message }: At): Promise<void> {
  await api('deleteMessage', { chat_id: chat, message_id: message }).catch(() => undefined);
}
