import { Cron } from 'croner';
import type { EnvironmentState } from '../environment/state.ts';
import { milliseconds } from '../playbook/duration.ts';
import type { Policy, PolicyFreeze } from './schema.ts';
import { instantOf } from './zoned-time.ts';

/** A window in which nothing starts without an override. `until` is ISO 8601. */
export interface FrozenUntil {
  name: string;
  reason: string;
  until: string;
}

/** A window in time, milliseconds since the epoch; `to` is the first instant after it. */
export interface Window {
  from: number;
  to: number;
}

/**
 * What keeps an environment frozen at an instant, from the policy and from its journal; of several the one that
 * ends last. A recurring window begins by the wall clock of its time zone and lasts as long as its `for` says,
 * in time that really passes.
 */
export function freezeAt(policy: Policy, environment: EnvironmentState, at: number): FrozenUntil | undefined {
  const planned = policy.freezes
    .filter(({ environments }) => environments === undefined || environments.includes(environment.name))
    .flatMap((freeze) => {
      const window = windowAt(freeze, freeze.timezone ?? policy.timezone, at);
      return window ? [{ name: freeze.name, reason: freeze.reason, to: window.to }] : [];
    });
  const added = environment.freezes
    .map(({ id, from, to, reason }) => ({ name: id, reason, from: Date.parse(from), to: Date.parse(to) }))
    .filter(({ from, to }) => from <= at && at < to);
  const last = [...planned, ...added].sort((a, b) => b.to - a.to)[0];
  return last && { name: last.name, reason: last.reason, until: new Date(last.to).toISOString() };
}

/** The window of a policy's freeze that an instant lies in. */
function windowAt(freeze: PolicyFreeze, timezone: string, at: number): Window | undefined {
  const window = lastWindow(freeze, timezone, at);
  return window && window.from <= at && at < window.to ? window : undefined;
}

function lastWindow(freeze: PolicyFreeze, timezone: string, at: number): Window | undefined {
  if (freeze.every !== undefined && freeze.for !== undefined) {
    const cron = new Cron(freeze.every, { timezone, paused: true, mode: '5-part' });
    const from = cron.previousRuns(1, new Date(at + 1_000))[0]?.getTime();
    return from === undefined ? undefined : { from, to: from + milliseconds(freeze.for) };
  }
  const [from, to] = [instantOf(freeze.from ?? '', timezone), instantOf(freeze.to ?? '', timezone)];
  return from === undefined || to === undefined ? undefined : { from, to };
}
