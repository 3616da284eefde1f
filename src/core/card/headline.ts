import { formatDuration } from '../playbook/duration.ts';
import type { Actor } from '../rollout/actor.ts';
import { currentPhase } from '../rollout/phases.ts';
import type { Line, Span } from './card.ts';
import { stepsFailed, stepsIn, stepsOver, type Telling, type ToldStep, waitingForPeople } from './telling.ts';
import { count, dotted, list, nameOfPhase, personSpan } from './words.ts';

/** The state of a rollout in one line. */
export function headline(telling: Telling): Line {
  switch (telling.status) {
    case 'planned':
      return planned(telling);
    case 'running':
      return dotted([{ bold: phaseInWords(telling) }, position(telling), pace(telling)]);
    case 'waiting':
      return waiting(telling);
    case 'paused':
      return paused(telling);
    case 'in-doubt':
      return dotted([{ bold: `I don't know whether ${names(stepsIn(telling, 'in-doubt'))} finished` }]);
    case 'failed':
      return dotted([{ bold: `${names(stepsFailed(telling))} failed` }, position(telling), pace(telling)]);
    case 'rolling-back':
      return rollback(telling, 'Rolling back');
    case 'rolled-back':
      return rollback(telling, 'Rolled back');
    case 'rollback-failed':
      return stuck(telling);
    case 'aborted':
      return aborted(telling);
    case 'hypercare':
      return hypercare(telling);
    case 'succeeded':
      return finished(telling);
  }
}

function planned({ state }: Telling): Line {
  if (state.startAt === undefined) return [{ bold: 'Planned' }, ': starts in a moment'];
  return [{ bold: 'Scheduled' }, ': starts at ', { time: state.startAt }];
}

function waiting(telling: Telling): Line {
  const people = waitingForPeople(telling);
  const first = people[0];
  if (first === undefined) return dotted([{ bold: phaseInWords(telling) }, position(telling), pace(telling)]);
  const kind = {
    approval: 'Waiting for approval',
    task: 'Waiting for a person',
    decision: 'A decision is needed',
  };
  const what = first.state.waiting?.for;
  const words = what === undefined || what === 'time' ? 'Waiting' : kind[what];
  return dotted([{ bold: `${words}: ${names(people)}` }, position(telling), pace(telling)]);
}

function paused(telling: Telling): Line {
  const { paused } = telling.state;
  if (paused === undefined) return [{ bold: 'Paused' }];
  const reason: Line = paused.reason === undefined ? [] : [': ', { italic: paused.reason }];
  return dotted([
    [{ bold: 'Paused' }, ' by ', personSpan(paused.by), ' since ', { time: paused.at }, ...reason],
    position(telling),
  ]);
}

function rollback({ state: { rollback } }: Telling, words: string): Line {
  if (rollback === undefined) return [{ bold: words }];
  const who: Line = rollback.by.kind === 'person' ? [' by ', personSpan(rollback.by)] : [' automatically'];
  const when: Line =
    rollback.finishedAt === undefined
      ? [' since ', { time: rollback.at }]
      : [` in ${formatDuration(Date.parse(rollback.finishedAt) - Date.parse(rollback.at))}`];
  return [{ bold: words }, ...who, ...when, ': ', { italic: rollback.reason }];
}

function stuck(telling: Telling): Line {
  const { rollback } = telling.state;
  const at = names([...stepsFailed(telling), ...stepsIn(telling, 'in-doubt')]);
  const why: Line = rollback === undefined ? [] : [{ italic: rollback.reason }, ...askedBy(rollback.by)];
  return dotted([{ bold: `The rollback is stuck at ${at}` }, why]);
}

function askedBy(actor: Actor): Line {
  return actor.kind === 'person' ? [', asked for by ', personSpan(actor)] : [];
}

function aborted({ state: { aborted } }: Telling): Line {
  if (aborted === undefined) return [{ bold: 'Aborted' }];
  const reason: Line = aborted.reason === undefined ? [] : [': ', { italic: aborted.reason }];
  return [{ bold: 'Aborted' }, ' by ', personSpan(aborted.by), ' at ', { time: aborted.at }, ...reason];
}

function hypercare(telling: Telling): Line {
  const { hypercare } = telling.state;
  if (hypercare === undefined) return [{ bold: 'Hypercare' }];
  if (hypercare.endedAt !== undefined) return closing(telling);
  const until: Span[] = [' until ', { time: hypercare.until }];
  if (hypercare.finding === undefined) {
    const quiet = telling.state.alerts === undefined ? ': nothing noticed so far' : '';
    return [{ bold: 'Hypercare' }, ...until, quiet].filter((span) => span !== '');
  }
  const { summary, at } = hypercare.finding;
  return dotted([
    [{ bold: 'Hypercare noticed something' }, ' since ', { time: at }],
    summary,
    ['watched', ...until],
  ]);
}

function closing(telling: Telling): Line {
  const people = waitingForPeople(telling);
  const kinds = {
    approval: 'waiting for approval',
    task: 'waiting for a person',
    decision: 'a decision is needed',
  };
  const what = people[0]?.state.waiting?.for;
  const asked = what === undefined || what === 'time' ? '' : `: ${kinds[what]}: ${names(people)}`;
  return dotted([{ bold: `Hypercare is over${asked}` }, position(telling)]);
}

function finished(telling: Telling): Line {
  const approvals = approvalsGiven(telling);
  const took = tookInWords(telling);
  return dotted([
    [{ bold: 'Done' }, took === undefined ? '' : ` in ${took}`],
    approvals === 0 ? '' : count(approvals, 'approval'),
    telling.state.hypercare === undefined ? '' : 'hypercare is over',
  ]);
}

/** How many approvals people gave, over all steps. */
export function approvalsGiven({ state }: Pick<Telling, 'state'>): number {
  const answers = Object.values(state.steps).flatMap((step) => step.answers);
  return answers.filter(({ answer }) => answer === 'approve').length;
}

/** How long the rollout's own work took; the watched window after it does not count. */
export function tookInWords({ state }: Pick<Telling, 'state'>): string | undefined {
  const took = duration(state.startedAt, state.hypercare?.startedAt ?? lastStepEnd(state.steps));
  const usual = state.usual === undefined ? '' : ` (usually ${formatDuration(state.usual)})`;
  return took === undefined ? undefined : `${took}${usual}`;
}

function lastStepEnd(steps: Telling['state']['steps']): string | undefined {
  return Object.values(steps)
    .flatMap((step) => step.endedAt ?? [])
    .toSorted()
    .at(-1);
}

function duration(from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined || to === undefined) return undefined;
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

function phaseInWords({ plan, state }: Telling): string {
  const phase = currentPhase(plan, state);
  return phase === undefined ? 'Finishing' : nameOfPhase(plan, phase.name);
}

function position(telling: Telling): string {
  const total = telling.needed.length;
  return total === 0 ? '' : `step ${Math.min(stepsOver(telling).length + 1, total)} of ${total}`;
}

/** `since 14:31 · usually 31 min`, and a word when it takes far longer. */
function pace({ state, now }: Telling): Line {
  if (state.startedAt === undefined) return [];
  const usual = state.usual === undefined ? '' : `usually ${formatDuration(state.usual)}`;
  const elapsed = now - Date.parse(state.startedAt);
  const slow = state.usual !== undefined && elapsed > 2 * state.usual && elapsed > 60_000;
  return dotted([['since ', { time: state.startedAt }], usual, slow ? 'slower than usual' : '']);
}

function names(steps: readonly ToldStep[]): string {
  return list(steps.map((step) => step.name));
}
