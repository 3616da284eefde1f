import type { Playbook, RollbackStep, Step } from './playbook.ts';

/** The way to a value in a file: keys and list positions. */
export type Path = readonly (string | number)[];

export interface Leaf {
  path: Path;
  text: string;
}

/** Every text in a value, with the way to it. */
export function texts(value: unknown, path: Path = []): Leaf[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => texts(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => texts(item, [...path, key]));
}

/** A step where it stands in the file, with what its expressions may read. */
export interface StepPlace {
  step: Step | RollbackStep;
  path: Path;
  /** Steps that are surely over, or were skipped, when this one begins. */
  earlier: ReadonlySet<string>;
  /** Why another step can't be read from here. */
  later: 'later' | 'beside';
  rollback: boolean;
}

/** Every step, in the order in which they run; a rollback step may read all steps of the phases and of hypercare's end. */
export function stepPlaces({ phases, hypercare, rollback }: Playbook): StepPlace[] {
  const places: StepPlace[] = [];
  const earlier = new Set<string>();
  const place = (step: Step | RollbackStep, path: Path, more: Pick<StepPlace, 'later' | 'rollback'>) =>
    places.push({ step, path, earlier: new Set(earlier), ...more });
  for (const [p, phase] of phases.entries()) {
    const begun: string[] = [];
    for (const [s, step] of phase.steps.entries()) {
      const later = phase.parallel ? 'beside' : 'later';
      place(step, ['phases', p, 'steps', s], { later, rollback: false });
      if (phase.parallel) begun.push(step.id);
      else earlier.add(step.id);
    }
    for (const id of begun) earlier.add(id);
  }
  for (const [e, step] of (hypercare?.end ?? []).entries()) {
    place(step, ['hypercare', 'end', e], { later: 'later', rollback: false });
    earlier.add(step.id);
  }
  for (const [r, step] of rollback.entries()) {
    place(step, ['rollback', r], { later: 'later', rollback: true });
    earlier.add(step.id);
  }
  return places;
}

/** The texts of the hypercare section in which expressions are resolved: what the watch is given, and the labels. */
export function hypercareTexts({ hypercare }: Playbook): Leaf[] {
  return [
    ...texts(hypercare?.watch?.with, ['hypercare', 'watch', 'with']),
    ...texts(hypercare?.labels, ['hypercare', 'labels']),
  ];
}

/** The values of a playbook in which expressions are resolved: each step's `with` and `when`, and the hypercare's. */
export function resolvedTexts(playbook: Playbook): Leaf[] {
  const steps = stepPlaces(playbook).flatMap(({ step, path }) => [
    ...texts(step.with, [...path, 'with']),
    ...texts(step.when, [...path, 'when']),
  ]);
  return [...steps, ...hypercareTexts(playbook)];
}
