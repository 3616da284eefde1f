import { ChatError } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';

/** Whether a platform answers, as this process sees it; shared by all of its channels. */
export interface Reach {
  /** It was heard, and no call has failed since: only then anything is sent. */
  isUp(): boolean;
  /** It answered a probe since it failed, and no call that was meant yet. */
  isOnTrial(): boolean;
  /** Milliseconds until it may be asked, or sent something; 0: now. */
  pause(): number;
  /** Asks by something that changes nothing there; a refusal is an answer. Throws when it stays silent. */
  ask(probe: () => Promise<void>): Promise<void>;
  /**
   * Whether a post may be made now: it was heard within so many milliseconds. Else it counts as not up, until it was
   * asked. A post that gets lost in an outage which nobody has noticed yet can't be told from one that arrived.
   */
  mayPost(within: number): boolean;
  /** It answered a call that was meant. */
  answered(): void;
  /** It stayed silent to a call that was meant. */
  failed(): void;
}

const firstPause = 500;

/**
 * The longest pause between two probes, and the longest wait for the answer to one (milliseconds): a platform that
 * is back is noticed within both together, so that threads are right soon after.
 */
const longestPause = 2_000;
const probeTime = 2_500;

/** The longest pause where probes are answered and what is meant is not: such calls count with the platform. */
const longestPauseOnTrial = 5_000;

/** While one probe is out, the others look again after this time. */
const lookAgain = 250;

/**
 * A call that fails may have taken effect all the same, so nothing is sent to a platform that did: once a call has
 * failed, and at the start, it is asked first, by one probe at a time and ever more rarely.
 */
export function createReach(clock: Clock): Reach {
  let up = false;
  let asking = false;
  let failures = 0;
  let until = 0;
  let heardAt = 0;
  let justAsked = false;

  const heard = (): void => {
    up = true;
    heardAt = clock.now();
  };
  const failed = (longest: number): void => {
    up = false;
    failures += 1;
    until = clock.now() + Math.min(firstPause * 2 ** (failures - 1), longest);
  };
  return {
    isUp: () => up,
    isOnTrial: () => up && failures > 0,
    pause() {
      if (up) return 0;
      return asking ? lookAgain : Math.max(0, until - clock.now());
    },
    async ask(probe) {
      asking = true;
      justAsked = true;
      try {
        await inTime(probe());
        heard();
      } catch (error) {
        if (!isSilence(error)) heard();
        else {
          failed(longestPause);
          throw error;
        }
      } finally {
        asking = false;
      }
    },
    mayPost(within) {
      // An answer counts for one post, however long the way there takes: else a busy bot would ask for ever.
      const answered = justAsked;
      justAsked = false;
      if (up && !answered && clock.now() - heardAt > within) up = false;
      return up;
    },
    // Calls that were out when another one failed say nothing of what came after it.
    answered() {
      if (!up) return;
      failures = 0;
      heard();
    },
    failed() {
      if (up) failed(longestPauseOnTrial);
    },
  };
}

/** The platform did not answer. */
export function isSilence(error: unknown): boolean {
  return error instanceof ChatError && (error.reason === 'unavailable' || error.reason === 'doubtful');
}

function inTime(probing: Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(late()), probeTime);
  probing.then(resolve, reject);
  return promise.finally(() => clearTimeout(timer));
}

function late(): ChatError {
  return new ChatError('unavailable', `It did not answer within ${probeTime / 1_000} s.`);
}
