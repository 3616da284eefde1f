import type { Memory } from '../../src/ports/memory.ts';

/** A memory for as long as a test lasts; `kept` can outlive a process of the bot. */
export function shortMemory(kept = new Map<string, string>()): Memory {
  return {
    read: async (key) => kept.get(key),
    write: async (key, value) => void kept.set(key, value),
    take: async (key) => {
      const value = kept.get(key);
      kept.delete(key);
      return value;
    },
  };
}
