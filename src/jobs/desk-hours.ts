import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollouts } from '../ports/rollouts.ts';
import type { Desk } from './desk.ts';

export interface DeskHours {
  desk: Desk;
  alerts: Pick<Alerts, 'onChange'>;
  rollouts: Pick<Rollouts, 'onChange'>;
  clock: Clock;
  onError(error: unknown): void;
}

/** Looks are so far apart at least: what comes in between is one look. */
const leastPause = 200;
const sweepEvery = 30_000;
const afterTrouble = 1_000;

/**
 * Lets the desk look when alerts come, when rollouts change and when it is time, and now and then at everything: a
 * message or a timer that is lost is made up for within half a minute. Returns the way to stop; it resolves when the
 * last look is over.
 */
export function keepDeskOpen({ desk, alerts, rollouts, clock, onError }: DeskHours): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const lookBy = (at: number): void => {
    due = Math.min(due, Math.max(at, lookedAt + leastPause));
    if (stopped || looking !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(begin, Math.min(Math.max(0, due - clock.now()), sweepEvery));
  };
  const begin = (): void => {
    due = Number.POSITIVE_INFINITY;
    looking = look().finally(() => {
      looking = undefined;
      lookBy(due);
    });
  };
  const look = async (): Promise<void> => {
    try {
      const again = await desk.look();
      lookedAt = clock.now();
      if (again !== undefined) due = Math.min(due, again);
    } catch (error) {
      onError(error);
      due = Math.min(due, clock.now() + afterTrouble);
    }
  };

  const now = (): void => lookBy(clock.now());
  const stopAlerts = alerts.onChange(now);
  const stopRollouts = rollouts.onChange((id, seq) => {
    if (seq === 0) return;
    desk.stir(id);
    now();
  });
  const sweep = setInterval(() => {
    desk.forget();
    now();
  }, sweepEvery);
  now();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(sweep);
    stopAlerts();
    stopRollouts();
    await looking;
  };
}
