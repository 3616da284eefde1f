import { setTimeout as pause } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import type { SlackDesk, SlackOptions } from '../connect.ts';
import { type SlackHome, slackHome } from './home.ts';
import { startRefresher } from './refresher.ts';
import { threadLinks } from './thread-links.ts';

/** Open tabs show a change after this at most, while Slack takes them; and what only time changes, each minute. */
const pace = { every: 3_000, atLeast: 60_000 };

/** Milliseconds between two tabs that are drawn: Slack takes about a hundred a minute. */
const betweenTabs = 600;

/** Keeps the Home tabs current that are open. */
export function keepHomes(
  client: webApi.WebClient,
  { look, rootOf, onChange }: SlackDesk,
  { accountsOf = () => [], clock, log }: SlackOptions,
): { home: SlackHome; stop(): Promise<void> } {
  const home = slackHome({
    client,
    look,
    linksOf: threadLinks(client, rootOf, log),
    accountsOf,
    clock,
    log,
    rest: () => pause(betweenTabs),
  });
  const refresher = startRefresher(home.refresh, pace);
  const forget = onChange(refresher.changed);
  return {
    home,
    async stop() {
      forget();
      await refresher.stop();
    },
  };
}
