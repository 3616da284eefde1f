import type { types, webApi } from '@slack/bolt';
import type { Card } from '../../../core/card/card.ts';
import { refusalCard } from '../../../core/card/refusal-card.ts';
import type { Form } from '../../../ports/forms.ts';
import type { AnswerPrivately } from '../answer.ts';
import type { Asker, Heard } from '../deliveries.ts';
import { classify } from '../errors.ts';
import type { Log } from '../log.ts';
import { modalFor, type Press } from '../press.ts';
import { formView } from './form-view.ts';

export interface WindowDeps {
  client: webApi.WebClient;
  log: Log;
  answer: AnswerPrivately;
}

/** Opens the window that asks for the word which a press lacks. */
export async function askForWord(
  deps: WindowDeps,
  { from, text, drawnAt }: Heard,
  press: Press,
): Promise<void> {
  const open = {
    c: text,
    ...(press.ask === undefined ? {} : { ask: press.ask }),
    ...(drawnAt === undefined ? {} : { d: drawnAt }),
    ...(from.channel === undefined ? {} : { channel: from.channel }),
    ...(from.thread === undefined ? {} : { thread: from.thread }),
  };
  const initial = press.ask === 'reason' && from.about !== undefined ? `See ${from.about}: ` : undefined;
  const opened = await openWindow(deps, from, modalFor(press, open, initial));
  if (!opened) await deps.answer(from, wordNotAsked(press));
}

/** Opens the form of a start. */
export async function openForm(deps: WindowDeps, from: Asker, form: Form): Promise<void> {
  const open = {
    ...(from.channel === undefined ? {} : { channel: from.channel }),
    ...(from.thread === undefined ? {} : { thread: from.thread }),
  };
  if (!(await openWindow(deps, from, formView(form, open)))) await deps.answer(from, formNotOpened(form));
}

/** Opens a window, on top of the one that the person is in. False when Slack does not open it: the press is too long ago. */
export async function openWindow(
  { client, log }: Pick<WindowDeps, 'client' | 'log'>,
  { trigger, view: under }: Asker,
  view: types.ModalView,
): Promise<boolean> {
  if (trigger === undefined) return false;
  const method = under === undefined ? 'views.open' : 'views.push';
  try {
    const request = { trigger_id: trigger, view };
    await (under === undefined ? client.views.open(request) : client.views.push(request));
    return true;
  } catch (error) {
    log.warn({ err: classify(method, error, false) }, 'A modal could not be opened');
    return false;
  }
}

function wordNotAsked({ c: command, ask: word = 'reason' }: Press): Card {
  return refusalCard({
    reason: 'bad-input',
    what: 'Nothing was done.',
    why: `Slack did not open the window that asks for the ${word}.`,
    next: `Press again, or type \`/rollout ${command} <${word}>\`.`,
  });
}

function formNotOpened({ typed }: Form): Card {
  return refusalCard({
    reason: 'bad-input',
    what: 'Nothing was started.',
    why: 'Slack did not open the window that asks for the rest.',
    next: `Try again, or type \`/rollout ${typed}\`.`,
  });
}
