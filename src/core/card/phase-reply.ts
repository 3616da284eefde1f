import { formatDuration } from '../playbook/duration.ts';
import type { Step } from '../playbook/playbook.ts';
import { notNeeded } from '../rollout/not-needed.ts';
import { closingSteps } from '../rollout/phases.ts';
import type { Plan } from '../rollout/plan.ts';
import type { Milestone, StepState } from '../rollout/state.ts';
import type { Card, Line } from './card.ts';
import { spanOf } from './phase-times.ts';
import type { Telling } from './telling.ts';
import { count, cut, list, nameOfPhase, phaseSteps, stepName } from './words.ts';

/** Messages in the thread of a clean rollout, the root card among them. */
const most = 12;
const summariesShown = 4;
const summaryLimit = 100;

/** Step kinds that speak for themselves, and how many replies each makes when all goes well. */
const ownReplies: Readonly<Record<string, number>> = { approval: 2, manual: 1, announce: 1, monitor: 1 };

/**
 * Which finished phases get a reply, by the milestone's sequence number, each with the phases it tells of.
 * A playbook of many phases tells of several at once, so that a clean rollout stays within twelve messages.
 */
export function phaseReplies(plan: Plan, milestones: readonly Milestone[]): Map<number, string[]> {
  const told = new Map<number, string[]>();
  const every = phasesInOneReply(plan);
  let gathered: string[] = [];
  for (const { type, subject, seq } of milestones) {
    if (type !== 'phase-finished' || subject === undefined || !isWorthTelling(plan, subject)) continue;
    gathered.push(subject);
    if (gathered.length < every) continue;
    told.set(seq, gathered);
    gathered = [];
  }
  return told;
}

/** `✓ Preflight, 5 steps in 2 min · …`. */
export function phaseReply({ plan, state }: Telling, names: readonly string[]): Card {
  const phases = plan.playbook.phases.filter((phase) => names.includes(phase.name));
  const out = notNeeded(plan, state);
  const all = phases.flatMap((phase) => phase.steps);
  const needed = all.filter(({ id }) => !out.has(id));
  const steps = needed.flatMap(({ id }) => state.steps[id] ?? []);
  const took = spanOf(steps);
  const titles = list(phases.map((phase) => nameOfPhase(plan, phase.name)));
  const lines: Line[] = summaries(needed, state.steps);
  return {
    tone: 'good',
    title: [
      '✓ ',
      { bold: titles },
      `, ${amounts(steps, all.length - needed.length)}${took === undefined ? '' : ` in ${formatDuration(took)}`}`,
    ],
    lines,
    actions: [],
    links: [],
  };
}

function phasesInOneReply(plan: Plan): number {
  const steps = [...phaseSteps(plan), ...closingSteps(plan)].reduce(
    (sum, step) => sum + (ownReplies[step.uses] ?? 0),
    0,
  );
  const ends = plan.playbook.hypercare === undefined ? 1 : 2;
  const room = Math.max(1, most - 1 - steps - ends);
  const phases = plan.playbook.phases.filter((phase) => isWorthTelling(plan, phase.name)).length;
  return Math.max(1, Math.ceil(phases / room));
}

/** A phase of approvals and announcements alone has been told already. */
function isWorthTelling(plan: Plan, name: string): boolean {
  const phase = plan.playbook.phases.find((candidate) => candidate.name === name);
  return phase?.steps.some((step) => ownReplies[step.uses] === undefined) ?? false;
}

function amounts(steps: readonly StepState[], ruledOut: number): string {
  const parts = [count(steps.length, 'step')];
  const skipped = steps.filter(({ status }) => status === 'skipped').length;
  const failed = steps.filter(({ status }) => status === 'failed').length;
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (failed > 0) parts.push(`${failed} failed and let pass`);
  if (ruledOut > 0) parts.push(`${ruledOut} not needed`);
  return parts.join(', ');
}

function summaries(steps: readonly Step[], states: Readonly<Record<string, StepState>>): Line[] {
  const said = steps
    .filter((step) => ownReplies[step.uses] === undefined)
    .flatMap((step) => outcomeInWords(step, states[step.id]));
  if (said.length === 0) return [];
  const more = said.length > summariesShown ? [`and ${said.length - summariesShown} more`] : [];
  const shown = said.slice(0, summariesShown).map((summary) => cut(summary, summaryLimit));
  return [[{ italic: [...shown, ...more].join(' · ') }]];
}

/** A check is told by its name: what exactly it saw stands in the timeline, and is of interest only when it failed. */
function outcomeInWords(step: Step, state: StepState | undefined): string[] {
  if (state?.summary === undefined) return [];
  const isCheck = step.uses.endsWith('.check') || step.uses.endsWith('.compare');
  return [isCheck && state.status === 'succeeded' ? stepName(step) : state.summary];
}
