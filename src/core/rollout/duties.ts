import { z } from 'zod';
import type { Actor } from './actor.ts';
import type { Fact } from './event.ts';
import type { Plan } from './plan.ts';
import type { DutyMarks, RolloutState } from './state.ts';
import { stepsOf } from './steps.ts';

/** What a `reminder` step puts out: the duty that it notes. Times are ISO 8601. */
export const notedDutySchema = z.object({
  text: z.string(),
  due: z.iso.datetime(),
  role: z.string().optional(),
  owner: z.string().optional(),
  escalate: z.object({ at: z.iso.datetime(), roles: z.array(z.string()) }).optional(),
  stays: z.boolean().optional(),
});
export type NotedDuty = z.infer<typeof notedDutySchema>;

/** Something to be done after the launch, and how it stands. Its id is that of the step that noted it. */
export interface Duty extends NotedDuty, DutyMarks {
  id: string;
  /** `due`: its owner was reminded. `overdue`: others were told. */
  status: 'open' | 'due' | 'overdue' | 'done' | 'cancelled';
}

interface Of {
  plan: Plan;
  state: RolloutState;
}

const reminders = new WeakMap<Plan, readonly string[]>();

/** The steps of a plan that note duties, in its order. Most plans have few of many. */
function remindersOf(plan: Plan): readonly string[] {
  let ids = reminders.get(plan);
  if (!ids) {
    ids = [...stepsOf(plan).values()].flatMap(({ step }) => (step.uses === 'reminder' ? [step.id] : []));
    reminders.set(plan, ids);
  }
  return ids;
}

/** The duties that a rollout has noted so far, in the order of the plan. They live on after the rollout has ended. */
export function dutiesOf({ plan, state }: Of): Duty[] {
  return remindersOf(plan).flatMap((id) => {
    const now = state.steps[id];
    if (now?.status !== 'succeeded') return [];
    const noted = notedDutySchema.safeParse(now.output);
    if (!noted.success) return [];
    const marks = state.duties?.[id] ?? {};
    return [{ id, ...noted.data, ...marks, status: statusOf(marks) }];
  });
}

/** The duties that somebody still has to do. */
export function openDutiesOf(rollout: Of): Duty[] {
  return dutiesOf(rollout).filter(({ status }) => status !== 'done' && status !== 'cancelled');
}

/** Whether a duty is a person's own: by name, by a role of theirs, or because it was escalated to one. */
export function isDutyOf(duty: Duty, person: { id: string; roles: readonly string[] }): boolean {
  const roles = [
    ...(duty.role === undefined ? [] : [duty.role]),
    ...(duty.status === 'overdue' ? (duty.escalate?.roles ?? []) : []),
  ];
  return duty.owner === person.id || roles.some((role) => person.roles.includes(role));
}

function statusOf({ done, cancelled, escalatedAt, remindedAt }: DutyMarks): Duty['status'] {
  if (done) return 'done';
  if (cancelled) return 'cancelled';
  if (escalatedAt !== undefined) return 'overdue';
  return remindedAt === undefined ? 'open' : 'due';
}

/** What is to be recorded about duties now, and when to look again (milliseconds since the epoch). */
export function dutiesNow(rollout: Of, now: number): { facts: Fact[]; again?: number } {
  const steps = openDutiesOf(rollout).flatMap(nextStep);
  const facts = steps.flatMap(({ at, fact }) => (at <= now ? [fact] : []));
  const later = steps.flatMap(({ at }) => (at > now ? [at] : []));
  return later.length === 0 ? { facts } : { facts, again: Math.min(...later) };
}

/** The reminder at its time, then the escalation; each once. */
function nextStep({ id, due, escalate, status }: Duty): { at: number; fact: Fact }[] {
  if (status === 'open') return [{ at: Date.parse(due), fact: { type: 'duty.due', data: { duty: id } } }];
  if (status !== 'due' || escalate === undefined) return [];
  const fact: Fact = { type: 'duty.escalated', data: { duty: id, roles: escalate.roles } };
  return [{ at: Date.parse(escalate.at), fact }];
}

/** What a rollback makes needless: all that is open, but what stays in any case and what the rollback itself noted. */
export function cancelledByRollback(rollout: Of): Fact[] {
  const undo = new Set(rollout.plan.playbook.rollback.map(({ id }) => id));
  return openDutiesOf(rollout)
    .filter(({ id, stays }) => !stays && !undo.has(id))
    .map(({ id }) => ({
      type: 'duty.cancelled',
      data: { duty: id, reason: 'The rollout was rolled back' },
    }));
}

/** What an event says of a duty. */
export function marksAfter(
  before: DutyMarks | undefined,
  fact: Extract<Fact, { type: `duty.${string}` }>,
  { at, actor }: { at: string; actor: Actor },
): DutyMarks {
  switch (fact.type) {
    case 'duty.due':
      return { ...before, remindedAt: at };
    case 'duty.escalated':
      return { ...before, escalatedAt: at };
    case 'duty.done':
      return { ...before, done: { by: actor, at, evidence: fact.data.evidence } };
    case 'duty.cancelled':
      return { ...before, cancelled: { at, reason: fact.data.reason } };
  }
}
