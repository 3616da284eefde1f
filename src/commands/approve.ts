import { list, nameOfStep } from '../core/card/words.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Answer } from '../core/rollout/state.ts';
import { tally } from '../core/step/ballot.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, eligible, notAsked, time, whoCan } from './asked.ts';
import type { CommandOf } from './grammar.ts';
import { isPast, stale, type WaitingStep, waitingFor, wrongState } from './standing.ts';

type Vote = CommandOf<'approve'> | CommandOf<'reject'>;
type Ballot = WaitingStep<'approval'>;

/**
 * Decides on an approval or a rejection as of this moment: the state of the rollout, the person's right and role,
 * that they did not start it, that they have not answered, that the button is about the present question, and that
 * the plan is still the one that was asked about. Rejecting one's own rollout is allowed: it only stops it.
 */
export function decideVote(command: Vote, asked: Asked, rollout: Rollout): Decision {
  const found = ballotOf(command, asked, rollout);
  if ('refusal' in found) return found;
  const refusal = refusalOfVote(command, asked, rollout, found.ballot);
  return refusal ? { refusal } : { facts: [factOf(command, found.ballot)] };
}

function factOf({ name, reason }: Vote, { id, waiting }: Ballot): Fact {
  return {
    type: 'step.answered',
    data: { step: id, answer: name, nonce: waiting.nonce, ...(reason === undefined ? {} : { reason }) },
  };
}

function notDone({ name, id }: Vote): string {
  return name === 'approve'
    ? `Your approval of ${id} was not taken.`
    : `Your rejection of ${id} was not taken.`;
}

/** The question that is meant: the one of the nonce, or the only one there is. */
function ballotOf(command: Vote, asked: Asked, rollout: Rollout): { ballot: Ballot } | { refusal: Refusal } {
  const what = notDone(command);
  const ballots = waitingFor(rollout, 'approval');
  const earlier = answerOf(rollout, asked, command.nonce);
  const open = ballots.find(({ waiting }) => waiting.nonce === command.nonce);
  if (isPast(rollout) || (ballots.length === 0 && command.nonce === undefined)) {
    const refusal = earlier
      ? answered(asked, what, earlier, rollout)
      : nothingToApprove(command, asked, rollout);
    return { refusal };
  }
  if (open) return { ballot: open };
  if (command.nonce === undefined) return onlyOne(command, ballots, rollout);
  const unentitled = notAsked(asked, rollout.plan.environment.name, 'approve', [], what);
  if (unentitled) return { refusal: unentitled };
  return { refusal: earlier ? answered(asked, what, earlier, rollout) : stale(rollout, asked, what) };
}

function onlyOne(command: Vote, ballots: readonly Ballot[], { plan }: Rollout) {
  const [ballot, second] = ballots;
  if (ballot && !second) return { ballot };
  const names = list(ballots.map(({ id }) => nameOfStep(plan, id)));
  return {
    refusal: refuse(
      'bad-input',
      notDone(command),
      `${command.id} asks for several approvals: ${names}.`,
      'Press the button of the one that you mean.',
    ),
  };
}

function nothingToApprove(command: Vote, asked: Asked, rollout: Rollout): Refusal {
  const next = isPast(rollout)
    ? `Nothing is left to decide; see \`/rollout status ${command.id}\`.`
    : 'You will be asked in its thread when it needs an approval.';
  return wrongState(rollout, asked, notDone(command), next, 'No approval is asked for.');
}

/** The person's own answer, to this nonce or to any. */
function answerOf({ state }: Rollout, { person }: Asked, nonce: string | undefined): Answer | undefined {
  const answers = Object.values(state.steps).flatMap((step) => step.answers);
  return answers.findLast(
    ({ by, answer, ...rest }) =>
      by.id === person.id &&
      (answer === 'approve' || answer === 'reject') &&
      (nonce === undefined || rest.nonce === nonce),
  );
}

function answered(asked: Asked, what: string, answer: Answer, { state }: Rollout): Refusal {
  const did = answer.answer === 'approve' ? 'approved' : 'rejected';
  return refuse(
    'already-answered',
    what,
    `You ${did} it already, at ${time(asked, answer.at)}; one person is one vote.`,
    `Nothing more is needed from you; see \`/rollout status ${state.id}\`.`,
  );
}

function refusalOfVote(command: Vote, asked: Asked, rollout: Rollout, ballot: Ballot): Refusal | undefined {
  const what = notDone(command);
  const { waiting, step } = ballot;
  const environment = rollout.plan.environment.name;
  const over = expired(ballot, asked, rollout, what);
  const starter = rollout.state.startedBy?.id;
  const unentitled = notAsked(asked, environment, 'approve', waiting.roles, what, starter);
  if (over ?? unentitled) return over ?? unentitled;
  if (command.name === 'approve' && starter === asked.person.id) {
    return ownRollout(asked, rollout, ballot, what);
  }
  const earlier = step.answers.find(
    ({ by, nonce, answer }) => by.id === asked.person.id && nonce === waiting.nonce && answer !== 'extend',
  );
  if (earlier) return answered(asked, what, earlier, rollout);
  return decided(ballot, asked, rollout, what) ?? planChanged(ballot, rollout, what);
}

function ballotTally({ step, waiting }: Ballot, rollout: Rollout) {
  return tally(step.answers, {
    nonce: waiting.nonce,
    from: 0,
    until: waiting.until === undefined ? null : Date.parse(waiting.until),
    quorum: waiting.quorum,
    notBy: rollout.state.startedBy?.id ?? '',
  });
}

function expired(ballot: Ballot, asked: Asked, rollout: Rollout, what: string): Refusal | undefined {
  const { waiting } = ballot;
  const until = waiting.until === undefined ? null : Date.parse(waiting.until);
  if (until === null || asked.now < until || asked.now < (ballotTally(ballot, rollout).until ?? 0))
    return undefined;
  return refuse(
    'wrong-state',
    what,
    `The time to answer ended at ${time(asked, until)}.`,
    `Ask again with \`/rollout retry ${rollout.state.id} ${ballot.id}\`, or roll back.`,
  );
}

function ownRollout(asked: Asked, { plan, state }: Rollout, { waiting }: Ballot, what: string): Refusal {
  const others = eligible(asked, plan.environment.name, 'approve', waiting.roles).filter(
    ({ id }) => id !== asked.person.id,
  );
  return refuse(
    'own-rollout',
    what,
    `You started ${state.id}, so someone else has to approve it.`,
    whoCan(others, `Nobody else can: name another approver for ${plan.environment.name} in policy.yaml.`),
  );
}

/** The first decision stands, also before the rollout has moved on because of it. */
function decided(ballot: Ballot, asked: Asked, rollout: Rollout, what: string): Refusal | undefined {
  const { approved, rejected } = ballotTally(ballot, rollout);
  const next = `See \`/rollout status ${rollout.state.id}\`.`;
  if (rejected) {
    const why = `${rejected.by.name} rejected it at ${time(asked, rejected.at)}.`;
    return refuse('already-answered', what, why, next);
  }
  if (approved.length < ballot.waiting.quorum) return undefined;
  const names = list(approved.map(({ by }) => by.name));
  return refuse('already-answered', what, `It was approved already, by ${names}.`, next);
}

function planChanged({ waiting }: Ballot, { state }: Rollout, what: string): Refusal | undefined {
  if (waiting.digest === state.digest) return undefined;
  return refuse(
    'plan-changed',
    what,
    'This approval was asked for another plan; the plan has changed since.',
    `See what changed with \`/rollout status ${state.id}\`, and answer the new question in its thread.`,
  );
}
