import type { Json } from '../core/json.ts';
import { resolveKnown } from '../core/rollout/inputs.ts';
import type { Plan } from '../core/rollout/plan.ts';
import { stepsOf } from '../core/rollout/steps.ts';
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

/** Asks each step's kind what it would do. A kind that can't tell says why; the others are told all the same. */
export function createPreview(kinds: ReadonlyMap<string, StepKind>, world: World): Preview {
  return async (plan) => {
    const { connections, name } = plan.environment;
    const lineOf = async (uses: string, given: Json): Promise<PlanLine> => {
      const kind = kinds.get(uses);
      if (!kind) return { summary: `unknown step kind ${uses}`, diff: [] };
      const input = kind.input.safeParse(given);
      if (!input.success)
        return { summary: `${kind.describe} Its input is known only when it runs.`, diff: [] };
      return kind.plan({ input: input.data, environment: { name, connections }, world }).catch(unreadable);
    };
    return Promise.all(
      [...stepsOf(plan).values()].map(async ({ step, phase }) => {
        const line = await lineOf(step.uses, resolveKnown(plan, step.with as Json));
        return {
          step: step.id,
          name: step.name ?? step.id,
          kind: step.uses,
          phase: phase?.name ?? null,
          ...line,
        };
      }),
    );
  };
}

function unreadable(error: unknown): PlanLine {
  return {
    summary: `could not be read: ${error instanceof Error ? error.message : String(error)}`,
    diff: [],
  };
}
