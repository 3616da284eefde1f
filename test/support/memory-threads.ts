import type { Clock } from '../../src/ports/clock.ts';
import type { Standing, ThreadName, Threads } from '../../src/ports/threads.ts';

/** Threads in memory, with the locks of the real ones: one that ran out and was taken by another writes nothing. */
export interface MemoryThreads extends Threads {
  /** The journal grew: the thread has to show this. */
  fallBehind(thread: ThreadName, seq: number): void;
  standingOf(thread: ThreadName): Map<string, Standing>;
  isLocked(thread: ThreadName): boolean;
}

const lockTime = 15_000;
const callTime = 10_000;

export function memoryThreads(clock: Clock): MemoryThreads {
  const standings = new Map<string, Map<string, Standing>>();
  const locks = new Map<string, { token: number; until: number }>();
  const unshown = new Map<string, { thread: ThreadName; seq: number }>();
  let tokens = 0;
  const nameOf = ({ rollout, channel }: ThreadName) => `${rollout} ${channel}`;
  const standingOf = (thread: ThreadName) => {
    const known = standings.get(nameOf(thread)) ?? new Map<string, Standing>();
    standings.set(nameOf(thread), known);
    return known;
  };
  const heldBy = (name: string) => {
    const lock = locks.get(name);
    return lock && lock.until > clock.now() ? lock.token : undefined;
  };

  return {
    standingOf,
    isLocked: (thread) => heldBy(nameOf(thread)) !== undefined,
    fallBehind: (thread, seq) => void unshown.set(nameOf(thread), { thread, seq }),
    async lock(thread) {
      const name = nameOf(thread);
      if (heldBy(name) !== undefined) return undefined;
      tokens += 1;
      const token = tokens;
      let held = clock.now();
      locks.set(name, { token, until: held + lockTime });
      return {
        async write(key, standing) {
          if (heldBy(name) !== token) return false;
          held = clock.now();
          locks.set(name, { token, until: held + lockTime });
          standingOf(thread).set(key, structuredClone(standing));
          return true;
        },
        async forget(key) {
          if (heldBy(name) !== token) return false;
          standingOf(thread).delete(key);
          return true;
        },
        isFresh: () => clock.now() - held < lockTime - callTime,
        async release(after = 0) {
          if (heldBy(name) === token) locks.set(name, { token, until: clock.now() + after });
        },
      };
    },
    read: async (thread) => structuredClone(standingOf(thread)),
    behind: async () => [...unshown.values()].map(({ thread }) => thread),
    async shown(thread, seq) {
      const behind = unshown.get(nameOf(thread));
      if (behind && behind.seq <= seq) unshown.delete(nameOf(thread));
    },
  };
}
