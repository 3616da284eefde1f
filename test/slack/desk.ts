import type { SlackDesk } from '../../src/adapters/slack/connect.ts';
import type { InboxDeps } from '../../src/commands/call.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { slackDesk } from '../../src/compose/slack-desk.ts';
import type { Inbox, MessageRef } from '../../src/ports/chat.ts';
import type { MemoryRollouts } from '../support/memory-rollouts.ts';

/** What people reach through Slack, with the bot's real commands on rollouts in memory. */
export function deskOn(deps: InboxDeps & { rollouts: MemoryRollouts }): {
  desk: SlackDesk;
  inbox: Inbox;
  /** Says where the root of a rollout's thread stands. */
  stands(rollout: string, ref: MessageRef): void;
  heard: string[];
} {
  const roots = new Map<string, MessageRef>();
  const heard: string[] = [];
  const inbox = createInbox(deps);
  return {
    heard,
    stands: (rollout, ref) => void roots.set(`${rollout} slack:${ref.channel}`, ref),
    inbox: (message) => {
      heard.push(message.text);
      return inbox(message);
    },
    desk: slackDesk({
      ...deps,
      threads: {
        read: async ({ rollout, channel }) => {
          const ref = roots.get(`${rollout} ${channel}`);
          return new Map(ref ? [['root', { operation: 'op', ref }]] : []);
        },
      },
    }),
  };
}
