import { formatDuration, milliseconds } from '../playbook/duration.ts';
import type { Actor } from '../rollout/actor.ts';
import { isClosingApproval } from '../rollout/closing.ts';
import type { Milestone } from '../rollout/state.ts';
import { alertCard } from './alert-card.ts';
import { callReply, endReply } from './alert-replies.ts';
import { approversAsked, holders, rolesIn, rolesOf, starter } from './asked-people.ts';
import type { Card, Line, PlacedCard, Span, Tone } from './card.ts';
import { dutiesAfterRollback, dutyReply } from './duties.ts';
import { approvalsGiven, tookInWords } from './headline.ts';
import { keptInWords, reportLines, watchedInWords } from './hypercare.ts';
import { phaseReplies, phaseReply } from './phase-reply.ts';
import { phaseTimes } from './phase-times.ts';
import { putBack } from './situation.ts';
import { type Telling, toldStepOf } from './telling.ts';
import {
  count,
  cut,
  dotted,
  list,
  type NamedPerson,
  nameOfStep,
  peopleSpans,
  personSpan,
  phaseSteps,
} from './words.ts';

const textLimit = 600;

/**
 * What happened, as replies: at most one for each milestone, keyed by the milestone's place in the journal; the alerts
 * of the rollout are one card, where the first of them came.
 * Whether a milestone gets a reply depends on the plan and on what came before it only, so replies never
 * vanish again. Only people who must act are pinged.
 */
export function repliesOf(telling: Telling): PlacedCard[] {
  const phases = phaseReplies(telling.plan, telling.state.milestones);
  return telling.state.milestones.flatMap((milestone) => {
    const card = replyTo(telling, milestone, phases.get(milestone.seq));
    return card === undefined ? [] : [{ key: keyOf(milestone), card }];
  });
}

function keyOf({ type, seq }: Milestone): string {
  return type === 'alerts-began' ? 'alerts' : `m${seq}`;
}

function replyTo(
  telling: Telling,
  milestone: Milestone,
  phases: readonly string[] | undefined,
): Card | undefined {
  const { subject = '', text = '', actor } = milestone;
  const name = nameOfStep(telling.plan, subject);
  const said = cut(text, textLimit);
  switch (milestone.type) {
    case 'phase-finished':
      return phases === undefined ? undefined : phaseReply(telling, phases);
    case 'approval-asked':
      return reply('waiting', asked('Approval asked for ', name, '', approversAsked(telling, subject)));
    case 'task-asked':
      return reply(
        'waiting',
        asked('To be done by hand: ', name, said, holders(telling, rolesOf(telling, subject))),
      );
    case 'decision-asked':
      return reply('waiting', asked('Too little to judge by: ', name, said, starter(telling)), milestone);
    case 'approved':
      return reply('good', ['✓ ', ...approvedBy(telling, subject, said === '' ? `Approved: ${name}` : said)]);
    case 'rejected':
      return reply('bad', dotted([['✗ ', { bold: name }, `: ${said}`], ...afterFailure(telling, subject)]));
    case 'step-announced':
      return reply('plain', [said]);
    case 'soak-judged':
      return reply('good', ['✓ ', { bold: name }, said === '' ? ' passed' : `: ${said}`], milestone);
    case 'step-failed':
      return failed(telling, milestone, name, said);
    case 'step-doubted':
      return reply(
        'doubt',
        dotted([['⚠️ ', { bold: `I don't know whether ${name} finished` }], said, pinged(starter(telling))]),
      );
    case 'rollback-requested':
      return reply('undone', ['↩️ ', { bold: 'Rolling back' }, ...by(actor), ': ', { italic: said }]);
    case 'rolled-back':
      return rolledBack(telling);
    case 'rollback-failed':
      return reply('bad', [
        ...dotted([['✗ The rollback is stuck at ', { bold: name }, `: ${said}`], pinged(starter(telling))]),
      ]);
    case 'hypercare-started':
      return hypercareStarted(telling);
    case 'hypercare-noticed':
      return reply(
        'bad',
        dotted([['🔥 ', { bold: 'Hypercare noticed' }, `: ${said}`], pinged(starter(telling))]),
        milestone,
      );
    case 'hypercare-checked':
      return checkedIn(telling, milestone, said);
    case 'duty-due':
    case 'duty-escalated':
      return dutyReply(telling, milestone);
    case 'hypercare-cleared':
      return reply('watch', ['✓ Back to normal', said === '' ? '' : `: ${said}`]);
    case 'aborted':
      return reply('plain', [
        { bold: 'Aborted' },
        ...by(actor),
        ...(said === '' ? [] : [': ', { italic: said }]),
      ]);
    case 'succeeded':
      return finished(telling);
    case 'overridden':
      return overridden(telling, actor, said);
    case 'plan-revised':
      return revised(telling, said);
    case 'alerts-began':
      return alertCard(telling);
    case 'alerts-called':
    case 'alerts-escalated':
      return callReply(telling, milestone);
    case 'alerts-ended':
      return endReply(said);
  }
}

function reply(tone: Tone, title: Line, milestone?: Milestone): Card {
  const chart = milestone?.chart;
  const written = title.filter((span) => span !== '');
  return {
    tone,
    title: written,
    lines: [],
    ...(chart === undefined ? {} : { chart }),
    actions: [],
    links: [],
  };
}

/** The approval in its step's own words, with the people in it as people. */
function approvedBy({ state }: Telling, id: string, said: string): Line {
  const answers = state.steps[id]?.answers ?? [];
  let rest = said;
  const spans: Span[] = [];
  for (const { by: person, answer } of answers) {
    const at = answer === 'approve' ? rest.indexOf(person.name) : -1;
    if (at < 0) continue;
    spans.push(rest.slice(0, at), personSpan(person));
    rest = rest.slice(at + person.name.length);
  }
  return [...spans, rest];
}

