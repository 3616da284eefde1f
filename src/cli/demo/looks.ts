import type { ThreadView } from '../../core/card/card.ts';
import { plainText } from '../../core/card/plain-text.ts';
import type { FactData, FactType, RolloutEvent } from '../../core/rollout/event.ts';
import { verifyJournal } from '../../core/rollout/verify.ts';
import type { Stage } from './stage.ts';

/** The journal, checked from the first event to the last. */
export async function proven({ checks, room }: Stage<unknown>, id: string): Promise<void> {
  const lines = (await room.journal(id)).map((event) => JSON.stringify(event));
  const verdict = verifyJournal(lines);
  checks.holds(
    `The journal of ${id} verifies`,
    !('fault' in verdict),
    'fault' in verdict ? verdict.fault : '',
  );
}

export async function newest({ room }: Stage<unknown>): Promise<string> {
  const [rollout] = await room.rollouts();
  if (rollout === undefined) throw new Error('There is no rollout.');
  return rollout.id;
}

export function approvalAsked(stage: Stage<unknown>): Promise<unknown> {
  return stage.until('the question for approval', 60, () => rootWith(stage, 'Approve', 'waiting'));
}

async function rootWith(stage: Stage<unknown>, label: string, tone: string) {
  const root = await rootIn(stage, tone);
  return root?.actions.some((action) => action.label === label) ? root : undefined;
}

export async function rootIn(stage: Stage<unknown>, tone: string) {
  const root = (await stage.thread())?.root;
  return root?.tone === tone ? root : undefined;
}

export async function ended(stage: Stage<unknown>): Promise<ThreadView | undefined> {
  const thread = await stage.thread();
  const last = thread?.replies.at(-1)?.card;
  return thread?.root.tone === 'good' && last && /Done/.test(wordsOf(last)) ? thread : undefined;
}

/** Throws as soon as the rollout stands where only a person can help. */
export async function inStatus(
  { room }: Stage<unknown>,
  id: string,
  wanted: string,
): Promise<true | undefined> {
  const { status } = await room.rollout(id);
  if (status === wanted) return true;
  const stuck = ['failed', 'in-doubt', 'rollback-failed', 'aborted', 'rolled-back', 'succeeded'];
  if (stuck.includes(status)) throw new Error(`${id} is ${status}, not ${wanted}`);
  return undefined;
}

export function approvers(journal: readonly RolloutEvent[]): string[] {
  return journal.flatMap((event) =>
    event.type === 'step.answered' && event.data.answer === 'approve' ? [event.actor.id] : [],
  );
}

export function find<T extends FactType>(
  journal: readonly RolloutEvent[],
  type: T,
  which: (data: FactData<T>) => boolean = () => true,
): FactData<T> | undefined {
  return journal
    .filter((event) => event.type === type)
    .map(({ data }) => data as FactData<T>)
    .find(which);
}

export function wordsOf(card: ThreadView['root']): string {
  return plainText(card).join(' ');
}
