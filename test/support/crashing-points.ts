import type { Passed, Strike } from './crashing-setup.ts';

/** Counts the points that a bot passes, and strikes the bot at one of them. */
export interface Points {
  /** Does what happens at a point. */
  pass<T>(names: readonly [string, ...string[]], act: () => Promise<T>): Promise<T>;
  /** Begins to count anew; null only counts. */
  arm(strike: Strike | null): void;
  passed(): Passed[];
}

export function createPoints(): Points {
  let armed: Strike | null = null;
  let passed: Passed[] = [];
  const counts = new Map<string, number>();

  const count = (name: string): number => {
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return nth;
  };
  return {
    async pass(names, act) {
      const numbered = names.map((name) => ({ name, nth: count(name) }));
      passed.push(numbered.map(({ name, nth }) => `${name} #${nth}`));
      const strike = armed;
      const hit = numbered.some(({ name, nth }) => name === strike?.point && nth === strike.nth);
      if (hit && strike?.when === 'before') process.kill(process.pid, strike.signal);
      const result = await act();
      if (hit && strike?.when === 'after') process.kill(process.pid, strike.signal);
      return result;
    },
    arm(strike) {
      armed = strike;
      passed = [];
      counts.clear();
    },
    passed: () => passed,
  };
}
