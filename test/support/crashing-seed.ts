/** The same chances for the same seed (mulberry32): each call answers a number from 0 up to 1. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run: `CRASH_SEED` repeats an earlier one. Printed, so that it can be. */
export function seedOfRun(): number {
  const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 1_000_000));
  console.log(`CRASH_SEED=${seed}`);
  return seed;
}

/** So many of a list, each at most once. */
export function sample<T>(list: readonly T[], size: number, chance: () => number): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(size, left.length) }, () =>
    left.splice(Math.floor(chance() * left.length), 1),
  ).flat();
}
