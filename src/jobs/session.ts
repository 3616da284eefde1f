import type { Fact } from '../core/rollout/event.ts';
import type { Clock } from '../ports/clock.ts';
import { type Carrying, type Claiming, type Lease, LeaseLost } from '../ports/journals.ts';
import type { Rollout } from '../ports/rollouts.ts';

/**
 * One worker's hold on one rollout: the lease, the newest known state, and the only way to write. Writes are
 * one after the other. When the lease is lost, `signal` aborts and every further write throws `LeaseLost`.
 */
export interface Session {
  readonly id: string;
  readonly signal: AbortSignal;
  rollout(): Rollout;
  epoch(): number;
  /** Appends what `decide` says of the newest state, asking again when somebody wrote in between. */
  record(decide: (rollout: Rollout) => Entry): Promise<'recorded' | 'busy'>;
  refresh(): Promise<void>;
  /** Takes a new epoch: what was sent under the old one is refused from now on. */
  fence(): Promise<void>;
  /** Resolves when the lease is surely held; asks Redis when the last answer is old. */
  held(): Promise<void>;
  /** Gives the lease back, unless there is something new; false then. */
  rest(until: number | undefined): Promise<boolean>;
  /** Stops the renewal; the lease runs out by itself if it was not given back. */
  close(): void;
}

/** What to append, all or nothing; `environment` also changes its claim. Without facts nothing is written. */
export interface Entry {
  facts: readonly Fact[];
  environment?: Claiming;
}

interface Opened {
  lease: Lease;
  rollout: Rollout;
}

/** Whether a lease taken again goes on where it ran out: nobody else had it, or nobody wrote, and nothing was lost. */
function followsOn(again: Opened, before: Opened): boolean {
  const grown = again.rollout.state.seq - before.rollout.state.seq;
  return grown === 0 || (grown > 0 && again.lease.epoch === before.lease.epoch + 1);
}

/** Opens a session on a rollout that nobody else holds; undefined otherwise. */
export async function openSession(
  journals: Carrying,
  clock: Clock,
  id: string,
): Promise<Session | undefined> {
  const askedAt = clock.now();
  const opened = await journals.acquire(id);
  return opened && createSession(journals, clock, opened, askedAt);
}

function createSession(journals: Carrying, clock: Clock, opened: Opened, askedAt: number): Session {
  const lost = new AbortController();
  let { lease, rollout } = opened;
  /** When the last answer that gave or renewed the lease was asked for: it lasts at least from then on. */
  let renewedAt = askedAt;
  let renewing = false;
  let queue: Promise<unknown> = Promise.resolve();

  const oneByOne = <T>(task: () => Promise<T>): Promise<T> => {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  };
  /**
   * The lease ran out. When nobody else had it since (people may have written: they need none), or whoever had it
   * wrote nothing, it is taken again and what is under way goes on.
   */
  const retake = async (cause: unknown): Promise<void> => {
    if (!(cause instanceof LeaseLost)) throw cause;
    const sentAt = clock.now();
    const again = await journals.acquire(lease.rollout);
    if (again && followsOn(again, { lease, rollout })) {
      ({ lease, rollout } = again);
      renewedAt = sentAt;
      return;
    }
    lost.abort(cause);
    if (again) await journals.rest(again.lease, again.rollout, clock.now()).catch(() => undefined);
    throw cause;
  };
  const renew = async (): Promise<void> => {
    lost.signal.throwIfAborted();
    const sentAt = clock.now();
    await journals.renew(lease).then(() => {
      renewedAt = Math.max(renewedAt, sentAt);
    }, retake);
  };
  /** One at a time: an outage must not pile them up. */
  const renewInTime = (): void => {
    if (renewing) return;
    renewing = true;
    void oneByOne(renew)
      .catch(() => undefined)
      .finally(() => {
        renewing = false;
      });
  };
  const timer = setInterval(renewInTime, journals.leaseTime / 3);

  const record: Session['record'] = async (decide) => {
    for (;;) {
      lost.signal.throwIfAborted();
      const { facts, ...options } = decide(rollout);
      if (facts.length === 0) return 'recorded';
      const answer = await journals.append(lease, rollout, facts, options).catch(retake);
      if (answer === 'busy') return 'busy';
      if (answer === 'moved') rollout = await journals.refresh(rollout);
      else if (answer) {
        rollout = answer;
        return 'recorded';
      }
    }
  };

  return {
    id: lease.rollout,
    signal: lost.signal,
    rollout: () => rollout,
    epoch: () => lease.epoch,
    record: (decide) => oneByOne(() => record(decide)),
    refresh: () =>
      oneByOne(async () => {
        rollout = await journals.refresh(rollout);
      }),
    fence: () =>
      oneByOne(async () => {
        const fenced = await journals.fence(lease).catch(retake);
        if (fenced) lease = fenced;
      }),
    async held() {
      lost.signal.throwIfAborted();
      if (clock.now() - renewedAt < journals.leaseTime / 2) return;
      await oneByOne(renew);
    },
    rest: (until) => oneByOne(async () => (await journals.rest(lease, rollout, until)) === 'rested'),
    close: () => clearInterval(timer),
  };
}
