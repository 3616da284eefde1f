import { endOfRollback, isClosing } from '../rollout/closing.ts';
import type { Waiting } from '../rollout/event.ts';
import type { Action } from './card.ts';
import { dutyActions } from './duties.ts';
import { stepsFailed, stepsIn, type Telling, type ToldStep, waitingForPeople } from './telling.ts';
import { cut, restorations } from './words.ts';

/** Slack shows at most 300 characters of a confirmation; other platforms stay short with it. */
const confirmLimit = 300;

type Decision = Extract<Waiting, { for: 'decision' }>['options'][number];

/** The buttons that a rollout's card has now: only those that would do what they say. */
export function actionsOf(telling: Telling): Action[] {
  switch (telling.status) {
    case 'planned':
      return [abort(telling)];
    case 'running':
    case 'waiting':
      return goingActions(telling);
    case 'paused':
      return [verb(telling, 'Resume', 'resume', 'primary'), ...wayOut(telling), ...end(telling)].filter(once);
    case 'in-doubt':
      return [
        ...stepsIn(telling, 'in-doubt').flatMap((step) => doubtActions(telling, step)),
        ...wayOut(telling),
      ];
    case 'failed':
      return [...failureActions(telling), ...wayOut(telling), ...end(telling)].filter(once);
    case 'rollback-failed':
      return rollbackFailureActions(telling);
    case 'hypercare':
      return [
        ...askedActions(telling),
        ...wayOut(telling),
        ...(isClosing(telling.state) ? [] : [extend(telling)]),
        ...dutyActions(telling),
      ];
    case 'aborted':
      return [...(somethingStands(telling) ? [rollBack(telling)] : []), ...dutyActions(telling)];
    case 'rolling-back':
      return [];
    case 'rolled-back':
    case 'succeeded':
      return dutyActions(telling);
  }
}

/** The rollback button; it names what is put back. */
export function rollBack(telling: Telling): Action {
  const back = restorations(telling.plan, telling.state);
  const restores =
    back.length === 0
      ? 'Nothing was captured so far. The steps of the rollback that apply are run.'
      : `Puts back: ${back.map(({ name, before }) => `${name}: ${before}`).join('; ')}.`;
  const { id } = telling.state;
  return {
    label: 'Roll back',
    command: `rollback ${id}`,
    style: 'danger',
    confirm: { title: `Roll back ${id}?`, text: cut(restores, confirmLimit), ok: 'Roll back' },
    ask: 'reason',
  };
}

/** Roll back where something can have been touched, else abort: one of them is there until hypercare, which is not aborted. */
function wayOut(telling: Telling): Action[] {
  if (telling.state.rollback !== undefined) return [];
  return canRollBack(telling) ? [rollBack(telling)] : end(telling);
}

function canRollBack(telling: Telling): boolean {
  const touched = Object.values(telling.state.steps).some((step) => step.started);
  const ended = endOfRollback(telling.plan, telling.state) !== undefined;
  return touched && telling.plan.playbook.rollback.length > 0 && notSuperseded(telling) && !ended;
}

function end(telling: Telling): Action[] {
  return telling.state.hypercare === undefined ? [abort(telling)] : [];
}

function somethingStands(telling: Telling): boolean {
  return notSuperseded(telling) && restorations(telling.plan, telling.state).length > 0;
}

function notSuperseded(telling: Telling): boolean {
  return telling.state.supersededBy === undefined;
}

/** A rollout can wait for a person beside steps that are busy: the buttons are the same. */
function goingActions(telling: Telling): Action[] {
  const asked = askedActions(telling);
  if (asked.length === 0) return [pause(telling), ...wayOut(telling)];
  return [...asked, ...wayOut(telling)].filter(once);
}

function askedActions(telling: Telling): Action[] {
  const waiting = waitingForPeople(telling);
  return waiting.flatMap((step) => answersTo(telling, step, waiting.length > 1));
}

