import type { Person } from '../../src/core/rollout/actor.ts';
import { endOfRollback } from '../../src/core/rollout/closing.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { currentPhase } from '../../src/core/rollout/phases.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import type { RolloutState, StepState } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { type Turn, turn } from '../../src/core/rollout/turn.ts';
import {
  bob,
  done,
  doubted,
  failed,
  forApproval,
  forTime,
  iso,
  type Journal,
  journalOf,
  noon,
  waits,
} from './journal.ts';

/** What may happen next; `which` chooses among the steps that it may happen to. */
export type Happening =
  | { what: 'ends'; how: 'done' | 'failed' | 'retried' | 'doubted' | 'waits' | 'asks'; which: number }
  | { what: 'crash' }
  | { what: 'time'; by: number }
  | { what: 'pause' | 'resume' | 'abort' | 'rollback' | 'supersede' }
  | { what: 'answer' | 'retry' | 'skip' | 'settle'; which: number };

/** A worker and people around one journal, without a world: what the steps do is told to it. */
export function fakeWorld(plan: Plan, startAt?: number) {
  const journal = journalOf(plan, startAt === undefined ? {} : { startAt });
  const atWork = new Set<string>();
  let now = noon;
  let outcomes: Fact[] = [];
  let epoch = 1;

  const state = (): RolloutState => journal.folded.state;
  const people = (fact: Fact, by: Person = bob): void => void journal.add([fact], now, by);
  const pick = <T>(list: readonly T[], which: number): T | undefined =>
    list[which % Math.max(1, list.length)];
  const stepsWith = (wanted: (step: StepState) => boolean): string[] =>
    aheadOf(plan, state()).filter((id) => {
      const step = state().steps[id];
      return step !== undefined && wanted(step);
    });

  /** One turn of the loop; what it decided, checked against what must always hold. */
  function take(): Turn {
    const before = state();
    const awaited = outcomes.filter((fact) => isAwaited(before, fact));
    outcomes = [];
    const taken = turn(journal.folded, awaited, now, epoch, new Set(atWork));
    check(plan, before, journal, taken, now);
    if (taken.facts.length > 0) journal.add(taken.facts, now);
    follow(taken);
    return taken;
  }

  function follow({ next }: Turn): void {
    if (next.do === 'launch') journal.add([{ type: 'rollout.started', data: {} }], now);
    if (next.do === 'sum-up') journal.add([summedUp(next.at)], now);
    if (next.do === 'work') for (const { step } of next.work) atWork.add(step);
    if (next.do === 'stop') {
      atWork.clear();
      epoch += 1;
    }
  }

  function ends(how: string, which: number): void {
    const step = pick([...atWork], which);
    if (step === undefined) return;
    atWork.delete(step);
    outcomes.push(outcome(step, how, now));
  }

  function happen(happening: Happening): void {
    if (happening.what === 'ends') ends(happening.how, happening.which);
    else if (happening.what === 'time') now += happening.by;
    else if (happening.what === 'crash') crash();
    else if ('which' in happening) toStep(happening.what, happening.which);
    else steer(happening.what);
  }

  function crash(): void {
    atWork.clear();
    outcomes = [];
    epoch += 1;
  }

  function steer(what: 'pause' | 'resume' | 'abort' | 'rollback' | 'supersede'): void {
    const { rollback, aborted, succeeded, startedAt, paused, released, supersededBy, hypercare } = state();
    const open = !rollback && !aborted && !succeeded;
    if (what === 'pause' && open && !paused) people({ type: 'rollout.paused', data: {} });
    if (what === 'resume' && open && paused) people({ type: 'rollout.resumed', data: {} });
    if (what === 'abort' && open) people({ type: 'rollout.aborted', data: {} });
    if (what === 'supersede' && open && hypercare && released && supersededBy === undefined)
      people({ type: 'rollout.superseded', data: { by: 'test-2' } });
    const canGoBack = supersededBy === undefined && endOfRollback(plan, state()) === undefined;
    if (what === 'rollback' && startedAt !== undefined && !rollback && !succeeded && canGoBack)
      people({ type: 'rollback.requested', data: { reason: 'errors' } });
  }

  function toStep(what: 'answer' | 'retry' | 'skip' | 'settle', which: number): void {
    const wanted: Record<typeof what, (step: StepState) => boolean> = {
      answer: ({ status }) => status === 'waiting',
      retry: ({ status }) => status === 'failed' || status === 'in-doubt',
      skip: ({ status }) => ['pending', 'waiting', 'failed', 'in-doubt'].includes(status),
      settle: ({ status }) => status === 'in-doubt',
    };
    const step = pick(stepsWith(wanted[what]), which);
    if (step === undefined) return;
    const facts: Record<typeof what, Fact> = {
      answer: { type: 'step.answered', data: { step, answer: 'approve', nonce: 'n' } },
      retry: { type: 'step.reset', data: { step } },
      skip: { type: 'step.skipped', data: { step, reason: 'not needed' } },
      settle: { type: 'step.settled', data: { step, evidence: 'seen' } },
    };
    people(facts[what]);
  }

  return {
    journal,
    take,
    happen,
    atWork,
    status: () => statusOf(plan, state()),
    /** Everything goes well from now on, and people do what is asked of them. */
    help(): void {
      for (const step of [...atWork]) {
        atWork.delete(step);
        outcomes.push(done(step));
      }
      if (atWork.size > 0 || outcomes.length > 0) return;
      if (state().paused && !state().rollback) happen({ what: 'resume' });
      const stuck = stepsWith(({ status }) => status === 'failed' || status === 'in-doubt')[0];
      if (stuck) people({ type: 'step.skipped', data: { step: stuck, reason: 'does not matter' } });
      toStep('answer', 0);
      now += 3_600_000;
    },
  };
}

