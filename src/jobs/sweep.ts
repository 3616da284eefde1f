import type { Clock } from '../ports/clock.ts';
import type { Agenda } from '../ports/journals.ts';
import type { Waker } from '../ports/wake.ts';

const everyMs = 250;
const batch = 500;

/**
 * Wakes every rollout that is due and that nobody holds: timers that have run out, and whatever a crash, a lost
 * job or a lost message left behind. This is what makes losing a job harmless. Returns the way to stop.
 */
export function startSweeper(parts: {
  journals: Pick<Agenda, 'due'>;
  waker: Waker;
  clock: Clock;
  onError(error: unknown): void;
}) {
  const sweep = async (): Promise<void> => {
    const ids = await parts.journals.due(parts.clock.now(), batch);
    await Promise.all(ids.map((id) => parts.waker.wake(id)));
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
