import type { ThreadNotes } from '../../core/card/notes.ts';
import { type Clock, iso } from '../../ports/clock.ts';
import type { Rollout } from '../../ports/rollouts.ts';
import type { Closure, Rooms } from '../../ports/rooms.ts';
import type { ThreadName } from '../../ports/threads.ts';

export interface ClosuresParts {
  rooms: Rooms;
  clock: Clock;
  /** Told once for each closure, over all processes: somebody has to mend it. */
  onClosed(closure: Closure): void;
  /** Told once when a room can be written to again. */
  onOpened(channel: string): void;
}

/** The rooms that can't be written to, so that they are not tried all the time and are told of elsewhere. */
export interface Closures {
  /** Reads what the other processes found out. */
  refresh(): Promise<void>;
  all(): readonly Closure[];
  /** Milliseconds until the room is to be tried again; 0: it may be written to. */
  pause(channel: string): number;
  close(channel: string, why: string): Promise<void>;
  giveUp(thread: ThreadName): Promise<void>;
  /** A call to the room succeeded. True when it had been closed. */
  open(channel: string): Promise<boolean>;
  /** Where else this rollout can't be shown: for its cards in this channel, or in any when absent. */
  notesOn(rollout: Rollout, channel?: string): ThreadNotes['closed'];
}

/** A closed room is tried again so often (milliseconds): nobody has to tell the bot that it was mended. */
const recheckEvery = 600_000;

const forgottenAfter = 7 * 86_400_000;

export function createClosures({ rooms, clock, onClosed, onOpened }: ClosuresParts): Closures {
  let known = new Map<string, Closure>();
  const tryAgain = new Map<string, number>();
  let read = false;

  const close = async (closure: Closure): Promise<void> => {
    if (closure.rollout === undefined) tryAgain.set(closure.channel, clock.now() + recheckEvery);
    if (known.has(nameOf(closure))) return;
    known.set(nameOf(closure), closure);
    if (await rooms.close(closure)) onClosed(closure);
  };
  return {
    async refresh() {
      const all = new Map((await rooms.closed()).map((closure) => [nameOf(closure), closure]));
      for (const channel of tryAgain.keys()) if (!all.has(channel)) tryAgain.delete(channel);
      for (const [name, closure] of all) {
        if (isOld(closure, clock.now()) && (await rooms.open(name))) all.delete(name);
        else if (read && !known.has(name)) tryAgain.set(name, clock.now() + recheckEvery);
      }
      known = all;
      read = true;
    },
    all: () => [...known.values()],
    pause: (channel) => Math.max(0, (tryAgain.get(channel) ?? 0) - clock.now()),
    close: (channel, why) => close({ channel, why, since: iso(clock.now()) }),
    giveUp: ({ rollout, channel }) =>
      close({ channel, rollout, why: givenUp(rollout), since: iso(clock.now()) }),
    async open(channel) {
      tryAgain.delete(channel);
      if (!known.delete(channel)) return false;
      if (await rooms.open(channel)) onOpened(channel);
      return true;
    },
    notesOn({ state }, channel) {
      const elsewhere = new Set(state.channels.map(({ platform, id }) => `${platform}:${id}`));
      return [...known.values()].filter(
        (closure) =>
          closure.channel !== channel &&
          elsewhere.has(closure.channel) &&
          (closure.rollout ?? state.id) === state.id,
      );
    },
  };
}

function nameOf({ channel, rollout }: Closure): string {
  return rollout === undefined ? channel : `${rollout} ${channel}`;
}

/** Nobody looks for a thread that was given up long ago. */
function isOld({ rollout, since }: Closure, now: number): boolean {
  return rollout !== undefined && now - Date.parse(since) > forgottenAfter;
}

function givenUp(rollout: string): string {
  return `The first card of ${rollout} was deleted or got no answer, twice. It is not posted again; follow ${rollout} elsewhere.`;
}
