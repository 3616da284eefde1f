import type { Actor } from '../rollout/actor.ts';
import type { Waiting } from '../rollout/event.ts';
import type { Line, Span } from './card.ts';
import { type Telling, type ToldStep, waitingForPeople } from './telling.ts';
import { count, cut, dotted, list, type NamedPerson, peopleSpans, personSpan } from './words.ts';

const lineLimit = 300;
/** Of a digest: `sha256:` and twelve characters. */
const digestShown = 19;

type Approval = Extract<Waiting, { for: 'approval' }>;
type Task = Extract<Waiting, { for: 'task' }>;
type Decision = Extract<Waiting, { for: 'decision' }>;

/** Who may answer an approval: holders of its roles, but the person who started the rollout and who answered. */
function approvers(telling: Telling, step: ToldStep, waiting: Approval): readonly NamedPerson[] {
  const answered = new Set(step.state.answers.map((answer) => answer.by.id));
  return telling
    .people(waiting.roles)
    .filter((person) => person.id !== telling.state.startedBy?.id && !answered.has(person.id));
}

/** What people are asked, who they are, since when and until when. */
export function waitingLines(telling: Telling): Line[] {
  return waitingForPeople(telling).flatMap((step) => {
    const { waiting } = step.state;
    switch (waiting?.for) {
      case 'approval':
        return approvalLines(telling, step, waiting);
      case 'task':
        return taskLines(telling, step, waiting);
      case 'decision':
        return decisionLines(waiting);
      default:
        return [];
    }
  });
}

function approvalLines(telling: Telling, step: ToldStep, waiting: Approval): Line[] {
  const given = step.state.answers.filter((answer) => answer.answer === 'approve').map((answer) => answer.by);
  const missing = waiting.quorum - new Set(given.map((person) => person.id)).size;
  const who = peopleSpans(approvers(telling, step, waiting), 'or');
  const asked: Line =
    missing <= 0
      ? []
      : [
          given.length === 0 ? `${count(missing, 'approval')} by ` : `${missing} more by `,
          ...(who.length === 0 ? [list(waiting.roles, 'or')] : who),
          ...askedSpans(step),
          ...untilSpans(waiting.until),
        ];
  const soFar: Line =
    given.length === 0 ? [] : [`${given.length} of ${waiting.quorum}: `, ...namesWithTick(given)];
  const what = waiting.what === step.name ? [] : [[`What will happen: ${cut(waiting.what, lineLimit)}`]];
  return [dotted([soFar, asked]), ...what, planLine(telling)];
}

/** What is signed. The digest shows whether two people read the same plan. */
function planLine({ state }: Telling): Line {
  const short = `${state.digest.slice(0, digestShown)}…`;
  return ['What is approved: ', { code: `/rollout plan ${state.id}` }, ' · plan ', { code: short }];
}

function namesWithTick(people: readonly Actor[]): Line {
  return people.flatMap((person, index) => [...(index === 0 ? [] : [', ']), personSpan(person), ' ✓']);
}

function taskLines(telling: Telling, step: ToldStep, waiting: Task): Line[] {
  const who = peopleSpans(telling.people(waiting.roles), 'or');
  const evidence = waiting.evidence === undefined ? '' : `evidence: ${cut(waiting.evidence, lineLimit)}`;
  return [
    [cut(waiting.instructions, 2 * lineLimit)],
    ...(waiting.what === step.name ? [] : [[cut(waiting.what, lineLimit)]]),
    dotted([
      [
        'For ',
        ...(who.length === 0 ? [list(waiting.roles, 'or')] : who),
        ...askedSpans(step),
        ...untilSpans(waiting.until),
      ],
      evidence,
    ]),
  ];
}

function decisionLines(waiting: Decision): Line[] {
  return [[cut(waiting.question, 2 * lineLimit), ...untilSpans(waiting.until)]];
}

/** People who come late see how long the others have been waited for. */
function askedSpans({ state }: ToldStep): Span[] {
  return state.startedAt === undefined ? [] : [', asked at ', { time: state.startedAt }];
}

function untilSpans(until: string | undefined): Span[] {
  return until === undefined ? [] : [', until ', { time: until }];
}
