import type { Urgency } from '../../core/card/urgent.ts';
import { ChatError } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ThreadName } from '../../ports/threads.ts';
import { settleTime } from './calls.ts';
import type { Closures } from './closures.ts';
import type { Ensuring, Next, Turn } from './ensure.ts';
import type { Pace } from './pace.ts';
import type { Call } from './pending.ts';
import { isSilence, type Reach } from './reach.ts';
import { failed, type Unsent } from './unsent.ts';

export interface VisitParts {
  ensuring: Ensuring;
  pace: Pace;
  closures: Pick<Closures, 'pause' | 'close' | 'open' | 'giveUp'>;
  reach: Reach;
  /** Asks the platform for a room, without leaving a trace there. */
  probe(room: string): Promise<void>;
  clock: Clock;
  /** Told of each visit that called the platform, and of each that failed. */
  onVisit(thread: ThreadName, error?: unknown): void;
  /** This thread's channel was closed, or is open again. */
  onClosure(thread: ThreadName): void;
}

/** How lately a platform has to be heard before a post (milliseconds): what people must act on is not risked. */
const lately: Readonly<Record<Urgency, number>> = { progress: 5_000, act: 0, alarm: 0 };

const whenBusy = 1_000;
const whenAskedToSlowDown = 5_000;

/** The longest pause of one thread (milliseconds) by what failed: the platform, the bot itself, a message as it is. */
const longest = { platform: 4_000, bot: 30_000, message: 600_000 };

/**
 * Visits a thread, with the right to make the call `allowed`; without one as many as it needs. True when nothing is
 * left to do. Failures end here: they decide when the thread, its channel and its platform are tried again.
 */
export async function visit(parts: VisitParts, entry: Unsent, allowed: Next | undefined): Promise<boolean> {
  const { ensuring, reach } = parts;
  const turn = turnOf(parts, entry, allowed);
  entry.changed = false;
  entry.lookedAt = undefined;
  try {
    const visited = await ensuring.ensure(entry.thread, turn);
    const call = turn.called();
    // A platform that can't tell answers a search without being asked.
    if (call && call !== 'find') reach.answered();
    entry.failures = 0;
    if (call) await reached(parts, entry);
    else await giveBack(parts, entry, allowed);
    if (visited.outcome === 'given-up') await parts.closures.giveUp(entry.thread);
    if (visited.outcome === 'busy') entry.notBefore = parts.clock.now() + whenBusy;
    if (visited.outcome === 'more') entry.served = visited.served;
    entry.changed ||= visited.outcome === 'more' || visited.outcome === 'busy';
    return !entry.changed;
  } catch (error) {
    const call = turn.called();
    if (call) hear(reach, error);
    if (!call || isUncounted(error)) await giveBack(parts, entry, allowed);
    await handle(parts, entry, call, error);
    return false;
  }
}

function turnOf({ pace, reach }: VisitParts, { thread, served }: Unsent, allowed: Next | undefined) {
  const paced = pace.isPaced(thread.channel);
  let called: Call | undefined;
  const may: Turn['may'] = (call) => {
    // It may have failed for another channel while this thread was read.
    if (!reach.isUp()) return false;
    if (paced && (call !== allowed?.call || called !== undefined)) return false;
    if (call === 'post' && !reach.mayPost(lately[allowed?.urgency ?? 'progress'])) return false;
    called = call;
    return true;
  };
  return { may, served, gently: reach.isOnTrial(), called: () => called };
}

/** What did not reach the platform, or was sent away for its pace, does not count there. */
function isUncounted(error: unknown): boolean {
  return error instanceof ChatError && (error.reason === 'unavailable' || error.reason === 'rate-limited');
}

async function giveBack({ pace }: VisitParts, { thread }: Unsent, allowed: Next | undefined): Promise<void> {
  // When it can't be given back, it comes back with time.
  if (allowed) await pace.giveBack(thread.channel, allowed).catch(() => undefined);
}

/** What an error says of the platform. */
function hear(reach: Reach, error: unknown): void {
  if (isSilence(error)) reach.failed();
  else if (error instanceof ChatError) reach.answered();
}

async function reached({ closures, onVisit, onClosure }: VisitParts, { thread }: Unsent): Promise<void> {
  onVisit(thread);
  if (await closures.open(thread.channel)) onClosure(thread);
}

async function handle(
  { closures, pace, clock, onVisit, onClosure }: VisitParts,
  entry: Unsent,
  call: Call | undefined,
  error: unknown,
): Promise<void> {
  const { thread } = entry;
  const now = clock.now();
  onVisit(thread, error);
  if (!(error instanceof ChatError)) return failed(entry, now, longest.bot);
  switch (error.reason) {
    case 'unavailable':
      return failed(entry, now, longest.platform);
    case 'doubtful':
      failed(entry, now, longest.platform);
      entry.notBefore = Math.max(entry.notBefore, now + settleTime);
      return;
    case 'gone':
    case 'refused':
      return failed(entry, now, longest.message);
    case 'rate-limited': {
      const { retryAfter = whenAskedToSlowDown } = error;
      entry.changed = true;
      if (call && pace.isPaced(thread.channel)) return pace.hold(thread.channel, call, retryAfter);
      entry.notBefore = now + retryAfter;
      return;
    }
    case 'closed':
      entry.changed = true;
      await closures.close(thread.channel, error.message);
      onClosure(thread);
  }
}
