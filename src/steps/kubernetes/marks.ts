import type { ObjectMeta } from '../../ports/kubernetes.ts';
import type { StepContext } from '../../ports/step.ts';

/** What stands on everything that a rollout writes. */
export const mark = {
  rollout: 'cutover.dev/rollout',
  step: 'cutover.dev/step',
  epoch: 'cutover.dev/epoch',
  playbook: 'cutover.dev/playbook',
  source: 'cutover.dev/copied-from',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

export type Marks = Record<string, string>;

/** A newer worker of this rollout wrote there already: this one has to stop. */
export class StaleEpoch extends Error {
  override readonly name = 'StaleEpoch';
}

/** Annotations of what a step writes. */
export function marksOf({ rollout, step, epoch }: StepContext<unknown>): Marks {
  return {
    [mark.rollout]: rollout.id,
    [mark.step]: step.id,
    [mark.epoch]: String(epoch),
    [mark.playbook]: rollout.playbook,
  };
}

/** Labels of what a step makes, so that it is found by them. */
export function ownLabels({ rollout }: StepContext<unknown>): Marks {
  return { [mark.managedBy]: 'cutover', [mark.rollout]: rollout.id };
}

/** The marks that stand on an object, with null for those that don't. */
export function marksOn(metadata: ObjectMeta): Record<string, string | null> {
  const names = [mark.rollout, mark.step, mark.epoch, mark.playbook];
  return Object.fromEntries(names.map((name) => [name, metadata.annotations?.[name] ?? null]));
}

/** Throws when a newer worker of this rollout wrote this object. */
export function refuseStale({ rollout, epoch }: StepContext<unknown>, { annotations }: ObjectMeta): void {
  const theirs = Number(annotations?.[mark.epoch] ?? 0);
  if (annotations?.[mark.rollout] === rollout.id && theirs > epoch)
    throw new StaleEpoch(`a newer worker holds ${rollout.id} (epoch ${theirs}, this one has ${epoch})`);
}

/** Whether this playbook made the object, in this rollout or an earlier one. */
export function isOurs({ rollout }: StepContext<unknown>, { labels, annotations }: ObjectMeta): boolean {
  return labels?.[mark.managedBy] === 'cutover' && annotations?.[mark.playbook] === rollout.playbook;
}
