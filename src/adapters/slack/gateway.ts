import type { App, webApi } from '@slack/bolt';
import type { Card } from '../../core/card/card.ts';
import { refusalCard } from '../../core/card/refusal-card.ts';
import type { Inbox } from '../../ports/chat.ts';
import { type AnswerPrivately, privateAnswers, type Respond } from './answer.ts';
import { type Heard, readPressed, readSlash, readSubmitted } from './deliveries.ts';
import { classify } from './errors.ts';
import type { Log } from './log.ts';
import type { AccountsOf } from './mrkdwn.ts';
import { modalFor, modalId, type Press } from './press.ts';
import { type SightParts, sharedSight } from './seen.ts';

export interface GatewayDeps extends SightParts {
  inbox: Inbox;
  client: webApi.WebClient;
  log: Log;
  accountsOf?: AccountsOf;
}

/** What people say in Slack, handed to the inbox. */
export interface SlackGateway {
  /** Listens to `/rollout`, to buttons and to modals of an app. */
  listenTo(app: App): void;
  /** Resolves once everything that was acknowledged is answered. */
  settled(): Promise<void>;
}

/** Slack redelivers for about an hour at most (milliseconds); our answers would be doubled. */
const redeliveryWindow = 3_600_000;

/**
 * Acknowledges first, always: Slack allows 3 s and does not redeliver presses. Then the inbox works, and the
 * person alone is answered. A second delivery of the same thing, also to another process, is acknowledged and dropped.
 */
export function slackGateway(deps: GatewayDeps): SlackGateway {
  const { log } = deps;
  const answer = privateAnswers({ ...deps, accountsOf: deps.accountsOf ?? (() => []) });
  const isFirst = sharedSight(deps, 'delivery', redeliveryWindow);
  const working = new Set<Promise<void>>();

  /** Works beside the delivery, so that the next one is not held up. */
  function take(heard: Heard | undefined, respond?: Respond): void {
    if (heard === undefined) {
      log.warn({}, 'A delivery from Slack was not understood');
      return;
    }
    const done = once(heard, respond).catch((error: unknown) =>
      log.error({ err: error }, 'A delivery from Slack failed'),
    );
    working.add(done);
    void done.finally(() => working.delete(done));
  }

  async function once(heard: Heard, respond?: Respond): Promise<void> {
    if (await isFirst(heard.key)) await work(deps, answer, heard, respond);
  }

  return {
    listenTo(app) {
      app.command('/rollout', async ({ ack, body, respond }) => {
        await ack();
        take(readSlash(body), respond);
      });
      app.action(/^cutover:/, async ({ ack, body }) => {
        await ack();
        take(readPressed(body));
      });
      app.view(modalId, async ({ ack, body }) => {
        await ack();
        take(readSubmitted(body));
      });
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

async function work(
  deps: GatewayDeps,
  answer: AnswerPrivately,
  heard: Heard,
  respond?: Respond,
): Promise<void> {
  if (heard.asks !== undefined) return ask(deps, answer, heard, heard.asks);
  const { from, account, text, drawnAt } = heard;
  const reply = await deps.inbox({
    channel: { platform: 'slack', id: from.channel },
    account,
    text,
    isPrivate: true,
    ...(drawnAt === undefined ? {} : { press: { drawnAt } }),
  });
  await answer(from, reply.card, respond);
}

async function ask(
  { client, log }: GatewayDeps,
  answer: AnswerPrivately,
  { from }: Heard,
  { press, trigger }: NonNullable<Heard['asks']>,
): Promise<void> {
  const open = { c: press.c, ...(press.d === undefined ? {} : { d: press.d }), channel: from.channel };
  const thread = from.thread === undefined ? {} : { thread: from.thread };
  try {
    await client.views.open({ trigger_id: trigger, view: modalFor(press, { ...open, ...thread }) });
  } catch (error) {
    log.warn({ err: classify('views.open', error, false) }, 'A modal could not be opened');
    await answer(from, notAsked(press));
  }
}

function notAsked({ c: command, ask: word = 'reason' }: Press): Card {
  return refusalCard({
    reason: 'bad-input',
    what: 'Nothing was done.',
    why: `Slack did not open the window that asks for the ${word}.`,
    next: `Press again, or type \`/rollout ${command} <${word}>\`.`,
  });
}
