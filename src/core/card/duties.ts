import { type Duty, dutiesOf, openDutiesOf } from '../rollout/duties.ts';
import type { Milestone } from '../rollout/state.ts';
import type { Action, Card, Line } from './card.ts';
import type { Telling } from './telling.ts';
import { count, cut, dotted, type NamedPerson, peopleSpans, personSpan } from './words.ts';

const listed = 5;
const textLimit = 200;
/** Telegram shows at most 64 characters on a button. */
const labelLimit = 50;

/** What is still to be done after the launch, by whom and until when; due and late first. */
export function dutyLines(telling: Telling): Line[] {
  const open = openDutiesOf(telling).toSorted((a, b) => a.due.localeCompare(b.due));
  const lines = open.slice(0, listed).map((duty) => dutyLine(telling, duty));
  return open.length > listed
    ? [...lines, [`and ${count(open.length - listed, 'more duty', 'more duties')}`]]
    : lines;
}

/** What is to be done, until when and by whom. */
export function dutyLine(telling: Telling, duty: Duty): Line {
  const late = { overdue: 'overdue since ', due: 'due since ' }[duty.status as 'overdue' | 'due'] ?? 'due ';
  return dotted([
    ['To do: ', { bold: cut(duty.text, textLimit) }],
    [late, { time: duty.due }],
    ownerSpans(telling, duty, false),
  ]);
}

function ownerSpans(telling: Telling, { role, owner }: Duty, ping: boolean): Line {
  const people = ownersOf(telling, { role, owner });
  return people.length === 0 ? [role ?? owner ?? ''] : peopleSpans(people, 'or', ping);
}

function ownersOf(
  { people }: Telling,
  { role, owner }: Pick<Duty, 'role' | 'owner'>,
): readonly NamedPerson[] {
  return people(role === undefined ? [] : [role], owner === undefined ? [] : [owner]);
}

/** The Done buttons: of what is due while the rollout goes on, of all that is open once it has ended. */
export function dutyActions(telling: Telling): Action[] {
  const ended = telling.status !== 'hypercare';
  const open = openDutiesOf(telling).filter(({ status }) => ended || status !== 'open');
  return open
    .slice(0, listed)
    .map((duty) => dutyDone(telling.state.id, duty, `Done: ${cut(duty.text, labelLimit)}`));
}

/** The button that says that a duty is done. */
export function dutyDone(rollout: string, duty: Duty, label: string): Action {
  return { label, command: `done ${rollout} ${duty.id}`, style: 'primary', ask: 'evidence' };
}

/** The reminder of a duty, or that it is late: pings who has to act, and says what became of it. */
export function dutyReply(telling: Telling, { type, subject, seq }: Milestone): Card | undefined {
  const duty = dutiesOf(telling).find(({ id }) => id === subject);
  if (duty === undefined) return undefined;
  const open = duty.done === undefined && duty.cancelled === undefined;
  const late = type === 'duty-escalated';
  const who = late
    ? peopleSpans(telling.people(duty.escalate?.roles ?? []), 'and', true)
    : ownerSpans(telling, duty, true);
  const opening = late ? ['⏰ Not done since ', { time: duty.due }, ': '] : ['⏰ Due now: '];
  return {
    tone: open ? 'waiting' : 'plain',
    title: dotted([[...opening, { bold: cut(duty.text, textLimit) }], who]),
    lines: [became(duty)].filter((line) => line.length > 0),
    actions: open ? [dutyDone(telling.state.id, duty, 'Done')] : [],
    links: [],
    drawnAt: seq,
  };
}

function became({ done: said, cancelled }: Duty): Line {
  if (said) return ['✓ Done by ', personSpan(said.by), ': ', { italic: cut(said.evidence, textLimit) }];
  return cancelled ? [`– No longer needed: ${cut(cancelled.reason, textLimit)}`] : [];
}

/** What a rollback cancelled, and what it left to be done. */
export function dutiesAfterRollback(telling: Telling): Line[] {
  const cancelled = dutiesOf(telling).filter((duty) => duty.cancelled);
  if (cancelled.length === 0) return [];
  const texts = cancelled.slice(0, listed).map(({ text }) => cut(text, textLimit));
  return [[`No longer to be done: ${texts.join(' · ')}`]];
}
