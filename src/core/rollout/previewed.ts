import type { Json } from '../json.ts';
import { interpolateWhereKnown, referencesIn } from '../playbook/expression.ts';
import { scopeOf } from '../playbook/scope.ts';
import { listed } from '../step/shown.ts';
import { newState } from './fold.ts';
import type { Plan } from './plan.ts';
import { stepName } from './steps.ts';

/** What steps are expected to find, by their ids. */
export type Expected = Readonly<Record<string, Json>>;

/** Stands for the id that a rollout gets when it is started. */
const comingId = 'this-rollout';

/**
 * A `with` for people, before anything has run: each expression that has a value by now is replaced by it, with what
 * steps are expected to find; the others stay as they are written. It is never run.
 */
export function previewedInput(plan: Plan, value: Json, expected: Expected): Json {
  const { steps: _s, rollout: _r, ...known } = scopeOf(plan, newState(plan));
  const steps = Object.fromEntries(Object.entries(expected).map(([id, output]) => [id, { output }]));
  return interpolateWhereKnown(value, { ...known, steps, rollout: { id: comingId } });
}

const expression = /\$\{\{\s*steps(?:\.(\w+)|\["([^"]+)"\])\.(\w+)[^}]*\}\}/g;

/** A whole digest stands where it is pinned; elsewhere its beginning tells which it is. */
export function withShortDigests(text: string): string {
  return text.replaceAll(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}

/** Expressions that are left in a text, as people would say them. */
export function inPlainWords(plan: Plan, text: string): string {
  return text.replaceAll(expression, (_, plain?: string, quoted?: string, field?: string) => {
    const name = `“${stepName(plan, plain ?? quoted ?? '')}”`;
    return field === 'before' ? `as it was before ${name}` : `(from ${name})`;
  });
}

function stepsRead(value: Json): { step: string; field: string | undefined }[] {
  return referencesIn(value).flatMap(([root, step, field]) =>
    root === 'steps' && step !== undefined ? [{ step, field }] : [],
  );
}

/** Whether a `with` reads what other steps leave. */
export function readsSteps(value: Json): boolean {
  return stepsRead(value).length > 0;
}

/** What a step does whose input is known only when it runs. */
export function laterInWords(plan: Plan, value: Json): string {
  const found = stepsRead(value);
  const names = [...new Set(found.map(({ step }) => `“${stepName(plan, step)}”`))];
  if (names.length === 0) return 'Known when it runs';
  const restores = found.every(({ field }) => field === 'before');
  return restores
    ? `Puts back what was captured before ${listed(names)}`
    : `Known when it runs, from ${listed(names)}`;
}
