import type { Allowance, Limit } from '../../ports/allowance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Next } from './ensure.ts';
import type { Call } from './pending.ts';

/** The limits of a platform for one sort of call to a channel; what is urgent may have a larger burst of the same limit. */
export type LimitsOf = (channel: string, next: Next) => readonly Limit[];

/** Keeps the calls to the platforms within their limits, together with all other processes. */
export interface Pace {
  /** Whether calls to this channel are limited at all. */
  isPaced(channel: string): boolean;
  /** Milliseconds for which no call at all may be made, as far as is known without asking. */
  rest(channel: string): number;
  /** Takes the right to make this call: 0, or the milliseconds after which to ask again. */
  take(channel: string, next: Next): Promise<number>;
  /** The call was not made, or reached nobody. */
  giveBack(channel: string, next: Next): Promise<void>;
  /** The platform asked to slow down, for so many milliseconds. */
  hold(channel: string, call: Call, milliseconds: number): Promise<void>;
}

const calls: readonly Call[] = ['post', 'edit', 'find'];

export function createPace(parts: { allowance: Allowance; clock: Clock; limitsOf: LimitsOf }): Pace {
  const { allowance, clock, limitsOf } = parts;
  /** Until when asking makes no sense, so that Redis is not asked for each thread of a channel. */
  const waits = new Map<string, number>();
  const known = (limits: readonly Limit[]): number =>
    Math.max(0, ...limits.map((limit) => (waits.get(nameOf(limit)) ?? 0) - clock.now()));

  return {
    isPaced: (channel) => limitsOf(channel, { call: 'post', urgency: 'alarm' }).length > 0,
    rest: (channel) => Math.min(...calls.map((call) => known(limitsOf(channel, { call, urgency: 'alarm' })))),
    async take(channel, next) {
      const limits = limitsOf(channel, next);
      const rest = known(limits);
      if (rest > 0) return rest;
      const { wait, by } = await allowance.take(limits);
      const limit = limits.find(({ name }) => name === by);
      if (limit) waits.set(nameOf(limit), clock.now() + wait);
      return wait;
    },
    async giveBack(channel, next) {
      const limits = limitsOf(channel, next);
      for (const limit of limits) waits.delete(nameOf(limit));
      await allowance.giveBack(limits);
    },
    async hold(channel, call, milliseconds) {
      for (const limit of limitsOf(channel, { call, urgency: 'alarm' })) {
        if (!limit.held) continue;
        waits.set(nameOf(limit), clock.now() + milliseconds);
        await allowance.hold(limit, milliseconds);
      }
    },
  };
}

function nameOf({ name, burst }: Limit): string {
  return `${name} ${burst}`;
}
