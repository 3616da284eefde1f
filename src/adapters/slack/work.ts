import type { webApi } from '@slack/bolt';
import type { Account } from './account.ts';
import { privateAnswers, type Respond } from './answer.ts';
import type { Heard } from './deliveries.ts';
import { classify } from './errors.ts';
import type { GatewayDeps } from './gateway.ts';
import type { PointedAt } from './shortcuts.ts';
import { fillerOf, type HeardForm } from './windows/form-deliveries.ts';
import { formView } from './windows/form-view.ts';
import { askForWord, openForm } from './windows/open.ts';
import { waitingWindow, windowOf } from './windows/window.ts';

/** The room of what is said outside of any: the policy says nothing about it. */
const noRoom = 'home';

/** What is done for people after their delivery was acknowledged. */
export function workFor(deps: GatewayDeps) {
  const { client, log, home, accountsOf = () => [] } = deps;
  const answerFor = (who: Account) =>
    privateAnswers({
      client,
      log,
      accountsOf,
      ...(home && { onHome: (user, card) => home.redraw(user, who, card) }),
    });

  /** Does a command, or opens the window that asks for what it lacks. `room` is where it counts, if not where it was said. */
  async function hear(heard: Heard, respond?: Respond, room?: string): Promise<void> {
    const { from, text, drawnAt, asks } = heard;
    const who = namesIn(heard);
    const answer = answerFor(who);
    const windows = { client, log, answer };
    if (asks !== undefined) return askForWord(windows, heard, asks);
    const form = room === undefined ? deps.forms?.formFor(fillerOf(who, from), text) : undefined;
    if (form !== undefined) return openForm(windows, from, form);
    const reply = await deps.inbox({
      channel: { platform: 'slack', id: room ?? from.channel ?? noRoom },
      ...who,
      text,
      isPrivate: true,
      ...(drawnAt === undefined ? {} : { press: { drawnAt } }),
    });
    await answer(from, reply.card, respond);
    if (from.home) await home?.redraw(from.user, who);
  }

  /** Another choice in a form makes another form. */
  async function changeForm({ from, who, form, view }: HeardForm): Promise<void> {
    const again = deps.forms?.formAgain(fillerOf(who, from), form.filled);
    if (again === undefined) return;
    const { id: view_id, ...rest } = view;
    await updateView(client, { view_id, ...rest, view: formView(again, form.open) }).catch((error: unknown) =>
      log.warn({ err: classify('views.update', error, true) }, 'A form could not be redrawn'),
    );
  }

  /** Opens a window at once, looks, and then shows what the message is about. */
  async function point({ user, trigger, who, channel, root, address }: PointedAt): Promise<void> {
    if (deps.about === undefined) return;
    const note = address === undefined ? {} : { about: address };
    const opened = await client.views
      .open({ trigger_id: trigger, view: waitingWindow(note) })
      .catch((error: unknown) => {
        log.warn({ err: classify('views.open', error, false) }, 'A modal could not be opened');
      });
    const { card } = await deps.about({ channel: { platform: 'slack', id: channel }, ...who }, { root });
    const id = opened?.view?.id;
    if (id === undefined) return answerFor(who)({ user, channel }, card);
    await updateView(client, { view_id: id, view: windowOf(card, accountsOf, note) }).catch(
      (error: unknown) =>
        log.warn({ err: classify('views.update', error, true) }, 'A window could not be filled'),
    );
  }

  async function openHome({ user, who }: Opened): Promise<void> {
    await home?.opened(user, who);
  }

  return { hear, changeForm, point, openHome };
}

/** Somebody opened the Home tab. */
export interface Opened {
  key: string;
  user: string;
  who: Account;
}

function namesIn({ account, aliases }: Heard): Account {
  return { account, ...(aliases === undefined ? {} : { aliases }) };
}

function updateView(client: webApi.WebClient, request: webApi.ViewsUpdateArguments): Promise<unknown> {
  return client.views.update(request);
}
