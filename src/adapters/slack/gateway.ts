import type { App, webApi } from '@slack/bolt';
import type { Inbox } from '../../ports/chat.ts';
import type { Forms } from '../../ports/forms.ts';
import type { AskAbout } from '../../ports/overview.ts';
import { type Heard, readOpened, readPressed, readSlash, readSubmitted } from './deliveries.ts';
import type { SlackHome } from './home/home.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import type { AccountsOf } from './mrkdwn.ts';
import { faultOfWord, inputBlock, modalId } from './press.ts';
import { type SightParts, sharedSight } from './seen.ts';
import { messageShortcut, readPointedAt, readShortcut, startShortcut } from './shortcuts.ts';
import { fillerOf, type HeardForm, readChangedForm, readSubmittedForm } from './windows/form-deliveries.ts';
import { formAction, formId } from './windows/form-view.ts';
import { workFor } from './work.ts';

export interface GatewayDeps extends SightParts {
  inbox: Inbox;
  /** Windows to fill in; absent: everything is typed. */
  forms?: Forms;
  /** Answers who points at a message. */
  about?: AskAbout;
  client: webApi.WebClient;
  log: Log;
  home?: SlackHome;
  accountsOf?: AccountsOf;
}

/** What people say in Slack, handed to the inbox. */
export interface SlackGateway {
  /** Listens to `/rollout`, to buttons, modals, shortcuts and opened Home tabs of an app. */
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
  const isFirst = sharedSight(deps, 'delivery', redeliveryWindow);
  const working = new Set<Promise<void>>();
  const work = workFor(deps);

  /** Works beside the delivery, so that the next one is not held up. */
  function take<T extends { key: string }>(heard: T | undefined, act: (heard: T) => Promise<void>): void {
    if (heard === undefined) {
      log.warn({}, 'A delivery from Slack was not understood');
      return;
    }
    const done = once(heard, act).catch((error: unknown) =>
      log.error({ err: error }, 'A delivery from Slack failed'),
    );
    working.add(done);
    void done.finally(() => working.delete(done));
  }

  async function once<T extends { key: string }>(heard: T, act: (heard: T) => Promise<void>): Promise<void> {
    if (await isFirst(heard.key)) await act(heard);
  }

  function listenToForms(app: App): void {
    app.action(formAction, async ({ ack, body }) => {
      await ack();
      take(readChangedForm(body), work.changeForm);
    });
    app.view(formId, async ({ ack, body }) => {
      const heard = readSubmittedForm(body);
      const read = heard && deps.forms?.read(fillerOf(heard.who, heard.from), heard.form.filled);
      if (heard && read && 'faults' in read)
        return ack({ response_action: 'errors', errors: faultsByBlock(heard, read.faults) });
      await ack();
      if (heard && read && 'text' in read) {
        const { text, channel } = read;
        take(startOf(heard, text), (start) => work.hear(start, undefined, channel));
      }
    });
  }

  function listenToShortcuts(app: App): void {
    app.shortcut(startShortcut, async ({ ack, body }) => {
      await ack();
      const used = readShortcut(body);
      const from = used && { user: used.user, trigger: used.trigger };
      take(from && { key: used.key, from, ...used.who, text: 'start' }, (heard) => work.hear(heard));
    });
    app.shortcut(messageShortcut, async ({ ack, body }) => {
      await ack();
      take(readPointedAt(body), work.point);
    });
  }

  return {
    listenTo(app) {
      app.command('/rollout', async ({ ack, body, respond }) => {
        await ack();
        take(readSlash(body), (heard) => work.hear(heard, respond));
      });
      app.action(/^cutover:/, async ({ ack, body }) => {
        await ack();
        take(readPressed(body), (heard) => work.hear(heard));
      });
      app.view(modalId, async ({ ack, body }) => {
        const heard = readSubmitted(body);
        const fault = heard && (faultOfWord(heard.ask, heard.word) ?? tooLong(heard.text));
        if (fault !== undefined) return ack({ response_action: 'errors', errors: { [inputBlock]: fault } });
        await ack();
        take(heard, (each) => work.hear(each));
      });
      app.event('app_home_opened', async ({ body }) => {
        const opened = readOpened(body);
        if (opened !== undefined) take(opened, work.openHome);
      });
      listenToForms(app);
      listenToShortcuts(app);
    },
    async settled() {
      while (working.size > 0) await Promise.all(working);
    },
  };
}

function tooLong(text: string): string | undefined {
  return text.length > limits.command ? 'That is longer than the journal takes. Shorten it.' : undefined;
}

function faultsByBlock(
  { form }: HeardForm,
  faults: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(faults).map(([field, fault]) => [form.blockOf(field), fault]));
}

function startOf({ key, from, who }: HeardForm, text: string): Heard {
  return { key, from, ...who, text };
}
