import type { Card, PlacedCard, ThreadView } from '../core/card/card.ts';
import { digestOf } from '../core/json.ts';
import { ChatError, type ChatPort, type MessageRef } from '../ports/chat.ts';
import type { NewNonce } from '../ports/clock.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';
import type { Standing, ThreadName, Threads } from '../ports/threads.ts';

export interface EnsureParts {
  threads: Threads;
  rollouts: Pick<Rollouts, 'find'>;
  chats: ReadonlyMap<string, ChatPort>;
  view(rollout: Rollout): Promise<ThreadView>;
  newNonce: NewNonce;
}

/**
 * Makes a thread say what the journal says now: posts what is missing, edits what differs, leaves the rest.
 * Each post is noted before it is made, so that a crash in between is looked up instead of posted twice.
 * `busy`: another process is at it. Throws `ChatError` when the platform refuses or can't be reached.
 */
export type Ensure = (thread: ThreadName) => Promise<'shown' | 'busy'>;

export function createEnsure(parts: EnsureParts): Ensure {
  return async (thread) => {
    const lock = await parts.threads.lock(thread);
    if (!lock) return 'busy';
    try {
      await ensureThread(parts, thread, lock);
      return 'shown';
    } finally {
      await lock.release();
    }
  };
}

async function ensureThread(
  parts: EnsureParts,
  thread: ThreadName,
  lock: { extend(): Promise<boolean> },
): Promise<void> {
  const chat = parts.chats.get(thread.channel.slice(0, thread.channel.indexOf(':')));
  const rollout = await parts.rollouts.find(thread.rollout);
  if (!chat || !rollout) return;
  const { root, replies } = await parts.view(rollout);
  const standing = await parts.threads.read(thread);
  let anchor: MessageRef | undefined;
  for (const placed of [{ key: 'root', card: root }, ...replies]) {
    if (!(await lock.extend())) throw new ChatError('unavailable', 'another process took over this thread');
    const at: Place = { thread, chat, anchor, parts };
    const ref = await ensureCard(at, placed, standing.get(placed.key));
    anchor ??= ref;
    if (!anchor) return;
  }
  await parts.threads.shown(thread, rollout.state.seq);
}

interface Place {
  thread: ThreadName;
  chat: ChatPort;
  anchor: MessageRef | undefined;
  parts: EnsureParts;
}

/** Answers where the card stands; undefined when a post's outcome can't be known, so that it is not repeated. */
async function ensureCard(
  at: Place,
  { key, card }: PlacedCard,
  known: Standing | undefined,
): Promise<MessageRef | undefined> {
  const digest = digestOf(card);
  if (!known) return post(at, key, card, { operation: at.parts.newNonce(), digest });
  if (known.ref)
    return known.digest === digest ? known.ref : edit(at, key, card, { ...known, digest, ref: known.ref });
  const found = await at.chat.find(roomOf(at), at.anchor, known.operation);
  if (found === 'unknown') return undefined;
  if (!found) return post(at, key, card, { operation: known.operation, digest });
  return edit(at, key, card, { operation: known.operation, digest, ref: found });
}

async function post(at: Place, key: string, card: Card, standing: Standing): Promise<MessageRef> {
  const { threads } = at.parts;
  await threads.write(at.thread, key, { operation: standing.operation });
  try {
    const ref = await at.chat.post(roomOf(at), at.anchor, card, standing.operation);
    await threads.write(at.thread, key, { ...standing, ref });
    return ref;
  } catch (error) {
    const surelyNot = error instanceof ChatError && error.reason !== 'doubtful';
    if (surelyNot) await threads.forget(at.thread, key, standing.operation);
    throw error;
  }
}

/** Edits a message. One that was deleted is posted again: the thread must go on telling the truth. */
async function edit(
  at: Place,
  key: string,
  card: Card,
  standing: Standing & { ref: MessageRef },
): Promise<MessageRef> {
  try {
    await at.chat.update(standing.ref, card);
  } catch (error) {
    if (!(error instanceof ChatError) || error.reason !== 'gone') throw error;
    return post(at, key, card, { operation: at.parts.newNonce(), digest: standing.digest ?? '' });
  }
  await at.parts.threads.write(at.thread, key, standing);
  return standing.ref;
}

function roomOf({ thread }: Place): string {
  return thread.channel.slice(thread.channel.indexOf(':') + 1);
}