function summedUp(at: { checkIn: string } | 'end'): Fact {
  if (at === 'end') return { type: 'hypercare.ended', data: {} };
  return { type: 'hypercare.checked', data: { after: at.checkIn } };
}

function outcome(step: string, how: string, now: number): Fact {
  if (how === 'failed') return failed(step);
  if (how === 'retried') return failed(step, now + 5_000);
  if (how === 'doubted') return doubted(step);
  if (how === 'waits') return waits(step, forTime(now + 2_000));
  return how === 'asks' ? waits(step, forApproval(), 0) : done(step);
}

function isAwaited({ steps }: RolloutState, fact: Fact): boolean {
  if (!('step' in fact.data)) return true;
  const status = steps[fact.data.step]?.status;
  return status === 'running' || status === 'waiting';
}

/** The steps that the loop can still come to: those that people may act on. */
function aheadOf(plan: Plan, state: RolloutState): string[] {
  if (state.rollback) return state.rollback.finishedAt ? [] : plan.playbook.rollback.map(({ id }) => id);
  if (state.aborted || state.succeeded) return [];
  return (currentPhase(plan, state)?.steps ?? []).map(({ id }) => id);
}

/** Fails loudly when a turn does what must never be done. */
function check(plan: Plan, before: RolloutState, journal: Journal, { facts, next }: Turn, now: number): void {
  const wrong = (what: string): never => {
    const story = journal.events.map(({ type, data }) => `${type} ${JSON.stringify(data)}`).slice(1);
    throw new Error(`${what}\n${story.join('\n')}\nthen ${JSON.stringify(facts)}, ${JSON.stringify(next)}`);
  };
  const undo = new Set(plan.playbook.rollback.map(({ id }) => id));
  const ended = new Set(facts.flatMap((fact) => (isEnd(fact) ? [fact.data.step] : [])));
  const goingBack = before.rollback !== undefined || facts.some(({ type }) => type === 'rollback.requested');
  const closing = new Map(plan.playbook.hypercare?.end?.map((step) => [step.id, step]));
  let free = before.released;
  for (const fact of facts) {
    if (fact.type === 'rollout.released') free = true;
    if (fact.type === 'rollout.reclaimed') {
      if (!free || before.supersededBy !== undefined) wrong('takes an environment that it can not have');
      free = false;
    }
    if (fact.type !== 'step.started') continue;
    const atTheEnd = closing.get(fact.data.step);
    if (atTheEnd && before.hypercare?.endedAt === undefined) wrong(`${fact.data.step} begins before the end`);
    if (atTheEnd && !atTheEnd.always && before.supersededBy !== undefined)
      wrong(`${fact.data.step} begins though a newer rollout has the environment`);
    if (atTheEnd && !atTheEnd.always && atTheEnd.uses !== 'approval' && free)
      wrong(`${fact.data.step} begins without the environment`);
    const { step, attempt } = fact.data;
    const was = before.steps[step];
    if (was?.status !== 'pending' && !ended.has(step)) wrong(`${step} begins while it is ${was?.status}`);
    if (attempt !== (was?.attempts ?? 0) + 1) wrong(`${step} begins as attempt ${attempt}`);
    if (goingBack !== undo.has(step)) wrong(`${step} begins while the rollout goes the other way`);
    if (before.aborted && !goingBack) wrong(`${step} begins after the abort`);
    if (before.paused && !goingBack) wrong(`${step} begins during the pause`);
    if (before.succeeded || before.rollback?.finishedAt) wrong(`${step} begins after the end`);
  }
  if (next.do === 'rest' && next.until !== undefined && next.until <= now)
    wrong(`rests until ${iso(next.until)}, which is past`);
  if (facts.length > 100) wrong('a turn without an end');
}

function isEnd(fact: Fact): fact is Extract<Fact, { type: 'step.failed' | 'step.succeeded' }> {
  return fact.type === 'step.failed' || fact.type === 'step.succeeded';
}
