import type { webApi } from '@slack/bolt';
import type { Card } from '../../../core/card/card.ts';
import type { Overview } from '../../../core/card/overview.ts';
import type { ChatError } from '../../../ports/chat.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LookAround } from '../../../ports/overview.ts';
import type { Account } from '../account.ts';
import { classify } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AccountsOf } from '../mrkdwn.ts';
import { homeView, homeWithout, type ThreadLinks } from './home-view.ts';

export interface HomeDeps {
  client: webApi.WebClient;
  look: LookAround;
  /** The addresses of the threads of these rollouts, where they are known. */
  linksOf(
    rollouts: Iterable<NonNullable<Overview['sections'][number]['entries'][number]['rollout']>>,
  ): Promise<ThreadLinks>;
  accountsOf: AccountsOf;
  clock: Clock;
  log: Log;
  /** Waits between two tabs that are drawn one after the other. */
  rest(): Promise<void>;
}

/** The Home tabs that are open. */
export interface SlackHome {
  /** Somebody opened theirs: it is drawn now, and kept current for an hour. */
  opened(user: string, account: Account): Promise<void>;
  /** Draws somebody's tab anew, with a card on top of it for a minute where one is given. */
  redraw(user: string, account: Account, notice?: Card): Promise<void>;
  /** Draws anew, one after the other, what no longer says what there is; resolves when it is done. */
  refresh(): Promise<void>;
}

/** A tab is kept current for so long after it was opened (milliseconds). */
const openFor = 3_600_000;

/** A card stands on top of it for so long (milliseconds). */
const noticeFor = 60_000;

/** At most so many tabs are kept current; of more, those that were opened last. */
const mostOpen = 200;

/** What a person sees while the journals can't be read. */
const unread = 'The bot can’t reach its journals just now. Nothing is lost; this tab comes back by itself.';

interface OpenTab {
  account: Account;
  at: number;
  /** What it shows. */
  drawn?: string;
  /** A card on top, until this time. */
  notice?: { card: Card; until: number };
}

/** Draws Home tabs. A failure is logged, never thrown: a tab is a projection, and is drawn again. */
export function slackHome({ client, look, linksOf, accountsOf, clock, log, rest }: HomeDeps): SlackHome {
  const open = new Map<string, OpenTab>();
  /** Slack asked to wait until then. */
  let waitUntil = 0;

  function current(): [string, OpenTab][] {
    for (const [user, { at }] of open) if (clock.now() - at > openFor) open.delete(user);
    while (open.size > mostOpen) open.delete(open.keys().next().value ?? '');
    return [...open];
  }

  /** False when it says so already. */
  async function draw(user: string, tab: OpenTab, overview: Overview): Promise<boolean> {
    const rollouts = overview.sections.flatMap(({ entries }) =>
      entries.flatMap(({ rollout }) => rollout ?? []),
    );
    if (tab.notice && tab.notice.until <= clock.now()) delete tab.notice;
    const view = homeView(overview, await linksOf(rollouts), accountsOf, tab.notice?.card);
    const drawn = JSON.stringify(view);
    if (drawn === tab.drawn) return false;
    await client.views.publish({ user_id: user, view });
    tab.drawn = drawn;
    return true;
  }

  /** A tab that Slack refuses is drawn no more, until it is opened again. */
  function failed(error: unknown, user: string): ChatError {
    const failure = classify('views.publish', error, true);
    if (failure.retryAfter !== undefined) waitUntil = clock.now() + failure.retryAfter;
    if (failure.reason === 'refused') open.delete(user);
    log.warn({ err: failure, user }, 'A Home tab could not be drawn');
    return failure;
  }

  /** What there is to see; undefined while it can't be read. */
  const lookNow = () =>
    look().catch((error: unknown) => {
      log.warn({ err: error }, 'What a Home tab shows could not be read');
    });

  async function drawNow(user: string, tab: OpenTab): Promise<void> {
    const seen = await lookNow();
    try {
      if (seen) await draw(user, tab, seen({ platform: 'slack', ...tab.account }));
      else {
        delete tab.drawn;
        await client.views.publish({ user_id: user, view: homeWithout(unread) });
      }
    } catch (error) {
      failed(error, user);
    }
  }

  return {
    async opened(user, account) {
      const tab: OpenTab = { account, at: clock.now() };
      open.delete(user);
      open.set(user, tab);
      await drawNow(user, tab);
    },
    async redraw(user, account, notice) {
      const tab = open.get(user) ?? { account, at: clock.now() };
      if (notice !== undefined) tab.notice = { card: notice, until: clock.now() + noticeFor };
      open.set(user, tab);
      await drawNow(user, tab);
    },
    async refresh() {
      const tabs = current();
      if (tabs.length === 0 || clock.now() < waitUntil) return;
      const seen = await lookNow();
      if (!seen) return;
      for (const [user, tab] of tabs) {
        try {
          if (await draw(user, tab, seen({ platform: 'slack', ...tab.account }))) await rest();
        } catch (error) {
          if (failed(error, user).reason !== 'refused') return;
        }
      }
    },
  };
}
