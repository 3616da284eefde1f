import type { Action } from '../core/card/card.ts';
import type { EnvironmentFact } from '../core/environment/event.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import type { Refusal } from '../core/refusal.ts';
import { type Channel, platformSchema } from '../core/rollout/actor.ts';
import type { FactData } from '../core/rollout/event.ts';
import { type Plan, planDigest } from '../core/rollout/plan.ts';
import type { Reply } from '../ports/chat.ts';
import { iso } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Asked, lacking, time } from './asked.ts';
import { type Call, channelHere, linksTo, type Scene } from './call.ts';
import { type Chosen, choose } from './choose.ts';
import { formatCommand } from './format.ts';
import { busy, type Override, obstaclesAt, obstructed, overrideRefusal } from './obstacles.ts';
import { planFor } from './plan-for.ts';
import { refusalReply, reply } from './reply.ts';
import { type Schedule, scheduleOf, nothingStarted as what } from './schedule.ts';
import { medianOfRuns } from './usual.ts';

/** Starts a rollout, or plans one for a time. */
export async function start(call: Call<'start'>): Promise<Reply> {
  const choice = choose(call.command, call.deps, channelHere(call));
  if ('refusal' in choice) return refusalReply(choice.refusal);
  if ('candidates' in choice) return pick(call, choice.candidates, choice.question);
  const missing = lacking(call.asked, choice.chosen.environment, 'start', what);
  if (missing) return refusalReply(missing);
  const planned = planFor(call, choice.chosen);
  if ('refusal' in planned) return refusalReply(planned.refusal);
  const schedule = scheduleOf(call.command.settings?.at, call.asked);
  if ('refusal' in schedule) return refusalReply(schedule.refusal);
  return begin(call, planned.plan, schedule);
}

/** Buttons for what a word can mean, each with the whole command. */
export function pick(
  { command }: Call<'start'> | Call<'plan'>,
  candidates: readonly Chosen[],
  question: string,
): Reply {
  const actions = candidates.slice(0, 10).map(({ playbook, target, environment }): Action => {
    const settings = {
      ...(command.settings ?? { params: {} }),
      env: environment,
      ...(target === null ? {} : { target }),
    };
    const where = target === null ? environment : `${target} → ${environment}`;
    return {
      label: `${where} (${playbook.name})`,
      command: formatCommand({ name: command.name, what: playbook.name, settings }),
    };
  });
  return reply(question, ['Several things fit; nothing was done yet. Choose one.'], {
    tone: 'waiting',
    actions,
  });
}

async function begin(call: Call<'start'>, plan: Plan, schedule: Schedule): Promise<Reply> {
  const { deps, asked, command } = call;
  const { rollouts } = deps;
  const { name } = plan.environment;
  const before = await rollouts.environment(name);
  const overriding = overrideOf(command.settings?.override, asked, before, schedule);
  if ('refusal' in overriding) return refusalReply(overriding.refusal);
  const { override } = overriding;
  const decide = (environment: EnvironmentState, id: string) =>
    decideStart({ ...asked, now: deps.clock.now() }, environment, id, schedule, override);
  const early = decide(before, '');
  if ('refusal' in early) return refused(call, early.refusal, before);
  const planned = await plannedFact(call, plan, schedule, override);
  const short = plan.playbook.short ?? plan.playbook.name.split('-')[0] ?? plan.playbook.name;
  const created = await rollouts.create(short, asked.person, planned, decide);
  if ('refusal' in created) return refused(call, created.refusal, await rollouts.environment(name));
  return started(call, created.rollout, schedule);
}

/**
 * Whether a rollout may begin, and what the environment's journal is to say of it. A scheduled one claims nothing
 * yet, and a lock of today says nothing about its day: both are looked at when its time has come.
 */
