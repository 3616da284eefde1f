import { ChatError } from '../../../ports/chat.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../log.ts';

/** Uploads that are held back for a while after one failed, so that a missing right costs no call at each edit. */
export interface Attempts {
  /** What the work gives, if it does so by `deadline` (milliseconds since the epoch); a failure is logged, never thrown. */
  within<T>(deadline: number, work: () => Promise<T>, late: (made: T) => void): Promise<T | undefined>;
}

const afterRefusal = 600_000;
const afterTrouble = 30_000;

export function createAttempts(clock: Clock, log: Log): Attempts {
  let notBefore = 0;

  function failed(error: unknown): undefined {
    const { reason, retryAfter } =
      error instanceof ChatError ? error : { reason: 'unavailable', retryAfter: undefined };
    const lasting = reason === 'refused' || reason === 'closed';
    notBefore = clock.now() + (retryAfter ?? (lasting ? afterRefusal : afterTrouble));
    log.warn({ err: error }, 'A file could not be brought to Slack; the message says it in words');
    return undefined;
  }

  return {
    async within(deadline, work, late) {
      const left = deadline - clock.now();
      if (clock.now() < notBefore || left <= 0) return undefined;
      const timer = pause(left);
      const made = work();
      const first = await Promise.race([made.then((value) => ({ value }), failed), timer.over]);
      timer.stop();
      if (first !== 'late') return first?.value;
      log.warn({}, 'Slack takes long to take a file; the message says it in words');
      made.then(late, failed);
      return undefined;
    },
  };
}

function pause(milliseconds: number): { over: Promise<'late'>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), milliseconds);
  return { over: promise, stop: () => clearTimeout(timer) };
}
