import type { Json } from '../core/json.ts';
import type { RollbackStep, Step } from '../core/playbook/playbook.ts';
import { newState } from '../core/rollout/fold.ts';
import { notNeeded } from '../core/rollout/not-needed.ts';
import type { Plan } from '../core/rollout/plan.ts';
import {
  type Expected,
  inPlainWords,
  laterInWords,
  previewedInput,
  readsSteps,
  withShortDigests,
} from '../core/rollout/previewed.ts';
import { type PlacedStep, stepsOf } from '../core/rollout/steps.ts';
import type { PlanLine, StepKind } from '../ports/step.ts';
import type { World } from '../ports/world.ts';

/** A step of a plan as it would be, with nothing touched. */
export interface PreviewLine extends PlanLine {
  step: string;
  name: string;
  kind: string;
  /** Null: a step of the rollback list. */
  phase: string | null;
}

export type Preview = (plan: Plan) => Promise<PreviewLine[]>;

/**
 * Asks each step's kind what it would do: first those that need nothing of others, then the rest, with what the first
 * expect to find. A kind that can't tell says why; the others are told all the same.
 */
export function createPreview(kinds: ReadonlyMap<string, StepKind>, world: World): Preview {
  async function lineOf(plan: Plan, step: Step | RollbackStep, expected: Expected): Promise<PlanLine> {
    const { connections, name } = plan.environment;
    const kind = kinds.get(step.uses);
    if (!kind) return { summary: `unknown step kind ${step.uses}`, diff: [] };
    if (notNeeded(plan, newState(plan)).has(step.id))
      return { summary: 'left out with these parameters', diff: [] };
    const input = kind.input.safeParse(previewedInput(plan, step.with as Json, expected));
    if (!input.success) return { summary: laterInWords(plan, step.with as Json), diff: [] };
    return kind.plan({ input: input.data, environment: { name, connections }, world }).catch(unreadable);
  }

  return async (plan) => {
    const placed = [...stepsOf(plan).values()];
    const told = new Map<string, PlanLine>();
    const tell = (some: readonly PlacedStep[], expected: Expected) =>
      Promise.all(some.map(async ({ step }) => told.set(step.id, await lineOf(plan, step, expected))));
    const isLater = ({ step }: PlacedStep) => readsSteps(step.with as Json);
    await tell(
      placed.filter((one) => !isLater(one)),
      {},
    );
    await tell(placed.filter(isLater), expectedOf(told));
    return placed.map((one) => previewLine(plan, one, told.get(one.step.id)));
  };
}

function expectedOf(told: ReadonlyMap<string, PlanLine>): Expected {
  return Object.fromEntries(
    [...told].flatMap(([step, { expected }]) => (expected === undefined ? [] : [[step, expected]])),
  );
}

/** What can be repeated without harm is no change that people have to know of when they go back. */
function previewLine(plan: Plan, { step, phase }: PlacedStep, line: PlanLine | undefined): PreviewLine {
  const { diff = [], stays } = line ?? {};
  const summary = withShortDigests(inPlainWords(plan, line?.summary ?? ''));
  const forGood = stays && phase !== null && !('repeatable' in step && step.repeatable);
  return {
    step: step.id,
    name: step.name ?? step.id,
    kind: step.uses,
    phase: phase?.name ?? null,
    summary: forGood ? `${summary} · stays after a rollback` : summary,
    diff: diff.map(({ what, before, after }) => ({ what, before, after: inPlainWords(plan, after) })),
  };
}

function unreadable(error: unknown): PlanLine {
  return {
    summary: `could not be read: ${error instanceof Error ? error.message : String(error)}`,
    diff: [],
  };
}
