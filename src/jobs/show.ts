import { ChatError } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollouts } from '../ports/rollouts.ts';
import type { ThreadName, Threads } from '../ports/threads.ts';
import type { Ensure } from './ensure.ts';

export interface ShowParts {
  threads: Threads;
  rollouts: Pick<Rollouts, 'find' | 'onChange'>;
  ensure: Ensure;
  clock: Clock;
  /** The platforms whose threads this process keeps. */
  platforms: ReadonlySet<string>;
  /** The least pause between two visits of a thread of this platform, in milliseconds: what comes between is one edit. */
  pace(platform: string): number;
  onError(error: unknown, thread: ThreadName): void;
}

const sweepEvery = 1_000;
const longestPause = 30_000;

/**
 * Keeps the threads up to date, apart from the rollouts: a platform that is down, slow or limiting holds up only
 * its own threads. Hears of changes at once, and finds what it missed by sweeping. Returns the way to stop.
 */
export function startShowing(parts: ShowParts): () => Promise<void> {
  const visits = new Map<string, Visit>();
  let stopped = false;

  const visit = (thread: ThreadName): void => {
    const key = `${thread.rollout} ${thread.channel}`;
    const platform = platformOf(thread);
    if (stopped || !parts.platforms.has(platform)) return;
    const current = visits.get(key);
    if (current) {
      current.again = true;
      return;
    }
    const fresh: Visit = { again: false, running: Promise.resolve() };
    visits.set(key, fresh);
    fresh.running = run(parts, thread, fresh, () => stopped).finally(() => visits.delete(key));
  };
  const all = async (id: string): Promise<void> => {
    const rollout = await parts.rollouts.find(id);
    for (const { platform, id: room } of rollout?.state.channels ?? [])
      visit({ rollout: id, channel: `${platform}:${room}` });
  };
  const sweep = async (): Promise<void> => {
    for (const thread of await parts.threads.behind()) visit(thread);
  };

  const stopListening = parts.rollouts.onChange((id) => void all(id).catch(() => undefined));
  const timer = setInterval(() => void sweep().catch(() => undefined), sweepEvery);
  return async () => {
    stopped = true;
    stopListening();
    clearInterval(timer);
    for (const open of visits.values()) open.wake?.();
    await Promise.allSettled([...visits.values()].map(({ running }) => running));
  };
}

interface Visit {
  /** Something changed since the visit began. */
  again: boolean;
  running: Promise<void>;
  wake?: () => void;
}

async function run(
  parts: ShowParts,
  thread: ThreadName,
  visit: Visit,
  isStopped: () => boolean,
): Promise<void> {
  let failures = 0;
  do {
    visit.again = false;
    const pause = await attempt(parts, thread, failures);
    failures = pause.failed ? failures + 1 : 0;
    visit.again ||= pause.failed;
    if (pause.ms > 0 && !isStopped()) await idle(visit, pause.ms);
  } while (visit.again && !isStopped());
}

async function attempt(
  parts: ShowParts,
  thread: ThreadName,
  failures: number,
): Promise<{ ms: number; failed: boolean }> {
  try {
    await parts.ensure(thread);
    return { ms: parts.pace(platformOf(thread)), failed: false };
  } catch (error) {
    parts.onError(error, thread);
    const asked = error instanceof ChatError ? error.retryAfter : undefined;
    return { ms: asked ?? Math.min(500 * 2 ** failures, longestPause), failed: true };
  }
}

function idle(visit: Visit, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    visit.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function platformOf({ channel }: ThreadName): string {
  return channel.slice(0, channel.indexOf(':'));
}
