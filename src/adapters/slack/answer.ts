import type { SayArguments, webApi } from '@slack/bolt';
import type { Card } from '../../core/card/card.ts';
import { messageOf } from './blocks.ts';
import type { Asker } from './deliveries.ts';
import { classify } from './errors.ts';
import type { Log } from './log.ts';
import type { AccountsOf } from './mrkdwn.ts';

/** Posts to the `response_url` of what was received, where there is one. */
export type Respond = (
  message: SayArguments & { response_type: 'ephemeral'; replace_original: false },
) => Promise<unknown>;

/** Answers one person, unseen by the others. A failure is logged, never thrown: the work is done and journaled. */
export type AnswerPrivately = (to: Asker, card: Card, respond?: Respond) => Promise<void>;

export function privateAnswers(deps: {
  client: webApi.WebClient;
  log: Log;
  accountsOf: AccountsOf;
}): AnswerPrivately {
  return async (to, card, respond) => {
    const message = messageOf(card, deps.accountsOf);
    try {
      if (respond === undefined) await ephemeral(deps.client, to, message);
      else await respond({ ...message, response_type: 'ephemeral', replace_original: false });
    } catch (error) {
      const { reason } = classify('the private answer', error, false);
      const again = reason !== 'doubtful' && respond !== undefined;
      deps.log.warn({ err: error, channel: to.channel, again }, 'A private answer did not reach Slack');
      if (again) await ephemeral(deps.client, to, message).catch(() => {});
    }
  };
}

function ephemeral(
  client: webApi.WebClient,
  to: Asker,
  message: ReturnType<typeof messageOf>,
): Promise<unknown> {
  return client.chat.postEphemeral({
    channel: to.channel,
    user: to.user,
    ...message,
    ...(to.thread === undefined ? {} : { thread_ts: to.thread }),
  });
}
