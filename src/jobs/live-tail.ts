import type { ThreadView } from '../core/card/card.ts';
import { stepName } from '../core/rollout/steps.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';

const linesShown = 10;

/** The thread with the last lines that a running step has printed so far, on its root card. */
export async function withLiveTail(
  { plan, state }: Rollout,
  view: ThreadView,
  tail: Rollouts['tail'],
): Promise<ThreadView> {
  if (view.root.tail || view.left) return view;
  for (const [id, { status }] of Object.entries(state.steps)) {
    if (status !== 'running') continue;
    const lines = await tail(state.id, id);
    if (lines.length === 0) continue;
    const text = lines.slice(-linesShown).join('\n');
    return { ...view, root: { ...view.root, tail: { title: stepName(plan, id), text } } };
  }
  return view;
}
