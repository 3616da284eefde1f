import type { Allowance } from '../../src/ports/allowance.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** The allowance in memory, counted as the real one counts it. */
export function memoryAllowance(clock: Clock): Allowance {
  const unused = new Map<string, number>();
  return {
    async take(limits) {
      const now = clock.now();
      let wait = 0;
      let by: string | undefined;
      for (const { name, every, burst } of limits) {
        const early = Math.max(unused.get(name) ?? now, now) - (burst - 1) * every - now;
        if (early > wait) [wait, by] = [early, name];
      }
      if (by !== undefined) return { wait, by };
      for (const { name, every } of limits) unused.set(name, Math.max(unused.get(name) ?? now, now) + every);
      return { wait: 0 };
    },
    async giveBack(limits) {
      for (const { name, every } of limits) unused.set(name, (unused.get(name) ?? 0) - every);
    },
    async hold({ name, every, burst }, milliseconds) {
      const at = clock.now() + milliseconds + (burst - 1) * every;
      unused.set(name, Math.max(unused.get(name) ?? 0, at));
    },
  };
}