export function decideStart(
  asked: Asked,
  environment: EnvironmentState,
  id: string,
  { at, scheduled }: Schedule,
  override: Override | undefined,
): { refusal: Refusal } | { environment: readonly EnvironmentFact[] } {
  if (!scheduled && environment.claimedBy !== undefined) {
    return { refusal: busy(undefined, environment, asked, what) };
  }
  const refusal = obstructed(obstaclesFor(asked, environment, { at, scheduled }), override, what);
  if (refusal) return { refusal };
  return { environment: scheduled ? [] : [{ type: 'environment.claimed', data: { rollout: id } }] };
}

function obstaclesFor({ policy }: Asked, environment: EnvironmentState, { at, scheduled }: Schedule) {
  const obstacles = obstaclesAt(policy, environment, at);
  return scheduled ? obstacles.filter(({ reason }) => reason !== 'environment-locked') : obstacles;
}

/** What an override covers: all that stands in the way as it is asked for. */
function overrideOf(
  reason: string | undefined,
  asked: Asked,
  environment: EnvironmentState,
  schedule: Schedule,
): { override: Override | undefined } | { refusal: Refusal } {
  if (reason === undefined) return { override: undefined };
  const refusal = overrideRefusal(asked, environment.name, what);
  if (refusal) return { refusal };
  const of = obstaclesAt(asked.policy, environment, schedule.at).map(({ name }) => name);
  return { override: of.length === 0 ? undefined : { of, reason } };
}

async function refused(
  { deps, asked }: Scene,
  refusal: Refusal,
  environment: EnvironmentState,
): Promise<Reply> {
  if (refusal.reason !== 'environment-busy' || environment.claimedBy === undefined)
    return refusalReply(refusal);
  return refusalReply(busy(await deps.rollouts.find(environment.claimedBy), environment, asked, what));
}

async function plannedFact(
  call: Call<'start'>,
  plan: Plan,
  { at, scheduled }: Schedule,
  override: Override | undefined,
): Promise<Omit<FactData<'rollout.planned'>, 'id'>> {
  const { name } = plan.environment;
  const earlier = await call.deps.rollouts.list({ environment: name, limit: 50 });
  const usual = medianOfRuns(earlier, plan.playbook.name);
  return {
    plan,
    digest: planDigest(plan),
    channels: channelsOf(call, name),
    ...(scheduled ? { startAt: iso(at) } : {}),
    ...(override === undefined ? {} : { override }),
    ...(usual === undefined ? {} : { usual }),
  };
}

/** Where it was started, and the rooms that follow the environment; each once. */
function channelsOf({ deps, incoming }: Scene, environment: string): Channel[] {
  const following = deps.environments().get(environment)?.channels ?? [];
  const all = [incoming.channel, ...following.flatMap(readChannel)].filter(
    ({ platform }) => platform !== 'cli',
  );
  const key = ({ platform, id }: Channel) => `${platform}:${id}`;
  return all.filter((channel, index) => all.findIndex((other) => key(other) === key(channel)) === index);
}

function readChannel(text: string): Channel[] {
  const [, platform, id = ''] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  const known = platformSchema.safeParse(platform);
  return known.success ? [{ platform: known.data, id }] : [];
}

function started(call: Call<'start'>, { plan, state }: Rollout, { at, scheduled, note }: Schedule): Reply {
  const where = plan.target === null ? plan.environment.name : `${plan.target} → ${plan.environment.name}`;
  const needless = call.command.settings?.override !== undefined && state.override === undefined;
  const lines = [
    scheduled
      ? `${where}, at ${time(call.asked, at)}. Cancel it with \`/rollout abort ${state.id}\`.`
      : `${where}. Follow it in its thread.`,
    ...(note === undefined ? [] : [note]),
    ...(needless ? ['Nothing stood in the way, so no override was recorded.'] : []),
  ];
  const title = scheduled ? `${state.id} is planned` : `${state.id} has started`;
  return reply(title, lines, { tone: 'good', links: linksTo(call, state.id) });
}
