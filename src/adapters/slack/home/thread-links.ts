import type { webApi } from '@slack/bolt';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { OverviewEntry } from '../../../core/card/overview.ts';
import type { MessageRef } from '../../../ports/chat.ts';
import { classify } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ThreadLinks } from './home-view.ts';

/** Where the root of a rollout's thread stands in a room (`slack:C1`); undefined where there is none yet. */
export type RootOf = (rollout: string, channel: string) => Promise<MessageRef | undefined>;

type ShownRollout = NonNullable<OverviewEntry['rollout']>;

const permalinkSchema = z.object({ permalink: z.url() });

/** A root may be posted anew: its address is asked for again after this (milliseconds). */
const knownFor = 600_000;

/** The addresses of threads, asked for once in a while. One that can't be told is left out. */
export function threadLinks(client: webApi.WebClient, rootOf: RootOf, log: Log) {
  const known = new LRUCache<string, string>({ max: 500, ttl: knownFor });

  async function linkOf({ id, channels }: ShownRollout): Promise<string | undefined> {
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    for (const channel of channels.filter(({ platform }) => platform === 'slack')) {
      const root = await rootOf(id, `slack:${channel.id}`);
      const link = root && (await permalink(root));
      if (link === undefined) continue;
      known.set(id, link);
      return link;
    }
    return undefined;
  }

  async function permalink({ channel, id }: MessageRef): Promise<string | undefined> {
    try {
      return permalinkSchema.parse(await client.chat.getPermalink({ channel, message_ts: id })).permalink;
    } catch (error) {
      log.debug({ err: classify('chat.getPermalink', error, true) }, 'The address of a thread is not known');
      return undefined;
    }
  }

  return async (rollouts: Iterable<ShownRollout>): Promise<ThreadLinks> => {
    const links = new Map<string, string>();
    for (const rollout of rollouts) {
      const link = await linkOf(rollout);
      if (link !== undefined) links.set(rollout.id, link);
    }
    return links;
  };
}
