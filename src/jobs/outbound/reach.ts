import type { Clock } from '../../ports/clock.ts';

/** Whether a platform answers, as this process sees it; shared by all of its channels. */
export interface Reach {
  /** Milliseconds for which nothing may be sent; 0: now. */
  pause(): number;
  /** A call begins. While the platform is down no other begins before it is over. */
  begin(): void;
  /** How it ended; `silent` when the platform did not answer, undefined when no call was made after all. */
  end(how: 'answered' | 'silent' | undefined): void;
}

const firstPause = 500;

/** A platform that is back is noticed within this time (milliseconds), so that threads are right soon after. */
const longestPause = 4_000;

/** While one call is out to see whether the platform is back, the others look again after this time. */
const lookAgain = 250;

/** While a platform is down, one call at a time is tried, ever more rarely. */
export function createReach(clock: Clock): Reach {
  let failures = 0;
  let until = 0;
  let trying = false;
  return {
    pause() {
      if (failures === 0) return 0;
      return trying ? lookAgain : Math.max(0, until - clock.now());
    },
    begin() {
      trying = failures > 0;
    },
    end(how) {
      trying = false;
      if (how === undefined) return;
      failures = how === 'silent' ? failures + 1 : 0;
      until = clock.now() + Math.min(firstPause * 2 ** (failures - 1), longestPause);
    },
  };
}
