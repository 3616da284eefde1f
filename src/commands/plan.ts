import type { Line } from '../core/card/card.ts';
import { count, nameOfStep } from '../core/card/words.ts';
import { freezeAt } from '../core/policy/freeze.ts';
import type { Plan } from '../core/rollout/plan.ts';
import { planDigest } from '../core/rollout/plan.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import type { Reply } from '../ports/chat.ts';
import { time } from './asked.ts';
import { type Call, channelHere, type PreviewedStep, type Scene } from './call.ts';
import { choose } from './choose.ts';
import { lockStory } from './environments.ts';
import { planFor } from './plan-for.ts';
import { refusalReply, reply } from './reply.ts';
import { pick } from './start.ts';

/** Shows what a start would do, step by step. Nothing is recorded, and the world is read at most. */
export async function plan(call: Call<'plan'>): Promise<Reply> {
  const choice = choose(call.command, call.deps, channelHere(call));
  if ('refusal' in choice) return refusalReply({ ...choice.refusal, what: 'There is no plan to show.' });
  if ('candidates' in choice) return pick(call, choice.candidates, choice.question);
  const planned = planFor(call, choice.chosen);
  if ('refusal' in planned) return refusalReply(planned.refusal);
  const steps = await call.deps.preview(planned.plan);
  return reply(titleOf(planned.plan), [
    ...(await standing(call, planned.plan)),
    ...stepLines(planned.plan, steps),
    [{ italic: `Plan ${planDigest(planned.plan).slice(0, 19)}…, nothing was touched.` }],
  ]);
}

function titleOf({ playbook, target, environment }: Plan): Line {
  const where = target === null ? environment.name : `${target} → ${environment.name}`;
  return [{ bold: `Plan: ${where}` }, ` · ${playbook.name}`];
}

/** What would stand against a start now, and how many approvals the environment asks for. */
async function standing({ deps, asked }: Scene, { environment, params }: Plan): Promise<Line[]> {
  const state = await deps.rollouts.environment(environment.name);
  const frozen = freezeAt(asked.policy, state, asked.now);
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  return [
    ...(given.length > 0 ? [[`With ${given.join(', ')}`]] : []),
    [`${count(environment.quorum, 'approval')} at least where the playbook asks`],
    ...(state.lock ? [[lockStory(environment.name, state.lock, asked)]] : []),
    ...(frozen
      ? [[`${environment.name} is frozen until ${time(asked, frozen.until)}: “${frozen.reason}”.`]]
      : []),
    ...(state.claimedBy ? [[`${state.claimedBy} is changing ${environment.name} now.`]] : []),
  ];
}

/** The lines of the steps, those of the rollback list under their own heading. */
function stepLines(plan: Plan, steps: readonly PreviewedStep[]): Line[] {
  const undo = new Set(plan.playbook.rollback.map(({ id }) => id));
  const heading = steps.findIndex(({ step }) => undo.has(step));
  return steps.flatMap((step, index): Line[] => {
    const phase = stepsOf(plan).get(step.step)?.phase;
    const first = phase !== null && phase !== undefined && phase.steps[0]?.id === step.step;
    const title =
      index === heading ? 'If it is rolled back' : first ? (phase.title ?? phase.name) : undefined;
    const side = first && phase.parallel ? ' (side by side)' : '';
    return [
      ...(title === undefined ? [] : [[{ bold: `${title}${side}` }]]),
      ...linesOf(plan, step, index + 1),
    ];
  });
}

function linesOf(plan: Plan, { step, kind, summary, diff }: PreviewedStep, number: number): Line[] {
  const changes = diff.map(({ what, before, after }): Line => [`    ${what}: ${before} → ${after}`]);
  return [[`${number}. `, { bold: nameOfStep(plan, step) }, ` (${kind}): ${summary}`], ...changes];
}
