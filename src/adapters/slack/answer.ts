import type { SayArguments, webApi } from '@slack/bolt';
import type { Card } from '../../core/card/card.ts';
import { messageOf } from './blocks.ts';
import type { Asker } from './deliveries.ts';
import { classify } from './errors.ts';
import type { Log } from './log.ts';
import type { AccountsOf } from './mrkdwn.ts';
import { windowOf } from './windows/window.ts';

/** Posts to the `response_url` of what was received, where there is one. */
export type Respond = (
  message: SayArguments & { response_type: 'ephemeral'; replace_original: false },
) => Promise<unknown>;

/** Answers one person, unseen by the others. A failure is logged, never thrown: the work is done and journaled. */
export type AnswerPrivately = (to: Asker, card: Card, respond?: Respond) => Promise<void>;

export interface AnswerDeps {
  client: webApi.WebClient;
  log: Log;
  accountsOf: AccountsOf;
  /** Shows an answer on the person's Home tab, where no other way is left. */
  onHome?(user: string, card: Card): Promise<void>;
}

/**
 * Answers where the person asked: in the room, unseen by others; else in the window that they asked in, or in a new
 * one; and on the Home tab when that does not open any more.
 */
export function privateAnswers(deps: AnswerDeps): AnswerPrivately {
  return (to, card, respond) =>
    to.channel === undefined
      ? inWindow(deps, to, card)
      : inRoom(deps, { ...to, channel: to.channel }, card, respond);
}

type InRoom = Asker & { channel: string };

async function inRoom(
  { client, log, accountsOf }: AnswerDeps,
  to: InRoom,
  card: Card,
  respond: Respond | undefined,
): Promise<void> {
  const message = messageOf(card, accountsOf);
  try {
    if (respond === undefined) await ephemeral(client, to, message);
    else await respond({ ...message, response_type: 'ephemeral', replace_original: false });
  } catch (error) {
    const { reason } = classify('the private answer', error, false);
    const again = reason !== 'doubtful' && respond !== undefined;
    log.warn({ err: error, channel: to.channel, again }, 'A private answer did not reach Slack');
    if (again) await ephemeral(client, to, message).catch(() => {});
  }
}

function ephemeral(
  client: webApi.WebClient,
  to: InRoom,
  message: ReturnType<typeof messageOf>,
): Promise<unknown> {
  return client.chat.postEphemeral({
    channel: to.channel,
    user: to.user,
    ...message,
    ...(to.thread === undefined ? {} : { thread_ts: to.thread }),
  });
}

async function inWindow(
  { client, log, accountsOf, onHome }: AnswerDeps,
  to: Asker,
  card: Card,
): Promise<void> {
  const note = to.about === undefined ? {} : { about: to.about };
  const view = windowOf(card, accountsOf, note);
  try {
    if (to.view !== undefined) await client.views.update({ view_id: to.view, view });
    else if (to.trigger !== undefined) await client.views.open({ trigger_id: to.trigger, view });
  } catch (error) {
    log.warn(
      { err: classify('the answer in a window', error, false) },
      'An answer could not be shown in a window',
    );
    await onHome?.(to.user, card);
  }
}
