import type { Closure, Rooms } from '../../src/ports/rooms.ts';

/** The closed rooms, in memory. */
export function memoryRooms(): Rooms {
  const closed = new Map<string, Closure>();
  return {
    closed: async () => [...closed.values()],
    async close(closure) {
      const { channel, rollout } = closure;
      const name = rollout === undefined ? channel : `${rollout} ${channel}`;
      if (closed.has(name)) return false;
      closed.set(name, closure);
      return true;
    },
    open: async (name) => closed.delete(name),
  };
}