function asked(opening: string, name: string, said: string, people: readonly NamedPerson[]): Line {
  return dotted([[opening, { bold: name }], said === name ? '' : said, pinged(people)]);
}

function pinged(people: readonly NamedPerson[]): Line {
  return people.length === 0 ? [] : peopleSpans(people, 'and', true);
}

/** The actor, with ` by ` in front; the bot's own doing is called automatic. */
function by(actor: Actor): Line {
  return actor.kind === 'person' ? [' by ', personSpan(actor)] : [' automatically'];
}

function failed(telling: Telling, milestone: Milestone, name: string, said: string): Card {
  const title = dotted([
    ['✗ ', { bold: name }, ` failed: ${said}`],
    ...afterFailure(telling, milestone.subject ?? ''),
  ]);
  return reply('bad', title, milestone);
}

/** What the playbook does about a step that did not succeed, and who has to act. */
function afterFailure(telling: Telling, id: string): (Span | Line)[] {
  if (isClosingApproval(telling.plan, id)) return ['what it asks for stays as it is'];
  const told = toldStepOf(telling.plan, telling.state, id);
  const onFailure = told !== undefined && 'onFailure' in told.step ? told.step.onFailure : 'pause';
  switch (onFailure) {
    case 'pause':
      return ['the rollout stands until somebody decides', pinged(starter(telling))];
    case 'rollback':
      return ['the playbook rolls back now'];
    case 'continue':
      return ['the playbook lets it pass'];
  }
}

function rolledBack(telling: Telling): Card {
  const { rollback } = telling.state;
  const title: Line = ['↩️ ', { bold: 'Rolled back' }, ...(rollback === undefined ? [] : by(rollback.by))];
  return {
    ...reply('undone', title),
    lines: [putBack(telling), ...dutiesAfterRollback(telling)].filter((line) => line.length > 0),
    links: telling.atEnd,
  };
}

function hypercareStarted(telling: Telling): Card {
  const until = telling.state.hypercare?.until;
  const took = tookInWords(telling);
  const window: Line = until === undefined ? [] : ['watched until ', { time: until }];
  const watched = watchedInWords(telling.plan);
  const title = dotted([
    [{ bold: 'Hypercare' }],
    window,
    took === undefined ? '' : `the rollout took ${took}`,
  ]);
  const lines = [
    dotted([watched === undefined ? '' : `Watched: ${watched}`, keptInWords(telling.plan) ?? '']),
  ];
  return { ...reply('watch', ['👀 ', ...title]), lines: lines.filter((line) => line.length > 0) };
}

/** A check-in: what the watch had measured by then. */
function checkedIn({ state }: Telling, { seq, subject = '' }: Milestone, said: string): Card {
  const noticed = state.milestones.filter(
    (each) => each.type === 'hypercare-noticed' && each.seq < seq,
  ).length;
  const after = formatDuration(milliseconds(subject));
  const alerted = state.milestones.some((each) => each.type === 'alerts-began' && each.seq < seq);
  const quiet = alerted ? 'alerts fired' : 'nothing noticed so far';
  const sofar = noticed === 0 ? quiet : `${count(noticed, 'finding')} so far`;
  const card = reply('watch', ['👀 ', ...dotted([{ bold: `Hypercare after ${after}` }, sofar])]);
  return said === '' ? card : { ...card, lines: [[said]] };
}

function finished(telling: Telling): Card {
  const took = tookInWords(telling);
  const approvals = approvalsGiven(telling);
  const noticed = telling.state.milestones.filter(({ type }) => type === 'hypercare-noticed').length;
  const alerts = telling.state.alerts?.groups.length ?? 0;
  const found = [
    noticed === 0 ? '' : count(noticed, 'finding'),
    alerts === 0 ? '' : `${count(alerts, 'group')} of alerts`,
  ].filter((part) => part !== '');
  const watched = found.length === 0 ? 'nothing noticed in hypercare' : `${list(found)} in hypercare`;
  const title = dotted([
    [{ bold: 'Done' }, took === undefined ? '' : ` in ${took}`],
    approvals === 0 ? '' : count(approvals, 'approval'),
    telling.state.hypercare === undefined ? '' : watched,
  ]);
  const lines = [phaseTimes(telling), ...reportLines(telling)].filter((line) => line.length > 0);
  return { ...reply('good', ['🏁 ', ...title]), lines, links: telling.atEnd };
}

/** Whoever approved has to know that it no longer counts; who is asked again is pinged by the new question. */
function revised({ state }: Telling, said: string): Card {
  const since = state.startAt === undefined ? '' : ' since it was scheduled';
  return reply('waiting', [
    '📝 ',
    { bold: `The plan changed${since}` },
    ...(said === '' ? [] : [': ', { italic: said }]),
    '; approvals given before are void',
  ]);
}

/** An override is told to everybody who could approve. */
function overridden(telling: Telling, actor: Actor, said: string): Card {
  const roles = phaseSteps(telling.plan)
    .filter(({ uses }) => uses === 'approval')
    .flatMap((step) => rolesIn(step.with));
  const people = holders(telling, [...new Set(roles)]).filter(
    ({ id }) => actor.kind !== 'person' || id !== actor.id,
  );
  const of = telling.state.override?.of ?? [];
  return reply(
    'waiting',
    dotted([
      [
        { bold: `Started over ${of.length === 0 ? 'a block' : of.join(' and ')}` },
        ' by ',
        personSpan(actor),
        ': ',
        { italic: said },
      ],
      pinged(people),
    ]),
  );
}
