import type { Allowance } from '../../ports/allowance.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** The calls to the platforms, counted in Redis by its own clock. */
export function createAllowance(scripts: Scripts): Allowance {
  return {
    async take(limits) {
      if (limits.length === 0) return { wait: 0 };
      const [wait, place] = await scripts.take(
        limits.map(({ name }) => keys.allowance(name)),
        limits.flatMap(({ every, burst }) => [every, burst]),
      );
      const by = limits[place - 1]?.name;
      return by === undefined ? { wait } : { wait, by };
    },
    async giveBack(limits) {
      if (limits.length === 0) return;
      await scripts.giveBack(
        limits.map(({ name }) => keys.allowance(name)),
        limits.map(({ every }) => every),
      );
    },
    async hold({ name, every, burst }, milliseconds) {
      await scripts.hold([keys.allowance(name)], [every, burst, Math.ceil(milliseconds)]);
    },
  };
}
