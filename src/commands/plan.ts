import type { Line } from '../core/card/card.ts';
import { freezeAt } from '../core/policy/freeze.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Reply } from '../ports/chat.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { time } from './asked.ts';
import { type Call, channelHere, type Scene } from './call.ts';
import { choose } from './choose.ts';
import { lockStory } from './environments.ts';
import { planFor } from './plan-for.ts';
import { planLines, stepCount } from './plan-lines.ts';
import { refusalReply, reply } from './reply.ts';
import { pick } from './start.ts';

/** Shows what a start would do, or what a rollout is to do, step by step. Nothing is recorded, and the world is read at most. */
export async function plan(call: Call<'plan'>): Promise<Reply> {
  const { what } = call.command;
  const rollout = /-\d+$/.test(what) ? await call.deps.rollouts.find(what) : undefined;
  if (rollout !== undefined) return pinnedPlan(call, rollout);
  const choice = choose(call.command, call.deps, channelHere(call));
  if ('refusal' in choice) return refusalReply({ ...choice.refusal, what: 'There is no plan to show.' });
  if ('candidates' in choice) return pick(call, choice.candidates, choice.question);
  const planned = planFor(call, choice.chosen);
  if ('refusal' in planned) return refusalReply(planned.refusal);
  const title: Line = [{ bold: `Plan: ${whereOf(planned.plan)}` }, ` · ${planned.plan.playbook.name}`];
  return planReply(call, planned.plan, title, await standing(call, planned.plan));
}

/** The plan that a rollout is held to, digest and all, compared with the world as it is now. */
function pinnedPlan(call: Call<'plan'>, { plan, state }: Rollout): Promise<Reply> {
  const title: Line = [{ bold: `Plan of ${state.id}: ${whereOf(plan)}` }, ` · ${plan.playbook.name}`];
  const note = 'Its approvals hold for this plan only. What was done already shows as it stands now.';
  return planReply(call, plan, title, [...givenLines(plan), [note]]);
}

async function planReply(
  { deps, asked }: Scene,
  planned: Plan,
  title: Line,
  lines: readonly Line[],
): Promise<Reply> {
  const steps = await deps.preview(planned);
  return reply(title, [[stepCount(planned, steps)], ...lines, ...planLines(planned, steps, asked)]);
}

function whereOf({ target, environment }: Plan): string {
  return target === null ? environment.name : `${target} → ${environment.name}`;
}

function givenLines({ params }: Plan): Line[] {
  const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  return given.length > 0 ? [[`With ${given.join(', ')}`]] : [];
}

/** What would stand against a start now. */
async function standing({ deps, asked }: Scene, plan: Plan): Promise<Line[]> {
  const { environment } = plan;
  const state = await deps.rollouts.environment(environment.name);
  const frozen = freezeAt(asked.policy, state, asked.now);
  return [
    ...givenLines(plan),
    ...(state.lock ? [[lockStory(environment.name, state.lock, asked)]] : []),
    ...(frozen
      ? [[`${environment.name} is frozen until ${time(asked, frozen.until)}: “${frozen.reason}”.`]]
      : []),
    ...(state.claimedBy ? [[`${state.claimedBy} is changing ${environment.name} now.`]] : []),
  ];
}
