import type { ChatPort } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Rollouts } from '../../ports/rollouts.ts';
import type { ThreadName, Threads } from '../../ports/threads.ts';
import { platformOf } from './channel-name.ts';
import type { Closures } from './closures.ts';
import type { Ensuring } from './ensure.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Pace } from './pace.ts';
import { createReach, type Reach } from './reach.ts';

export interface ShowParts {
  threads: Pick<Threads, 'behind'>;
  rollouts: Pick<Rollouts, 'find' | 'onChange'>;
  ensuring: Ensuring;
  pace: Pace;
  closures: Closures;
  clock: Clock;
  /** The platforms whose threads this process keeps. */
  chats: ReadonlyMap<string, Pick<ChatPort, 'probe'>>;
  /** Told of each visit that called a platform, and of each that failed. */
  onVisit(thread: ThreadName, error?: unknown): void;
}

/** What one platform has not been sent yet. */
export interface Backlog {
  /** Threads with something unsent. */
  depth: number;
  /** Since when the oldest of them waits (milliseconds). */
  since: number | undefined;
}

export interface Showing {
  /** Something of this thread has changed. */
  add(thread: ThreadName): void;
  /** By platform. */
  backlog(): Map<string, Backlog>;
  stop(): Promise<void>;
}

const sweepEvery = 1_000;

/**
 * Keeps the threads up to date, apart from the rollouts: a platform that is down, slow or limiting holds up only
 * its own threads. Hears of changes at once, and finds what it missed by sweeping.
 */
export function startShowing(parts: ShowParts): Showing {
  const { threads, rollouts, pace, chats, closures } = parts;
  const outboxes = new Map<string, Outbox>();
  const reaches = new Map<string, Reach>();
  let stopped = false;

  const reachOf = (platform: string): Reach => {
    const reach = reaches.get(platform) ?? createReach(parts.clock);
    reaches.set(platform, reach);
    return reach;
  };
  const outboxOf = (thread: ThreadName): Outbox => {
    const { channel, rollout } = thread;
    const platform = platformOf(channel);
    const name = pace.isPaced(channel) ? channel : `${channel} ${rollout}`;
    const outbox =
      outboxes.get(name) ??
      createOutbox(
        {
          ...parts,
          reach: reachOf(platform),
          probe: async (room) => chats.get(platform)?.probe(room),
          onClosure: tellElsewhere,
        },
        channel,
      );
    outboxes.set(name, outbox);
    return outbox;
  };
  const add = (thread: ThreadName): void => {
    if (!stopped && chats.has(platformOf(thread.channel))) outboxOf(thread).add(thread);
  };
  const all = async (id: string): Promise<void> => {
    const rollout = await rollouts.find(id);
    for (const { platform, id: room } of rollout?.state.channels ?? [])
      add({ rollout: id, channel: `${platform}:${room}` });
  };
  /** Every rollout that waits for this channel says in its other ones that it is closed, or is open again. */
  const tellElsewhere = (thread: ThreadName): void => {
    const waiting = new Set([thread, ...outboxOf(thread).threads()].map(({ rollout }) => rollout));
    for (const id of waiting) void all(id).catch(() => undefined);
  };
  const sweep = async (): Promise<void> => {
    for (const [name, outbox] of outboxes) if (outbox.state().depth === 0) outboxes.delete(name);
    await closures.refresh();
    for (const thread of await threads.behind()) {
      const isKept = chats.has(platformOf(thread.channel));
      if (isKept && !outboxOf(thread).has(thread)) add(thread);
    }
  };
  let sweeping: Promise<void> | undefined;
  const sweepOnce = (): void => {
    sweeping ??= sweep()
      .catch(() => undefined)
      .finally(() => {
        sweeping = undefined;
      });
  };

  const stopListening = rollouts.onChange((id) => void all(id).catch(() => undefined));
  const timer = setInterval(sweepOnce, sweepEvery);
  return {
    add,
    backlog: () => backlogOf(outboxes, chats.keys()),
    async stop() {
      stopped = true;
      stopListening();
      clearInterval(timer);
      await Promise.allSettled([sweeping, ...[...outboxes.values()].map((outbox) => outbox.stop())]);
    },
  };
}

function backlogOf(outboxes: ReadonlyMap<string, Outbox>, platforms: Iterable<string>): Map<string, Backlog> {
  const backlog = new Map<string, Backlog>(
    [...platforms].map((name) => [name, { depth: 0, since: undefined }]),
  );
  for (const [name, outbox] of outboxes) {
    const before = backlog.get(platformOf(name));
    if (!before) continue;
    const { depth, since } = outbox.state();
    before.depth += depth;
    before.since = Math.min(before.since ?? Infinity, since ?? Infinity);
    if (before.since === Infinity) before.since = undefined;
  }
  return backlog;
}
