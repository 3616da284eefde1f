import type { Json } from '../core/json.ts';
import type { RollbackStep, Step } from '../core/playbook/playbook.ts';
import { newState } from '../core/rollout/fold.ts';
import { notNeeded, whyNotNeeded } from '../core/rollout/not-needed.ts';
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
import type { Does, PlanLine, StepKind } from '../ports/step.ts';
import type { World } from '../ports/world.ts';

/** A step of a plan as it would be, with nothing touched. */
export interface PreviewLine extends PlanLine {
  step: string;
  name: string;
  kind: string;
  /** Null: a step of the rollback list. */
  phase: string | null;
  does: Does;
}

/** Said of what is changed for good. */
export const staysAfterRollback = 'stays after a rollback';

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
    if (isLeftOut(plan, step)) return { summary: whyNotNeeded(plan, newState(plan), step), diff: [] };
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
    return placed.map((one) => previewLine(plan, one, kinds.get(one.step.uses), told.get(one.step.id)));
  };
}

function expectedOf(told: ReadonlyMap<string, PlanLine>): Expected {
  return Object.fromEntries(
    [...told].flatMap(([step, { expected }]) => (expected === undefined ? [] : [[step, expected]])),
  );
}

function isLeftOut(plan: Plan, step: Step | RollbackStep): boolean {
  return notNeeded(plan, newState(plan)).has(step.id);
}

function previewLine(
  plan: Plan,
  { step, phase }: PlacedStep,
  kind: StepKind | undefined,
  line: PlanLine | undefined,
): PreviewLine {
  const { diff = [], stays = false } = line ?? {};
  const does = isLeftOut(plan, step) ? 'nothing' : doneBy(step, kind, diff.length > 0);
  const forGood = stays && phase !== null && does === 'change' && !isRepeatable(step);
  return {
    step: step.id,
    name: step.name ?? step.id,
    kind: step.uses,
    phase: phase?.name ?? null,
    does: forGood ? 'change for good' : does,
    summary: withShortDigests(inPlainWords(plan, line?.summary ?? '')),
    diff: diff.map(({ what, before, after }) => ({ what, before, after: inPlainWords(plan, after) })),
  };
}

/** What can be repeated without harm is no change that people have to know of. */
function doneBy(step: Step | RollbackStep, kind: StepKind | undefined, changes: boolean): Does {
  if (step.uses === 'approval' || step.uses === 'manual') return 'ask';
  return changes || (kind?.effect === 'once' && !isRepeatable(step)) ? 'change' : 'look';
}

function isRepeatable(step: Step | RollbackStep): boolean {
  return 'repeatable' in step && step.repeatable === true;
}

function unreadable(error: unknown): PlanLine {
  return {
    summary: `could not be read: ${error instanceof Error ? error.message : String(error)}`,
    diff: [],
  };
}