function answersTo(telling: Telling, step: ToldStep, several: boolean): Action[] {
  const { id } = telling.state;
  const { waiting } = step.state;
  const named = (label: string) => (several ? `${label}: ${step.name}` : label);
  switch (waiting?.for) {
    case 'approval':
      return [
        { label: named('Approve'), command: `approve ${id} nonce=${waiting.nonce}`, style: 'primary' },
        { label: named('Reject'), command: `reject ${id} nonce=${waiting.nonce}`, ask: 'reason' },
      ];
    case 'task':
      return [done(telling, step, named('Done'), waiting.evidence !== undefined)];
    case 'decision':
      return waiting.options.map((option) => decisionAction(telling, step, option, named));
    default:
      return [];
  }
}

function decisionAction(
  telling: Telling,
  step: ToldStep,
  option: Decision,
  named: (label: string) => string,
): Action {
  switch (option) {
    case 'extend':
      return extend(telling);
    case 'proceed':
      return {
        label: named('Proceed'),
        command: `proceed ${telling.state.id} ${step.id}`,
        confirm: {
          title: `Proceed without a verdict?`,
          text: `${step.name} did not pass. You accept it as it is, and the rollout goes on.`,
          ok: 'Proceed',
        },
        ask: 'reason',
      };
    case 'retry':
      return retry(telling, step, named('Retry'));
    case 'done':
      return done(telling, step, named('Done'), true);
    case 'rollback':
      return rollBack(telling);
  }
}

function doubtActions(telling: Telling, step: ToldStep): Action[] {
  const several = stepsIn(telling, 'in-doubt').length > 1;
  const named = (label: string) => (several ? `${label}: ${step.name}` : label);
  const safe = step.step.repeatable;
  return [
    { ...retry(telling, step, named('Retry')), ...(safe ? {} : { confirm: repeatWarning(step) }) },
    done(telling, step, named('Done'), true),
  ];
}

function repeatWarning(step: ToldStep): NonNullable<Action['confirm']> {
  return {
    title: cut(`Run ${step.name} again?`, 100),
    text: 'It may have taken effect already, and the playbook does not say that repeating it is safe.',
    ok: 'Retry',
  };
}

function failureActions(telling: Telling): Action[] {
  const failed = stepsFailed(telling);
  return failed.flatMap((step) => {
    const named = (label: string) => (failed.length > 1 ? `${label}: ${step.name}` : label);
    return [retry(telling, step, named('Retry')), skip(telling, step, named('Skip'))];
  });
}

function rollbackFailureActions(telling: Telling): Action[] {
  const doubted = stepsIn(telling, 'in-doubt').flatMap((step) => doubtActions(telling, step));
  return [...failureActions(telling), ...doubted];
}

function retry(telling: Telling, step: ToldStep, label: string): Action {
  return { label, command: `retry ${telling.state.id} ${step.id}`, style: 'primary' };
}

function skip(telling: Telling, step: ToldStep, label: string): Action {
  return {
    label,
    command: `skip ${telling.state.id} ${step.id}`,
    confirm: {
      title: cut(`Skip ${step.name}?`, 100),
      text:
        telling.state.rollback === undefined
          ? 'The rollout goes on as if this step had nothing to do.'
          : 'The rollback goes on without it. What it would have put back stays as it is.',
      ok: 'Skip',
    },
    ask: 'reason',
  };
}

function done(telling: Telling, step: ToldStep, label: string, evidence: boolean): Action {
  const command = `done ${telling.state.id} ${step.id}`;
  return { label, command, style: 'primary', ...(evidence ? { ask: 'evidence' } : {}) };
}

function extend(telling: Telling): Action {
  return { label: 'Extend', command: `extend ${telling.state.id}`, ask: 'duration' };
}

function pause(telling: Telling): Action {
  return verb(telling, 'Pause', 'pause');
}

function abort(telling: Telling): Action {
  const { id } = telling.state;
  return {
    label: 'Abort',
    command: `abort ${id}`,
    style: 'danger',
    confirm: {
      title: `Abort ${id}?`,
      text: 'It stops for good, and what was changed stays as it is. Nothing is rolled back.',
      ok: 'Abort',
    },
  };
}

function verb(telling: Telling, label: string, word: string, style?: 'primary'): Action {
  return { label, command: `${word} ${telling.state.id}`, ...(style === undefined ? {} : { style }) };
}

/** The first of several buttons with the same command. */
function once(action: Action, index: number, all: readonly Action[]): boolean {
  return all.findIndex((other) => other.command === action.command) === index;
}
