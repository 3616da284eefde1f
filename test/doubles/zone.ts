import type { ServerResponse } from 'node:http';

/** What a zone answers for a name and a type. */
export interface PublishedRecord {
  /** The whole name, without its last dot. */
  name: string;
  type: string;
  ttl: number;
  value: string;
}

/** The ways in which a service fails its callers. */
export interface Failing {
  /** The next so many requests are too many. */
  limit(count: number): void;
  /** The next change is made, and its answer gets lost. */
  loseAnswer(): void;
  /** The next change is answered with this status, and not made. */
  failChange(status: number): void;
}

/**
 * The faults of a double, in one place. `before` answers a request that fails before anything is done; `after` says
 * whether the answer to a change gets lost.
 */
export function faultsOf(refuse: (response: ServerResponse, status: number, headers?: object) => void) {
  let limited = 0;
  let losing = false;
  let failing: number | undefined;
  const failed: Failing = {
    limit(count) {
      limited = count;
    },
    loseAnswer() {
      losing = true;
    },
    failChange(status) {
      failing = status;
    },
  };
  return {
    failing: failed,
    before(method: string, response: ServerResponse): boolean {
      if (limited > 0) {
        limited -= 1;
        refuse(response, 429, { 'retry-after': '1' });
        return true;
      }
      if (method === 'GET' || failing === undefined) return false;
      refuse(response, failing);
      failing = undefined;
      return true;
    },
    lost(response: ServerResponse): boolean {
      if (!losing) return false;
      losing = false;
      response.destroy();
      return true;
    },
  };
}
