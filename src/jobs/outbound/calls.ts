import { offersWayBack } from '../../core/card/urgent.ts';
import { ChatError, type ChatPort, type MessageRef } from '../../ports/chat.ts';
import type { NewNonce } from '../../ports/clock.ts';
import type { Standing, ThreadLock } from '../../ports/threads.ts';
import { rootKey, type Task } from './pending.ts';

/** A thread under its lock. */
export interface Place {
  room: string;
  chat: ChatPort;
  lock: ThreadLock;
  /** Kept in step with what is written. */
  standings: Map<string, Standing>;
  newNonce: NewNonce;
}

/**
 * A post whose answer got lost may still come to stand a moment later: it is not looked for before so many
 * milliseconds have passed, by any process.
 */
export const settleTime = 3_000;

/** Somebody else has taken over the thread, or may have. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

/**
 * Does what a thread needs next, and notes it. A post is noted before it is made. Throws `LockLost` before a call
 * that could be somebody else's by now, and the `ChatError` of a call that failed.
 */
export function carryOut(place: Place, task: Task): Promise<void> {
  switch (task.call) {
    case 'post':
      return post(place, task, { operation: place.newNonce(), ...instead(task.before?.gone) });
    case 'edit':
      return edit(place, task, task.before);
    case 'find':
      return find(place, task, task.before);
  }
}

function instead(of: Standing['gone']): Pick<Standing, 'again'> {
  return of === undefined ? {} : { again: of };
}

async function post(place: Place, task: Task, noted: Standing): Promise<void> {
  await note(place, task.key, noted);
  mustBeFresh(place);
  try {
    const anchor = anchorOf(place, task.key);
    const ref = await place.chat.post(place.room, anchor, task.card, noted.operation);
    await note(place, task.key, { ...noted, ref, ...saying(task) });
  } catch (error) {
    if (!(error instanceof ChatError) || error.reason === 'doubtful') throw error;
    await unpost(place, task.key, noted);
    if (error.reason !== 'gone' || task.key === rootKey) throw error;
    await noteRootGone(place);
  }
}

/** The post was surely not made, so that its note would only make it be looked for. */
async function unpost(place: Place, key: string, { operation, again }: Standing): Promise<void> {
  if (again) return note(place, key, { operation, gone: again });
  if (!(await place.lock.forget(key))) throw new LockLost();
  place.standings.delete(key);
}

/** Edits a message. One that was deleted is posted again: the thread must go on telling the truth. */
async function edit(place: Place, task: Task, before: Standing & { ref: MessageRef }): Promise<void> {
  mustBeFresh(place);
  try {
    await place.chat.update(before.ref, task.card);
  } catch (error) {
    if (!(error instanceof ChatError) || error.reason !== 'gone') throw error;
    return note(place, task.key, { ...before, gone: 'deleted' });
  }
  const { wayBack: _, ...stands } = before;
  await note(place, task.key, { ...stands, ...saying(task) });
}

/** What is noted of a message that says a card. */
function saying({ card, digest }: Task): Pick<Standing, 'digest' | 'wayBack'> {
  return { digest, ...(offersWayBack(card) ? { wayBack: true } : {}) };
}

/** Settles a post whose outcome is not known. */
async function find(place: Place, task: Task, before: Standing): Promise<void> {
  mustBeFresh(place);
  const found = await lookUp(place, task.key, before.operation);
  if (found === 'unknown') return doubt(place, task.key, before);
  if (found === 'no root') {
    await unpost(place, task.key, before);
    return noteRootGone(place);
  }
  if (found) return note(place, task.key, { ...before, ref: found });
  return post(place, task, before);
}

async function lookUp(place: Place, key: string, operation: string) {
  try {
    return await place.chat.find(place.room, anchorOf(place, key), operation);
  } catch (error) {
    if (error instanceof ChatError && error.reason === 'gone' && key !== rootKey) return 'no root';
    throw error;
  }
}

/**
 * A reply in doubt is not sent again: the root says that it may be missing. Without a root there is no thread: once
 * the platform answers again, another one is posted, and no third.
 */
async function doubt(place: Place, key: string, before: Standing): Promise<void> {
  if (key !== rootKey || before.again) return note(place, key, { ...before, lost: true });
  await place.chat.probe(place.room);
  await note(place, key, { ...before, gone: 'doubtful' });
}

/** Nothing can hang under a root that was deleted: it is posted anew first. */
async function noteRootGone(place: Place): Promise<void> {
  const root = place.standings.get(rootKey);
  if (root) await note(place, rootKey, { ...root, gone: 'deleted' });
}

function anchorOf({ standings }: Place, key: string): MessageRef | undefined {
  return key === rootKey ? undefined : standings.get(rootKey)?.ref;
}

async function note({ lock, standings }: Place, key: string, standing: Standing): Promise<void> {
  if (!(await lock.write(key, standing))) throw new LockLost();
  standings.set(key, standing);
}

function mustBeFresh({ lock }: Place): void {
  if (!lock.isFresh()) throw new LockLost();
}
