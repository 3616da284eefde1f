import { cut, nameOf } from '../core/card/words.ts';
import { type PolicyPerson, peopleNamed, peopleWith, whoMay } from '../core/policy/policy.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Duty } from '../core/rollout/duties.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, time, whoCan } from './asked.ts';

/**
 * Says that a duty is done: by its owner, by whom it was or will be escalated to, or by who may steer rollouts there.
 * The state of the rollout does not matter: duties outlive it.
 */
export function decideDutyDone(
  duty: Duty,
  evidence: string | undefined,
  asked: Asked,
  rollout: Rollout,
): Decision {
  const what = `${duty.id} was not marked done.`;
  const refusal =
    over(duty, asked, what) ??
    notTheirs(duty, asked, rollout, what) ??
    unproved(duty, evidence, rollout, what);
  if (refusal) return { refusal };
  return { facts: [{ type: 'duty.done', data: { duty: duty.id, evidence: evidence ?? '' } }] };
}

function over({ done, cancelled, text }: Duty, asked: Asked, what: string): Refusal | undefined {
  const said = cut(text, 80);
  if (done) {
    const who = done.by.id === asked.person.id ? 'You' : nameOf(done.by);
    const why = `${who} said so already at ${time(asked, done.at)} (“${said}”).`;
    return refuse('already-answered', what, why, 'Nothing more is needed from you.');
  }
  if (!cancelled) return undefined;
  const why = `It was cancelled at ${time(asked, cancelled.at)}: ${cancelled.reason} (“${said}”).`;
  return refuse('wrong-state', what, why, 'Nothing is left to do about it.');
}

function notTheirs(duty: Duty, asked: Asked, { plan }: Rollout, what: string): Refusal | undefined {
  const people = peopleFor(duty, asked, plan.environment.name);
  if (people.some(({ id }) => id === asked.person.id)) return undefined;
  const next = whoCan(people, `Nobody can: no one in policy.yaml is or has ${duty.owner ?? duty.role}.`);
  return refuse('not-allowed', what, `It is the duty of ${duty.owner ?? duty.role}.`, next);
}

function peopleFor(duty: Duty, { policy }: Asked, environment: string): PolicyPerson[] {
  const roles = [...(duty.role === undefined ? [] : [duty.role]), ...(duty.escalate?.roles ?? [])];
  const all = [
    ...peopleNamed(policy, duty.owner === undefined ? [] : [duty.owner]),
    ...peopleWith(policy, roles),
    ...whoMay(policy, environment, 'operate'),
  ];
  return all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
}

function unproved(
  { id, text }: Duty,
  evidence: string | undefined,
  { state }: Rollout,
  what: string,
): Refusal | undefined {
  if (evidence !== undefined && evidence.trim() !== '') return undefined;
  const next = `Add it at the end: \`/rollout done ${state.id} ${id} <evidence>\`.`;
  return refuse('bad-input', what, `It needs evidence that this is done: ${cut(text, 200)}.`, next);
}
