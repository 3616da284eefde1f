import type { Card } from '../../core/card/card.ts';
import type { Json } from '../../core/json.ts';
import type { Panel } from '../../core/rollout/chart.ts';
import type { Chart, Waiting } from '../../core/rollout/event.ts';
import { closingSteps } from '../../core/rollout/phases.ts';
import type { Answer } from '../../core/rollout/state.ts';
import { stepsOf } from '../../core/rollout/steps.ts';
import { describeRollout, type RolloutView } from '../../core/rollout/view.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';

/** One step as the rollout page shows it. `with` is the plan's, secrets by name only. */
export interface StepDetail {
  id: string;
  with: Json;
  when?: string;
  onFailure?: string;
  waiting?: Waiting;
  detail?: string;
  before?: Json;
  output?: Json;
  known?: readonly string[];
  answers: readonly Answer[];
  /** The last lines of output while it runs. */
  tail: readonly string[];
  /** The last point of each series; the picture has the rest. */
  chart: Chart | null;
}

/** `GET /console/rollouts/:id`: everything that the rollout page shows but the journal. */
export interface RolloutDetail {
  view: RolloutView;
  /** The root card as it stands now. */
  card: Card;
  phases: readonly { name: string; title: string; parallel: boolean; steps: readonly string[] }[];
  /** The steps at hypercare's end. */
  end: readonly string[];
  rollback: readonly string[];
  steps: readonly StepDetail[];
  hypercare: { until: string; finding?: string; chart: Chart | null } | null;
}

async function stepDetail(rollout: Rollout, id: string, tails: Rollouts['tail']): Promise<StepDetail> {
  const placed = stepsOf(rollout.plan).get(id);
  const now = rollout.state.steps[id];
  const step = placed?.step;
  return {
    id,
    with: step?.with ?? {},
    ...(step?.when === undefined ? {} : { when: step.when }),
    ...(step === undefined || !('onFailure' in step) ? {} : { onFailure: step.onFailure }),
    ...(now?.waiting === undefined || now.status !== 'waiting' ? {} : { waiting: now.waiting }),
    ...(now?.detail === undefined ? {} : { detail: now.detail }),
    ...(now?.before === undefined ? {} : { before: now.before }),
    ...(now?.output === undefined ? {} : { output: now.output }),
    ...(now?.known === undefined ? {} : { known: now.known }),
    answers: now?.answers ?? [],
    tail: now?.status === 'running' ? await tails(rollout.state.id, id) : [],
    chart: outlineOf(now?.chart),
  };
}

function outlineOf(chart: Chart | undefined): Chart | null {
  if (chart === undefined) return null;
  const { panels, ...first } = chart;
  return {
    ...withLastPoints(first),
    ...(panels === undefined ? {} : { panels: panels.map(withLastPoints) }),
  };
}

function withLastPoints<T extends Panel>(panel: T): T {
  return { ...panel, series: panel.series.map(({ name, points }) => ({ name, points: points.slice(-1) })) };
}

export async function rolloutDetail(
  rollout: Rollout,
  rollouts: Pick<Rollouts, 'tail'>,
  rootCard: (rollout: Rollout) => Card,
): Promise<RolloutDetail> {
  const { plan, state } = rollout;
  const tails: Rollouts['tail'] = (id, step) => rollouts.tail(id, step);
  const ids = [...stepsOf(plan).keys()];
  const { hypercare } = state;
  return {
    view: describeRollout(rollout),
    card: rootCard(rollout),
    phases: plan.playbook.phases.map(({ name, title, parallel, steps }) => ({
      name,
      title: title ?? name,
      parallel,
      steps: steps.map(({ id }) => id),
    })),
    end: closingSteps(plan).map(({ id }) => id),
    rollback: plan.playbook.rollback.map(({ id }) => id),
    steps: await Promise.all(ids.map((id) => stepDetail(rollout, id, tails))),
    hypercare: hypercare
      ? {
          until: hypercare.until,
          chart: outlineOf(hypercare.finding?.chart ?? hypercare.chart),
          ...(hypercare.finding ? { finding: hypercare.finding.summary } : {}),
        }
      : null,
  };
}
