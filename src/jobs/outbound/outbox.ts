import type { ThreadName } from '../../ports/threads.ts';
import { roomOf } from './channel-name.ts';
import { createQueue, failed, needsLook, type Queue, type Unsent, unsent } from './unsent.ts';
import { type VisitParts, visit } from './visit.ts';

/** What is still to be sent to one channel: the most urgent first, and only each thread's newest state. */
export interface Outbox {
  /** The thread may have something new to show. */
  add(thread: ThreadName): void;
  has(thread: ThreadName): boolean;
  threads(): ThreadName[];
  /** Threads with something unsent, and since when the oldest of them waits (milliseconds). */
  state(): { depth: number; since: number | undefined };
  stop(): Promise<void>;
}

/** Waits are cut into pieces of this length (milliseconds): something more urgent may have come. */
const longestIdle = 250;
const whenLookFails = 30_000;

export function createOutbox(parts: VisitParts, channel: string): Outbox {
  const { clock, reach, closures } = parts;
  const entries = new Map<string, Unsent>();
  const queue = createQueue();
  const idling = createIdling();
  let running: Promise<void> | undefined;
  let stopped = false;

  /** The platform is asked first where it failed. Answers the milliseconds after which to look again. */
  async function goOn(): Promise<number> {
    if (reach.isUp()) return sendNext(parts, channel, entries, queue);
    try {
      await reach.ask(() => parts.probe(roomOf(channel)));
    } catch (error) {
      for (const { thread } of [...entries.values()].slice(0, 1)) parts.onVisit(thread, error);
    }
    return 0;
  }

  async function run(): Promise<void> {
    while (!stopped && entries.size > 0) {
      const closed = Math.max(reach.pause(), closures.pause(channel));
      const wait = closed > 0 ? closed : await goOn();
      if (wait > 0 && !stopped) await idling.idle(Math.min(wait, longestIdle));
    }
    running = undefined;
  }

  return {
    add(thread) {
      if (stopped) return;
      const known = entries.get(thread.rollout);
      if (known) known.changed = true;
      else entries.set(thread.rollout, unsent(thread, clock.now()));
      running ??= run();
    },
    has: ({ rollout }) => entries.has(rollout),
    threads: () => [...entries.values()].map(({ thread }) => thread),
    state() {
      const since = [...entries.values()].map((entry) => entry.since);
      return { depth: since.length, since: since.length === 0 ? undefined : Math.min(...since) };
    },
    async stop() {
      stopped = true;
      idling.wake();
      await running;
    },
  };
}

/** Visits the first thread that may be visited now. Answers the milliseconds after which to look again. */
async function sendNext(
  parts: VisitParts,
  channel: string,
  entries: Map<string, Unsent>,
  queue: Queue,
): Promise<number> {
  const { clock, pace } = parts;
  const paced = pace.isPaced(channel);
  const rest = paced ? pace.rest(channel) : 0;
  if (rest > 0) return rest;
  const now = clock.now();
  const due = [...entries.values()].filter(({ notBefore }) => notBefore <= now);
  if (paced) for (const entry of due) if (needsLook(entry, now)) await look(parts, entry, now);
  let wait = longestIdle;
  for (const { entry, next } of queue.inOrder(due, now)) {
    const pause = next ? await pace.take(channel, next) : 0;
    if (pause === 0) {
      if (next) queue.served(entry, now);
      if (await visit(parts, entry, next)) entries.delete(entry.thread.rollout);
      return 0;
    }
    wait = Math.min(wait, pause);
  }
  return wait;
}

/** Learns what a thread needs next, so that the most urgent goes first. */
async function look({ ensuring, reach, onVisit }: VisitParts, entry: Unsent, now: number): Promise<void> {
  entry.changed = false;
  try {
    entry.next = await ensuring.next(entry.thread, { served: entry.served, gently: reach.isOnTrial() });
    entry.lookedAt = now;
  } catch (error) {
    failed(entry, now, whenLookFails);
    onVisit(entry.thread, error);
  }
}

/** A pause that can be cut short. */
function createIdling() {
  let wake = (): void => undefined;
  return {
    idle: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
}
