import type { Json } from '../json.ts';
import { type Telling, toldStepOf } from './telling.ts';
import type { NamedPerson } from './words.ts';

/** Who started the rollout, and has to act when it stands. */
export function starter({ state }: Telling): readonly NamedPerson[] {
  return state.startedBy === null ? [] : [{ id: state.startedBy.id, name: state.startedBy.name }];
}

/** Everybody who holds one of these roles; nobody without any. */
export function holders(telling: Telling, roles: readonly string[]): readonly NamedPerson[] {
  return roles.length === 0 ? [] : telling.people(roles);
}

/** Whom an approval asks: holders of its roles, but the person who started the rollout. */
export function approversAsked(telling: Telling, step: string): readonly NamedPerson[] {
  return holders(telling, rolesOf(telling, step)).filter(({ id }) => id !== telling.state.startedBy?.id);
}

/** The roles that a step asks, from its input: that stays when the waiting is over. */
export function rolesOf(telling: Telling, step: string): string[] {
  const told = toldStepOf(telling.plan, telling.state, step);
  return rolesIn(told?.state.input ?? told?.step.with ?? null);
}

/** The `roles` of a step's input. */
export function rolesIn(input: Json): string[] {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return [];
  const { roles } = input;
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}
