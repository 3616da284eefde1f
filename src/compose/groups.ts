import type { Log } from '../adapters/log.ts';
import { slackClient } from '../adapters/slack/client.ts';
import { slackGroupReader } from '../adapters/slack/groups.ts';
import type { Config } from '../config/config.ts';
import { keepGroups } from '../jobs/keep-groups.ts';
import { systemClock } from '../ports/clock.ts';
import type { Catalogue } from './catalogue.ts';
import type { Store } from './store.ts';

/** Milliseconds between two looks at what other processes know of the groups. */
const pause = 30_000;

/** Asking Slack must not hold a start up (milliseconds). */
const patience = 3_000;

/** The catalogue with the people of Slack's user groups in the policy's roles, kept current until it is stopped. */
export async function startGroups(
  { slack }: Config,
  catalogue: Catalogue,
  store: Store,
  log: Log,
): Promise<{ catalogue: Catalogue; stop(): Promise<void> }> {
  const groups = keepGroups({
    policy: catalogue.policy,
    kept: store.groups,
    clock: systemClock,
    onError: (error, group) =>
      log.warn(
        { err: error, group },
        'Who is in a Slack user group is not known anew; what was last known holds',
      ),
    ...(slack && { read: slackGroupReader(slackClient(slack.botToken, slack.apiUrl, log, patience)) }),
  });
  await groups.refresh();
  let refreshing = Promise.resolve();
  const timer = setInterval(() => {
    refreshing = refreshing.then(() => groups.refresh());
  }, pause);
  return {
    catalogue: { ...catalogue, policy: groups.policy },
    async stop() {
      clearInterval(timer);
      await refreshing;
    },
  };
}
