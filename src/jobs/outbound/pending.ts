import type { Card, PlacedCard, ThreadView } from '../../core/card/card.ts';
import { type ThreadNotes, withNotes } from '../../core/card/notes.ts';
import { isAlarm, isUrgent, offersWayBack, type Urgency } from '../../core/card/urgent.ts';
import { digestOf } from '../../core/json.ts';
import type { MessageRef } from '../../ports/chat.ts';
import type { Standing } from '../../ports/threads.ts';

/** The calls that bring a thread up to date. */
export type Call = 'post' | 'edit' | 'find';

/** One call that a thread still needs. */
export type Task = { key: string; card: Card; digest: string; urgency: Urgency } & (
  | { call: 'post'; before: Standing | undefined }
  | { call: 'edit'; before: Standing & { ref: MessageRef } }
  | { call: 'find'; before: Standing }
);

/** A call that was made for a thread. */
export type Served = Pick<Task, 'key' | 'call'>;

/** What stands in a thread, by the card's key. */
export type Standings = ReadonlyMap<string, Standing>;

export const rootKey = 'root';

/**
 * What a thread still needs to say what it should, the next call first: the root, as nothing can be said without it;
 * then a rollback button that does not do any more what it says, which is taken away; then alarms that have buttons of
 * their own. Then, by turns, a root that people have to act on, replies that they have to act on, and what is missing,
 * in its order, but what has gone wrong before all history; then what else is out of date. `served` are the calls that
 * were made last, the newest at the end: what was served longest ago goes first, so that a card that changes all the
 * time does not hold up the others, and a long history not the news. Urgent is what asks people now: a question that
 * was answered since is history.
 */
export function pending(
  view: ThreadView,
  standings: Standings,
  closed: ThreadNotes['closed'],
  served: readonly Served[] = [],
): Task[] {
  const tasks = tasksOf(view, standings, closed, served);
  return view.left ? tasks.filter(({ call }) => call !== 'post') : tasks;
}

function tasksOf(
  view: ThreadView,
  standings: Standings,
  closed: ThreadNotes['closed'],
  served: readonly Served[],
): Task[] {
  const rootCard = rootWithNotes(view, standings, closed);
  const root = taskOf({ key: rootKey, card: rootCard }, standings, isUrgent(rootCard));
  if (!stands(standings.get(rootKey))) return root;
  const newest = view.replies.at(-1);
  const replies = view.replies.flatMap((placed) => {
    const isCurrent = placed === newest || placed.card.actions.length > 0;
    return taskOf(placed, standings, isCurrent && isUrgent(placed.card));
  });
  const missing = replies.filter(({ call }) => call !== 'edit').toSorted(wrongFirst);
  const edits = inTurn([...root, ...replies.filter(({ call }) => call === 'edit')], served);
  const last = served.at(-1);
  const others = edits.filter(({ call, key }) => call !== last?.call || key !== last.key);
  const alarms = missing.filter(({ urgency, card }) => urgency === 'alarm' && card.actions.length > 0);
  const lying = edits.filter(({ urgency }) => urgency === 'alarm');
  return [...new Set([...lying, ...alarms, ...byTurns(others, missing, served), ...others, ...edits])];
}

/** Edits, the one that was made longest ago first. */
function inTurn(edits: readonly Task[], served: readonly Served[]): Task[] {
  const lastOf = (key: string) => served.findLastIndex((one) => one.call === 'edit' && one.key === key);
  return edits.toSorted((one, other) => lastOf(one.key) - lastOf(other.key));
}

/** What people have to act on and what is missing: whichever of the three was served longest ago first. */
function byTurns(edits: readonly Task[], missing: readonly Task[], served: readonly Served[]): Task[] {
  const toAct = edits.filter(({ urgency }) => urgency !== 'progress');
  const isRoot = ({ call, key }: Served) => call === 'edit' && key === rootKey;
  const isReply = ({ call, key }: Served) => call === 'edit' && key !== rootKey;
  const isMissing = ({ call }: Served) => call !== 'edit';
  return [
    { tasks: toAct.filter(isRoot), last: served.findLastIndex(isRoot) },
    { tasks: toAct.filter(isReply), last: served.findLastIndex(isReply) },
    { tasks: missing, last: served.findLastIndex(isMissing) },
  ]
    .toSorted((one, other) => one.last - other.last)
    .flatMap(({ tasks }) => tasks);
}

/** An alert must not wait until a slow platform has heard of each phase before it. */
function wrongFirst(one: Task, other: Task): number {
  return Number(other.urgency === 'alarm') - Number(one.urgency === 'alarm');
}

/** A thread without a root that can be told of: it was given up, and nothing more is said in it. */
export function isGivenUp(standings: Standings): boolean {
  const root = standings.get(rootKey);
  return root !== undefined && (root.lost === true || (root.gone !== undefined && root.again !== undefined));
}

function stands(root: Standing | undefined): boolean {
  return root?.ref !== undefined && !root.gone;
}

function rootWithNotes(view: ThreadView, standings: Standings, closed: ThreadNotes['closed']): Card {
  const root = standings.get(rootKey);
  const again = root?.again ?? root?.gone;
  const uncertain = [...standings].filter(([key, { lost }]) => key !== rootKey && lost).length;
  return withNotes(view.root, { uncertain, closed, ...(again ? { again } : {}) });
}

function taskOf({ key, card }: PlacedCard, standings: Standings, urgent: boolean): Task[] {
  const before = standings.get(key);
  const { ref, gone, again, lost, wayBack, digest: said } = before ?? {};
  if (lost || (gone && again)) return [];
  const digest = digestOf(card);
  const task = { key, card, digest, urgency: urgent ? 'act' : 'progress' } as const;
  const untold = { ...task, urgency: urgent && isAlarm(card) ? 'alarm' : task.urgency } as const;
  if (!before || gone) return [{ ...untold, call: 'post', before }];
  if (!ref) return [{ ...untold, call: 'find', before }];
  if (said === digest) return [];
  const urgency = wayBack && !offersWayBack(card) ? 'alarm' : task.urgency;
  return [{ ...task, urgency, call: 'edit', before: { ...before, ref } }];
}
