import type { ThreadView } from '../../core/card/card.ts';
import type { ThreadNotes } from '../../core/card/notes.ts';
import { type Urgency, urgencies } from '../../core/card/urgent.ts';
import { ChatError, type ChatPort } from '../../ports/chat.ts';
import type { NewNonce } from '../../ports/clock.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import type { ThreadLock, ThreadName, Threads } from '../../ports/threads.ts';
import { carryOut, LockLost, type Place, settleTime } from './calls.ts';
import { platformOf, roomOf } from './channel-name.ts';
import { type Call, isGivenUp, pending, type Served, type Task } from './pending.ts';

export interface EnsureParts {
  threads: Threads;
  rollouts: Pick<Rollouts, 'find'>;
  chats: ReadonlyMap<string, ChatPort>;
  /** How the thread in a channel (`platform:id`) should stand. */
  view(rollout: Rollout, channel: string): Promise<ThreadView>;
  newNonce: NewNonce;
  /** Where else the rollout can't be shown, which its root cards say. */
  closed?(rollout: Rollout, thread: ThreadName): ThreadNotes['closed'];
  /** Threads that are no rollout's, by the name that stands in place of its id. */
  boards?: ReadonlyMap<string, Board>;
}

/** Something that is shown in a thread of its own, apart from rollouts. */
export interface Board {
  /** What it should say now, `begun` when it stands there already; undefined for nothing. */
  view(begun: boolean): ThreadView | undefined;
}

/** What one visit of a thread may do. */
export interface Turn {
  /** Whether this call may be made now; the visit ends at the first that may not. Asked just before each call. */
  may(call: Call): boolean;
  /** The calls that were made last, the newest at the end. */
  served?: readonly Served[] | undefined;
  /** The platform failed just now: what can be repeated goes first. */
  gently?: boolean;
}

/**
 * `busy`: another process is at it, or took over. `more`: something is left; `served` are the last calls, with
 * those of this visit. `given-up`: nobody can tell where its root stands, and nothing more is said in it.
 */
export type Visited =
  | { outcome: 'shown' | 'given-up' | 'busy' }
  | { outcome: 'more'; served?: readonly Served[] };

/** What a thread needs next. */
export interface Next {
  call: Call;
  /** That of the most urgent of all that it does not show yet. */
  urgency: Urgency;
}

export interface Ensuring {
  /**
   * Makes a thread say what the journal says now: posts what is missing, edits what differs, leaves the rest.
   * Each post is noted before it is made, so that a crash in between is looked up instead of posted twice.
   * Throws `ChatError` when the platform refuses or can't be reached.
   */
  ensure(thread: ThreadName, turn?: Turn): Promise<Visited>;
  /** What it would do next, without doing it; undefined when nothing. */
  next(thread: ThreadName, turn?: Pick<Turn, 'served' | 'gently'>): Promise<Next | undefined>;
}

/** How many calls it takes to know whose turn it is. */
const remembered = 12;

const anything: Turn = { may: () => true };

export function createEnsure(parts: EnsureParts): Ensuring {
  return {
    async ensure(thread, turn = anything) {
      const lock = await parts.threads.lock(thread);
      if (!lock) return { outcome: 'busy' };
      let settle = 0;
      try {
        return await ensureThread(parts, thread, lock, turn);
      } catch (error) {
        if (error instanceof LockLost) return { outcome: 'busy' };
        if (error instanceof ChatError && error.reason === 'doubtful') settle = settleTime;
        throw error;
      } finally {
        await lock.release(settle);
      }
    },
    async next(thread, turn = {}) {
      const seen = await look(parts, thread);
      if (!seen) return undefined;
      const tasks = inOrder(pending(seen.view, seen.standings, seen.closed, turn.served), turn);
      const [first] = tasks;
      return first && { call: first.call, urgency: mostUrgent(tasks) };
    },
  };
}

function mostUrgent(tasks: readonly Task[]): Urgency {
  const found = new Set(tasks.map(({ urgency }) => urgency));
  return urgencies.findLast((urgency) => found.has(urgency)) ?? 'progress';
}

/** An edit that fails is made again; of a post that fails nobody may be able to tell. */
function inOrder(tasks: Task[], { gently = false }: Pick<Turn, 'gently'>): Task[] {
  if (!gently) return tasks;
  return tasks.toSorted((one, other) => Number(other.call === 'edit') - Number(one.call === 'edit'));
}

/** What a thread should say, and what stands in it. */
interface Seen {
  view: ThreadView;
  standings: Awaited<ReturnType<Threads['read']>>;
  closed: ThreadNotes['closed'];
  /** The event of the rollout's journal that it goes up to. */
  seq: number;
}

async function look(parts: EnsureParts, thread: ThreadName): Promise<Seen | undefined> {
  const { rollouts, threads, closed } = parts;
  const board = parts.boards?.get(thread.rollout);
  if (board) {
    const standings = await threads.read(thread);
    const view = board.view(standings.size > 0);
    return view && { view, standings, closed: [], seq: 0 };
  }
  const [rollout, standings] = await Promise.all([rollouts.find(thread.rollout), threads.read(thread)]);
  if (!rollout) return undefined;
  const view = await parts.view(rollout, thread.channel);
  return { view, standings, closed: closed?.(rollout, thread) ?? [], seq: rollout.state.seq };
}

async function ensureThread(
  parts: EnsureParts,
  thread: ThreadName,
  lock: ThreadLock,
  turn: Turn,
): Promise<Visited> {
  const chat = parts.chats.get(platformOf(thread.channel));
  const seen = chat && (await look(parts, thread));
  if (!seen) return { outcome: 'shown' };
  const { view, standings, closed, seq } = seen;
  const place: Place = { room: roomOf(thread.channel), chat, lock, standings, newNonce: parts.newNonce };
  let { served = [] } = turn;
  for (;;) {
    const [task] = inOrder(pending(view, standings, closed, served), turn);
    if (!task) break;
    if (!turn.may(task.call)) return { outcome: 'more', served };
    await carryOut(place, task);
    served = [...served, { key: task.key, call: task.call }].slice(-remembered);
  }
  await parts.threads.shown(thread, seq);
  return { outcome: isGivenUp(standings) ? 'given-up' : 'shown' };
}
