import type { Clock } from '../ports/clock.ts';
import type { Agenda } from '../ports/journals.ts';
import type { Waker } from '../ports/wake.ts';

const everyMs = 250;
const batch = 500;
/** Milliseconds until a rollout that nobody took up is woken once more; doubled each time, up to the longest. */
const firstPause = 1_000;
const longestPause = 8_000;

interface Woken {
  /** When it is woken once more. */
  next: number;
  pause: number;
}

/**
 * Wakes every rollout that is due and that nobody holds: timers that have run out, and whatever a crash, a lost
 * job or a lost message left behind. This is what makes losing a job harmless. One that stays due (all workers are
 * busy, or none runs) is woken less and less often, so that wake-ups don't pile up. Returns the way to stop.
 */
export function startSweeper(parts: {
  journals: Pick<Agenda, 'due'>;
  waker: Waker;
  clock: Clock;
  onError(error: unknown): void;
}) {
  let woken = new Map<string, Woken>();
  const sweep = async (): Promise<void> => {
    const now = parts.clock.now();
    const ids = await parts.journals.due(now, batch + woken.size);
    const wanted = ids.filter((id) => now >= (woken.get(id)?.next ?? now));
    woken = new Map(ids.map((id) => [id, wokenAfter(woken.get(id), now)]));
    await Promise.all(wanted.map((id) => parts.waker.wake(id)));
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    sweep()
      .catch(parts.onError)
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  return () => clearInterval(timer);
}

function wokenAfter(before: Woken | undefined, now: number): Woken {
  if (before && now < before.next) return before;
  const pause = before ? Math.min(before.pause * 2, longestPause) : firstPause;
  return { next: now + pause, pause };
}
