import type { SlackDesk } from '../adapters/slack/connect.ts';
import { createAskAbout } from '../commands/about.ts';
import type { InboxDeps } from '../commands/call.ts';
import { createForms } from '../commands/forms.ts';
import { createLookAround } from '../commands/overview.ts';
import type { Channel } from '../core/rollout/actor.ts';
import { rootKey } from '../jobs/outbound/pending.ts';
import type { MessageRef } from '../ports/chat.ts';
import type { Rollouts } from '../ports/rollouts.ts';
import type { Threads } from '../ports/threads.ts';

export interface SlackDeskParts extends Omit<InboxDeps, 'rollouts'> {
  rollouts: Rollouts;
  threads: Pick<Threads, 'read'>;
}

/** A message is looked for in the threads of so many rollouts, the newest ones. */
const searched = 50;

/** What people reach through Slack beside commands and buttons. */
export function slackDesk(parts: SlackDeskParts): SlackDesk {
  const { rollouts, threads } = parts;

  async function rootOf(rollout: string, channel: string): Promise<MessageRef | undefined> {
    return (await threads.read({ rollout, channel })).get(rootKey)?.ref;
  }

  async function rolloutAt({ platform, id }: Channel, root: string): Promise<string | undefined> {
    const recent = await rollouts.list({ limit: searched });
    const here = recent.filter(({ state }) =>
      state.channels.some((channel) => channel.platform === platform && channel.id === id),
    );
    for (const { state } of here)
      if ((await rootOf(state.id, `${platform}:${id}`))?.id === root) return state.id;
    return undefined;
  }

  return {
    forms: createForms(parts),
    look: createLookAround(parts),
    about: createAskAbout({ ...parts, rolloutAt }),
    rootOf,
    onChange: (listener) => rollouts.onChange((_, seq) => seq > 0 && listener()),
  };
}
