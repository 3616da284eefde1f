import type { Json } from '../json.ts';
import { referencesIn } from '../playbook/expression.ts';
import type { RollbackStep, Step } from '../playbook/playbook.ts';
import type { Actor, Platform } from '../rollout/actor.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { stepsOf } from '../rollout/steps.ts';
import type { Line, Span } from './card.ts';

const platformNames: Readonly<Record<Platform, string>> = {
  slack: 'Slack',
  telegram: 'Telegram',
  console: 'the console',
  cli: 'the command line',
};

/** A platform as people call it. */
export function platformName(platform: Platform): string {
  return platformNames[platform];
}

/** A person of the policy, as cards name them. */
export interface NamedPerson {
  id: string;
  name: string;
}

/** Everybody who holds one of these roles, and the people of these ids. */
export type PeopleWithRoles = (roles: readonly string[], ids?: readonly string[]) => readonly NamedPerson[];

/** Cuts a text to at most `limit` UTF-16 units, on a whole character, and shows that it was cut. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
}

/** Cuts a text at its front: of an output the end matters. */
export function cutFront(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.length - limit + 1;
  const splitsPair = /[\uDC00-\uDFFF]/.test(text.charAt(start));
  return `…${text.slice(splitsPair ? start + 1 : start)}`;
}

/** `green-stack` as people read it: `Green stack`. */
export function humanise(identifier: string): string {
  const words = identifier.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function stepName(step: Step | RollbackStep): string {
  return step.name ?? humanise(step.id);
}

/** What people call a step, whether it stands in a phase or in the rollback list. */
export function nameOfStep(plan: Plan, id: string): string {
  const placed = stepsOf(plan).get(id);
  return placed === undefined ? humanise(id) : stepName(placed.step);
}

export function nameOfPhase(plan: Plan, name: string): string {
  return plan.playbook.phases.find((phase) => phase.name === name)?.title ?? humanise(name);
}

/** The steps of all phases, in order. */
export function phaseSteps(plan: Plan): Step[] {
  return plan.playbook.phases.flatMap((phase) => phase.steps);
}

/** `a, b and c`. */
export function list(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** `1 step`, `2 steps`. */
export function count(amount: number, word: string, several = `${word}s`): string {
  return `${amount} ${amount === 1 ? word : several}`;
}

export function nameOf(actor: Actor): string {
  return actor.kind === 'person' ? actor.name : 'Cutover';
}

export function personSpan(actor: Actor): Span {
  return actor.kind === 'person' ? { person: actor.id, name: actor.name, via: actor.via } : nameOf(actor);
}

/** People as spans, `a, b or c`; with `ping` the platform notifies them. */
export function peopleSpans(people: readonly NamedPerson[], conjunction: 'and' | 'or', ping = false): Line {
  return people.flatMap((person, index): Span[] => {
    const span = { person: person.id, name: person.name, ...(ping ? { ping } : {}) };
    if (index === 0) return [span];
    return [index === people.length - 1 ? ` ${conjunction} ` : ', ', span];
  });
}

/** Joins several spans or groups of spans by ` · `, leaving out what is empty. */
export function dotted(parts: readonly (Span | Line)[]): Line {
  const groups = parts.map((part) => (Array.isArray(part) ? (part as Line) : [part as Span]));
  return groups
    .filter((group) => group.length > 0 && group.some((span) => span !== ''))
    .flatMap((group, index): Line => (index === 0 ? group : [' · ', ...group]));
}

/** A captured value in a few words: `api → blue, app → blue`; what lies deeper in brackets, unless it is one thing. */
export function valueInWords(value: Json, limit = 80): string {
  return cut(inWords(value), limit);
}

function inWords(value: Json): string {
  if (value === null || typeof value !== 'object') return String(value);
  const words = Array.isArray(value)
    ? value.map(innerInWords)
    : Object.entries(value).map(([key, inner]) => `${key} → ${innerInWords(inner)}`);
  return words.length === 0 ? 'nothing' : words.join(', ');
}

function innerInWords(value: Json): string {
  if (value === null || typeof value !== 'object') return String(value);
  const [only, ...others] = Object.values(value);
  if (Array.isArray(value) && only !== undefined && others.length === 0) return innerInWords(only);
  return Object.keys(value).length === 0 ? 'nothing' : `(${inWords(value)})`;
}

/** What was captured before each change that the rollback list puts back, in the list's order. */
export function restorations(
  plan: Plan,
  state: RolloutState,
): { step: string; name: string; before: string; value: Json }[] {
  const found = new Map<string, Json>();
  for (const rollback of plan.playbook.rollback) {
    for (const [root, id, field] of referencesIn(rollback.with as Json)) {
      if (root !== 'steps' || id === undefined || field !== 'before') continue;
      const before = state.steps[id]?.before;
      if (before !== undefined) found.set(id, before);
    }
  }
  return [...found].map(([step, value]) => ({
    step,
    name: nameOfStep(plan, step),
    before: valueInWords(value),
    value,
  }));
}

/** What a rollback restores, in the few words that fit on its button: `api, app → blue`. Empty when nothing was captured. */
export function restoredInBrief(plan: Plan, state: RolloutState, limit: number): string {
  const [first, ...others] = restorations(plan, state);
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${cut(valueInBrief(first.value), limit - more.length)}${more}`;
}

/** As `valueInWords`, names with the same value together. */
function valueInBrief(value: Json): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return valueInWords(value);
  const entries = Object.entries(value);
  if (entries.some(([, inner]) => inner !== null && typeof inner === 'object')) return valueInWords(value);
  const names = new Map<string, string[]>();
  for (const [key, inner] of entries) names.set(String(inner), [...(names.get(String(inner)) ?? []), key]);
  return [...names].map(([inner, keys]) => `${keys.join(', ')} → ${inner}`).join(', ');
}

/**
 * What stands changed in the world: steps that captured what was there before and were not undone, with what
 * they say they did. `certain` is false where a step began and did not end well: it may have taken effect.
 */
export function changes(plan: Plan, state: RolloutState): { what: string; certain: boolean }[] {
  return phaseSteps(plan).flatMap((step) => {
    const known = state.steps[step.id];
    if (step.capture === undefined || known?.before === undefined) return [];
    if (known.status === 'rolled-back') return [];
    const certain = known.status === 'succeeded';
    return [{ what: (certain ? known.summary : undefined) ?? stepName(step), certain }];
  });
}

/** Why a rollout is not rolled back any more, where a newer one has taken its place. */
export function supersededLine({ supersededBy, supersession }: RolloutState): Line {
  if (supersededBy === undefined) return [];
  const who: Line = supersession?.by.kind === 'person' ? [' by ', personSpan(supersession.by)] : [];
  const when: Line = supersession === undefined ? [' since'] : [' at ', { time: supersession.at }];
  return [
    `${supersededBy} was started`,
    ...who,
    ...when,
    ': this rollout is not rolled back from here any more.',
  ];
}
