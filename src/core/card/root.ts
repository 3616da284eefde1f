import { isClosing, isLetPass } from '../rollout/closing.ts';
import { stepsOf } from '../rollout/steps.ts';
import { actionsOf } from './actions.ts';
import { alertLine, openGroups } from './alert-words.ts';
import type { Card, Line, Span, Tone } from './card.ts';
import { dutyLines } from './duties.ts';
import { headline } from './headline.ts';
import { situation } from './situation.ts';
import { stepsFailed, stepsIn, stepsOver, type Telling, waitingForPeople } from './telling.ts';
import { cutFront, dotted, list, nameOfPhase, personSpan, supersededLine } from './words.ts';

/** Characters of a failed step's output on the card; the journal has more. */
const tailLimit = 2_500;

/** A rollout at a glance: what, where, how far, what now, who is waited for, and what can be done. */
export function rootCard(telling: Telling): Card {
  const chart = currentChart(telling);
  const progress = progressOf(telling);
  const tail = tailOf(telling);
  return {
    tone: toneOf(telling),
    title: titleOf(telling),
    lines: [
      headline(telling),
      ...situation(telling),
      alertLine(telling),
      ...course(telling),
      ...remarks(telling),
      ...duties(telling),
    ].filter((line) => line.length > 0),
    ...(progress === undefined ? {} : { progress }),
    ...(chart === undefined ? {} : { chart }),
    ...(tail === undefined ? {} : { tail }),
    actions: actionsOf(telling),
    links: hasEnded(telling) ? telling.atEnd : [],
  };
}

/** Its course is over: what comes later are duties. */
function hasEnded({ status }: Telling): boolean {
  return status === 'succeeded' || status === 'rolled-back' || status === 'aborted';
}

function titleOf({ plan, state }: Telling): Line {
  const where = plan.target === null ? plan.environment.name : `${plan.target} → ${plan.environment.name}`;
  const version = plan.params.version;
  return dotted([
    { bold: `${state.id} · ${where}` },
    version === undefined ? '' : String(version),
    state.startedBy === null ? '' : ['by ', personSpan(state.startedBy)],
  ]);
}

function toneOf({ status, state, now }: Telling): Tone {
  switch (status) {
    case 'running':
    case 'rolling-back':
      return 'running';
    case 'waiting':
    case 'paused':
      return 'waiting';
    case 'in-doubt':
      return 'doubt';
    case 'failed':
    case 'rollback-failed':
      return 'bad';
    case 'rolled-back':
      return 'undone';
    case 'hypercare':
      return state.hypercare?.finding === undefined && openGroups(state, now).length === 0 ? 'watch' : 'bad';
    case 'succeeded':
      return 'good';
    case 'planned':
    case 'aborted':
      return 'plain';
  }
}

function progressOf(telling: Telling): { done: number; total: number } | undefined {
  const atRest = ['planned', 'rolled-back', 'hypercare', 'succeeded'].includes(telling.status);
  if (atRest || telling.needed.length === 0) return undefined;
  return { done: stepsOver(telling).length, total: telling.needed.length };
}

function currentChart(telling: Telling): Card['chart'] {
  if (telling.status === 'hypercare') {
    const { hypercare } = telling.state;
    return hypercare?.finding?.chart ?? hypercare?.chart;
  }
  return stepsIn(telling, 'waiting', 'running', 'failed').find((step) => step.state.chart !== undefined)
    ?.state.chart;
}

/** What a question is about, else the output of the step that failed, as long as somebody has to decide about it. */
function tailOf(telling: Telling): Card['tail'] {
  const asked = waitingForPeople(telling).flatMap(({ name, state: { waiting } }) =>
    waiting?.for === 'decision' && waiting.detail !== undefined ? [{ name, text: waiting.detail }] : [],
  )[0];
  if (asked !== undefined)
    return { title: `What ${asked.name} found`, text: cutFront(asked.text, tailLimit), whole: asked.text };
  const failed = stepsFailed(telling).find((step) => step.state.detail !== undefined);
  if (failed?.state.detail === undefined) return undefined;
  const { detail } = failed.state;
  return { title: `Output of ${failed.name}`, text: cutFront(detail, tailLimit), whole: detail };
}

/** While the rollout is at work, duties would be in the way. */
function duties(telling: Telling): Line[] {
  return ['hypercare', 'succeeded', 'rolled-back', 'aborted'].includes(telling.status)
    ? dutyLines(telling)
    : [];
}

/** What comes next, and what is behind. */
function course(telling: Telling): Line[] {
  if (isClosing(telling.state)) return [];
  if (!['running', 'waiting', 'paused', 'in-doubt', 'failed'].includes(telling.status)) return [];
  const behind = telling.state.phasesDone.map((name) => `${nameOfPhase(telling.plan, name)} ✓`);
  return [dotted([nextInWords(telling), behind.length === 0 ? '' : `Behind us: ${behind.join(', ')}`])];
}

function nextInWords({ plan, needed }: Telling): Span {
  const next = needed.find(({ state }) => state.status === 'pending' && state.notBefore === undefined);
  if (next === undefined) return '';
  const phase = stepsOf(plan).get(next.id)?.phase;
  const first = needed.find(({ id }) => phase?.steps.some((step) => step.id === id));
  return `Next: ${phase?.parallel && first === next ? nameOfPhase(plan, phase.name) : next.name}`;
}

/** What somebody who comes late has to know besides: overrides, a newer rollout, failures that were let pass. */
function remarks(telling: Telling): Line[] {
  const { override, hypercare } = telling.state;
  const lines: Line[] = [];
  if (override !== undefined)
    lines.push([`Started over ${list(override.of)}: `, { italic: override.reason }]);
  lines.push(supersededLine(telling.state));
  const passed = telling.steps.filter(
    ({ step, state }) => state.status === 'failed' && isLetPass(telling.plan, step),
  );
  if (passed.length > 0 && hypercare === undefined && telling.status !== 'succeeded')
    lines.push([`Failed and let pass, as the playbook says: ${list(passed.map((step) => step.name))}`]);
  return lines;
}
