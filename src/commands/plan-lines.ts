import { z } from 'zod';
import type { Line } from '../core/card/card.ts';
import { count, cut, list, nameOfPhase, nameOfStep } from '../core/card/words.ts';
import { closingPhaseName } from '../core/rollout/phases.ts';
import { type Plan, planDigest } from '../core/rollout/plan.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import { shownDuration } from '../core/step/deadline.ts';
import type { Does } from '../ports/step.ts';
import { type Asked, anyOf, eligible } from './asked.ts';
import type { PreviewedStep } from './call.ts';

/** A step with its number: as the thread counts them, those at hypercare's end and of the rollback apart. */
interface Numbered extends PreviewedStep {
  number: number;
  part: 'phases' | 'end' | 'rollback';
}

const changeLimit = 120;
const stepLimit = 200;

/**
 * A plan for those who sign it: first what changes and who is asked, in order, what a rollback does and what it can't
 * undo, and what is left out; then every step. A platform with little room cuts the last part only.
 */
export function planLines(plan: Plan, steps: readonly PreviewedStep[], asked: Asked): Line[] {
  const needed = numbered(plan, steps);
  const ahead = needed.filter(({ part }) => part !== 'rollback');
  return [
    ['Plan ', { code: planDigest(plan) }],
    [{ bold: 'What changes and who is asked, in this order' }],
    ...ahead.flatMap((step) => signed(plan, step, asked)).map(withDigestsOnce()),
    ...backLines(plan, needed),
    ...leftOutLines(plan, steps),
    [{ bold: 'Every step' }],
    ...everyStep(plan, needed),
  ];
}

/** How many steps there are to be, and of which sort. */
export function stepCount(plan: Plan, steps: readonly PreviewedStep[]): string {
  const needed = numbered(plan, steps).filter(({ part }) => part === 'phases');
  const amount = (...sorts: readonly Does[]) => needed.filter(({ does }) => sorts.includes(does)).length;
  const changes = amount('change', 'change for good');
  return `${count(needed.length, 'step')}: ${changes} to change something, ${amount('ask')} to ask people, ${amount('look')} to look`;
}

function numbered(plan: Plan, steps: readonly PreviewedStep[]): Numbered[] {
  const last = { phases: 0, end: 0, rollback: 0 };
  return steps.flatMap((step) => {
    if (step.does === 'nothing') return [];
    const part = partOf(plan, step.step);
    last[part] += 1;
    return [{ ...step, number: last[part], part }];
  });
}

function partOf(plan: Plan, id: string): Numbered['part'] {
  const phase = stepsOf(plan).get(id)?.phase;
  if (phase === null || phase === undefined) return 'rollback';
  return phase.name === closingPhaseName ? 'end' : 'phases';
}

/** The lines of a step that a signature is about; none of one that only looks. */
function signed(plan: Plan, step: Numbered, asked: Asked): Line[] {
  if (step.does === 'look') return [];
  const said = step.does === 'ask' ? askedInWords(plan, step, asked) : changeInWords(step);
  return [[place(step), { bold: nameOfStep(plan, step.step) }, said], ...diffLines(step)];
}

function place({ number, part }: Numbered): string {
  return part === 'end' ? `At hypercare’s end, ${number}. ` : `${number}. `;
}

function changeInWords({ does, diff, summary }: Numbered): string {
  const said = diff.length > 0 ? '' : `: ${cut(summary, changeLimit)}`;
  return does === 'change for good' ? `${said} · stays after a rollback` : said;
}

const askingSchema = z.looseObject({
  roles: z.array(z.string()),
  quorum: z.int().min(1).default(1),
  expires: z.string().optional(),
});

/** Who is asked, by name, as the policy stands now. */
function askedInWords(plan: Plan, { step, kind, summary }: Numbered, asked: Asked): string {
  const given = askingSchema.safeParse(stepsOf(plan).get(step)?.step.with);
  if (!given.success) return `: ${cut(summary, changeLimit)}`;
  const { roles, quorum, expires } = given.data;
  const approves = kind === 'approval';
  const people = eligible(asked, plan.environment.name, approves ? 'approve' : 'operate', roles);
  const who = people.length === 0 ? `${list(roles, 'or')}, whom nobody is` : anyOf(people);
  const limit = expires === undefined ? '' : `, within ${shownDuration(expires)}`;
  const votes = count(Math.max(quorum, plan.environment.quorum), 'approval');
  return approves
    ? `: needs ${votes} by ${who}, other than who starts it${limit}`
    : `: a task for ${who}${limit}`;
}

function diffLines({ diff }: Numbered): Line[] {
  return diff.map(({ what, before, after }): Line => [`• ${what}: ${before} → ${after}`]);
}

/** A digest stands whole where it comes first; after that its beginning tells which it is. */
function withDigestsOnce(): (line: Line) => Line {
  const seen = new Set<string>();
  const shorter = (digest: string) => {
    if (seen.has(digest)) return `${digest.slice(0, 19)}…`;
    seen.add(digest);
    return digest;
  };
  return (line) =>
    line.map((span) => (typeof span === 'string' ? span.replaceAll(/sha256:[0-9a-f]{64}/g, shorter) : span));
}

/** What a rollback does, in its order, and what stays all the same. */
function backLines(plan: Plan, needed: readonly Numbered[]): Line[] {
  const undo = needed.filter(({ part }) => part === 'rollback');
  const stays = needed.filter(({ does }) => does === 'change for good');
  const named = (some: readonly Numbered[]) => some.map(({ step }) => nameOfStep(plan, step)).join(' · ');
  return [
    [
      { bold: 'A rollback, in this order: ' },
      undo.map(({ number, step }) => `${number}. ${nameOfStep(plan, step)}`).join(' · ') || 'there is none',
    ],
    ...(stays.length === 0 ? [] : [[{ bold: 'It does not undo: ' }, named(stays)]]),
  ];
}

/** What is not needed, by the reason. */
function leftOutLines(plan: Plan, steps: readonly PreviewedStep[]): Line[] {
  const byReason = Map.groupBy(
    steps.filter(({ does, step }) => does === 'nothing' && partOf(plan, step) !== 'rollback'),
    ({ summary }) => summary,
  );
  return [...byReason].map(
    ([reason, some]): Line => [`${reason}: `, some.map(({ step }) => nameOfStep(plan, step)).join(' · ')],
  );
}

function everyStep(plan: Plan, needed: readonly Numbered[]): Line[] {
  return needed.flatMap((step, index): Line[] => {
    const phase = stepsOf(plan).get(step.step)?.phase;
    const before = needed[index - 1];
    const isFirst = before === undefined || stepsOf(plan).get(before.step)?.phase !== phase;
    const title = phase ? nameOfPhase(plan, phase.name) : 'If it is rolled back';
    const side = phase?.parallel ? ' (side by side)' : '';
    return [
      ...(isFirst ? [[{ bold: `${phase?.title ?? title}${side}` }]] : []),
      [`${step.number}. ${nameOfStep(plan, step.step)}: ${cut(step.summary, stepLimit)}`],
    ];
  });
}
