import { type Json, wellFormed } from '../json.ts';
import { interpolateWhereKnown, type Names, referencesIn } from '../playbook/expression.ts';
import type { Step } from '../playbook/playbook.ts';
import { scopeOf } from '../playbook/scope.ts';
import { redactJson, redactor } from '../redact.ts';
import { shown, shownValue } from '../step/shown.ts';
import type { Plan } from './plan.ts';
import type { RolloutState } from './state.ts';
import { stepName, stepsOf } from './steps.ts';

const told = new WeakMap<RolloutState, { plan: Plan; steps: ReadonlySet<string> }>();

/**
 * The steps of a plan of which it is sure by now that their `when` rules them out, whether they were skipped for it
 * already or their turn is to come. What is not known yet rules nothing out.
 */
export function notNeeded(plan: Plan, state: RolloutState): ReadonlySet<string> {
  const before = told.get(state);
  if (before?.plan === plan) return before.steps;
  const steps = new Set(ruledOut(plan, state));
  told.set(state, { plan, steps });
  return steps;
}

/** In the order of the steps: what reads a step that is ruled out is looked at with that in mind. */
function ruledOut(plan: Plan, state: RolloutState): string[] {
  const open = [...stepsOf(plan).values()].flatMap(({ step: { id, when } }) => {
    const { status = 'pending' } = state.steps[id] ?? {};
    return when !== undefined && (status === 'pending' || status === 'skipped') ? [{ id, when }] : [];
  });
  if (open.length === 0) return [];
  const { steps, rollout, ...known } = scopeOf(plan, state);
  const settled: Record<string, Json> = Object.fromEntries(
    Object.entries(steps ?? {}).filter(([id]) => isSettled(plan, state, id)),
  );
  const scope = { ...known, ...(state.startedAt === undefined ? {} : { rollout }), steps: settled };
  return open.flatMap(({ id, when }) => {
    if (interpolateWhereKnown(when, scope) !== false) return [];
    settled[id] ??= { ...neverRun };
    return [id];
  });
}

/** What stays so of a step that is ruled out, whether it is skipped in its turn or a rollback comes before. */
const neverRun = { started: false, succeeded: false, output: null, before: null };

/** Nothing more becomes of the step: it is over, or a rollback goes on past it. */
function isSettled(plan: Plan, state: RolloutState, id: string): boolean {
  const status = state.steps[id]?.status ?? 'pending';
  if (status === 'succeeded' || status === 'skipped' || status === 'rolled-back') return true;
  const overtaken = state.rollback !== undefined && stepsOf(plan).get(id)?.phase !== null;
  return overtaken && status !== 'running' && status !== 'waiting';
}

/** More than this many values are counted, not listed. */
const listed = 4;
const nameLimit = 60;
const valueLimit = 60;

/** Secrets stand in plans and journals by name only; this takes out what somebody put there as a plain value. */
const redact = redactor([]);

/** Why a step is skipped, by what its condition read as it stands now: `Not needed: via is api`. */
export function whyNotNeeded(plan: Plan, state: RolloutState, { when = '' }: Pick<Step, 'when'>): string {
  const scope = scopeOf(plan, state);
  const read = referencesIn(when).filter((path) => path.length > 1 || !isContainer(scope, path));
  const facts = read.slice(0, listed).map((path) => factOf(plan, scope, path));
  const more = read.length > listed ? [`and ${read.length - listed} more`] : [];
  return facts.length === 0
    ? 'Not needed, says the playbook'
    : `Not needed: ${[...facts, ...more].join(', ')}`;
}

/** All parameters, or all steps, are nothing that a person would be told. */
function isContainer(scope: Names, path: readonly string[]): boolean {
  const value = valueAt(scope, path);
  return value !== null && typeof value === 'object';
}

function factOf(plan: Plan, scope: Names, path: readonly string[]): string {
  const [root, first, field = 'status', ...inner] = path;
  if (root !== 'steps' || first === undefined) {
    return is(path.slice(root === 'params' ? 1 : 0), valueAt(scope, path));
  }
  const name = `“${shown(stepName(plan, first), nameLimit)}”`;
  const value = valueAt(scope, ['steps', first, field, ...inner]);
  if (field === 'started') return `${name} ${value === true ? 'began' : 'did not begin'}`;
  if (field === 'succeeded') return `${name} ${value === true ? 'succeeded' : 'did not succeed'}`;
  if (field === 'before' && inner.length === 0 && value === null)
    return `nothing was captured before ${name}`;
  const subject =
    field === 'status' && inner.length === 0
      ? name
      : `${name} ${shown([field, ...inner].join('.'), nameLimit)}`;
  return `${subject} is ${inWords(path.at(-1), value)}`;
}

function is(path: readonly string[], value: Json): string {
  return `${shown(path.join('.'), nameLimit)} is ${inWords(path.at(-1), value)}`;
}

/** On one line, cut; what goes by a secret's name, or looks like one, is not shown. */
function inWords(name: string | undefined, value: Json): string {
  if (value === null) return 'not set';
  const safe = Object.values(redactJson({ [name ?? '']: value }, redact) as Record<string, Json>)[0];
  return shownValue(safe === '' ? 'empty' : wellFormed(safe), valueLimit);
}

function valueAt(scope: Names, path: readonly string[]): Json {
  return path.reduce<Json>(
    (value, key) =>
      value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key)
        ? (value[key] ?? null)
        : null,
    scope,
  );
}
