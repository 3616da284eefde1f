import type { webApi } from '@slack/bolt';
import type { Card } from '../../../core/card/card.ts';
import type { Overview } from '../../../core/card/overview.ts';
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
  /** Shows a card on top of somebody's tab, until it is drawn anew. */
  notice(user: string, card: Card): Promise<void>;
  /** Draws anew, one after the other, what no longer says what there is; resolves when it is done. */
  refresh(): Promise<void>;
}

/** A tab is kept current for so long after it was opened (milliseconds). */
const openFor = 3_600_000;

/** At most so many tabs are kept current; of more, those that were opened last. */
const mostOpen = 200;

/** What a person sees while the journals can't be read. */
const unread = 'The bot can’t reach its journals just now. Nothing is lost; this tab comes back by itself.';

interface OpenTab {
  account: Account;
  at: number;
  /** What it shows. */
  drawn?: string;
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
  async function draw(user: string, tab: OpenTab, overview: Overview, notice?: Card): Promise<boolean> {
    const rollouts = overview.sections.flatMap(({ entries }) =>
      entries.flatMap(({ rollout }) => rollout ?? []),
    );
    const view = homeView(overview, await linksOf(rollouts), accountsOf, notice);
    const drawn = JSON.stringify(view);
    if (drawn === tab.drawn) return false;
    await client.views.publish({ user_id: user, view });
    tab.drawn = drawn;
    return true;
  }

  function failed(error: unknown): void {
    const failure = classify('views.publish', error, true);
    if (failure.retryAfter !== undefined) waitUntil = clock.now() + failure.retryAfter;
    log.warn({ err: failure }, 'A Home tab could not be drawn; it is drawn again');
  }

  async function drawNow(user: string, tab: OpenTab, notice?: Card): Promise<void> {
    const seen = await look().catch((error: unknown) => {
      log.warn({ err: error }, 'What a Home tab shows could not be read');
    });
    try {
      if (seen) await draw(user, tab, seen({ platform: 'slack', ...tab.account }), notice);
      else {
        delete tab.drawn;
        await client.views.publish({ user_id: user, view: homeWithout(unread) });
      }
    } catch (error) {
      failed(error);
    }
  }

  return {
    async opened(user, account) {
      const tab: OpenTab = { account, at: clock.now() };
      open.delete(user);
      open.set(user, tab);
      await drawNow(user, tab);
    },
    async notice(user, card) {
      const tab = open.get(user);
      if (tab !== undefined) await drawNow(user, tab, card);
    },
    async refresh() {
      const tabs = current();
      if (tabs.length === 0 || clock.now() < waitUntil) return;
      try {
        const seen = await look();
        for (const [user, tab] of tabs)
          if (await draw(user, tab, seen({ platform: 'slack', ...tab.account }))) await rest();
      } catch (error) {
        failed(error);
      }
    },
  };
}
