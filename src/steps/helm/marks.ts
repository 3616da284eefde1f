import { shown } from '../../core/step/shown.ts';
import type { StepContext } from '../../ports/step.ts';
import { isPending, type ReleaseView, type Revision } from './release.ts';

type Marked = Pick<StepContext<unknown>, 'rollout' | 'step' | 'epoch'>;

/** What a revision that went well is described as: the same attempt of the same step never makes a second one. */
export function descriptionOf({ rollout, step }: Marked): string {
  return `cutover ${rollout.id} ${step.id} ${step.attempt}`;
}

/** A value that Kubernetes takes for a label. */
function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}

/** The labels that a revision is stored with from its first moment on, so also one that never ended. */
export function labelsOf({ rollout, step, epoch }: Marked): Record<string, string> {
  return {
    'cutover.dev/rollout': labelValue(rollout.id),
    'cutover.dev/step': labelValue(step.id),
    'cutover.dev/attempt': String(step.attempt),
    'cutover.dev/epoch': String(epoch),
  };
}

/** Who made a revision. Later revisions inherit labels, so they count only where the description says nothing else. */
export interface Maker {
  /** This very attempt. */
  isUs: boolean;
  /** In words, for people. */
  words: string;
}

/** Who a revision that is pending or has failed belongs to. */
export async function makerOf(view: ReleaseView, { revision }: Revision, context: Marked): Promise<Maker> {
  const labels = await view.labels(revision);
  const { 'cutover.dev/rollout': rollout, 'cutover.dev/step': step, 'cutover.dev/attempt': attempt } = labels;
  if (rollout === undefined) return { isUs: false, words: 'somebody outside of Cutover' };
  const own = labelsOf(context);
  const isUs = ['cutover.dev/rollout', 'cutover.dev/step', 'cutover.dev/attempt'].every(
    (name) => labels[name] === own[name],
  );
  return {
    isUs,
    words: `step ${shown(step ?? '?', 70)} of ${shown(rollout, 70)}, attempt ${attempt ?? '?'}`,
  };
}

/** What stands there of this attempt, or in its way. */
export type Standing =
  /** Nothing of it, or a revision that Helm was stopped at and that the next one comes over. */
  | { is: 'clear'; latest: Revision | undefined }
  /** It went well, and nothing came over it. */
  | { is: 'done'; own: Revision }
  /** It went well, and a later revision came over it. */
  | { is: 'overtaken'; own: Revision; latest: Revision }
  /** Helm tried it and gave up. */
  | { is: 'failed'; own: Revision }
  /** Helm began with a revision and never ended it; nothing can be deployed until that is mended. */
  | { is: 'stuck'; latest: Revision; maker: Maker };

/** Helm was ended by a signal, as when its bot dies, and had the time to say so: nothing is wrong with the release. */
function wasStopped({ description }: Revision): boolean {
  return description.endsWith('context canceled');
}

export async function standing(
  view: ReleaseView,
  history: readonly Revision[],
  context: Marked,
): Promise<Standing> {
  const latest = history.at(-1);
  const own = history.findLast(({ description }) => description === descriptionOf(context));
  if (latest === undefined) return { is: 'clear', latest };
  if (own && own !== latest) return { is: 'overtaken', own, latest };
  if (own) return { is: 'done', own };
  if (!isPending(latest) && latest.status !== 'failed') return { is: 'clear', latest };
  const maker = await makerOf(view, latest, context);
  if (isPending(latest)) return { is: 'stuck', latest, maker };
  return maker.isUs && !wasStopped(latest) ? { is: 'failed', own: latest } : { is: 'clear', latest };
}
