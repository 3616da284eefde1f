import type { Line } from '../core/card/card.ts';
import { cardSeenFrom } from '../core/card/seen-from.ts';
import { threadOf } from '../core/card/thread.ts';
import { nameOf } from '../core/card/words.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import { freezeAt } from '../core/policy/freeze.ts';
import type { Policy } from '../core/policy/schema.ts';
import { refuse } from '../core/refusal.ts';
import type { Reply } from '../ports/chat.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { time } from './asked.ts';
import {
  type Call,
  channelHere,
  environmentNames,
  linksTo,
  peopleOf,
  reportLinks,
  type Scene,
} from './call.ts';
import { unknownEnvironment } from './environments.ts';
import { refusalReply, reply } from './reply.ts';
import { statusOfRollout } from './standing.ts';
import { durationOf } from './usual.ts';

/** A rollout as its root card tells of it. */
export function statusCard(scene: Scene, { plan, state }: Rollout): Reply {
  const now = scene.deps.clock.now();
  const { root } = threadOf(plan, state, peopleOf(scene), now, {
    links: linksTo(scene, state.id),
    atEnd: reportLinks(scene, state.id).slice(0, 1),
  });
  return { ok: true, card: cardSeenFrom(scene.incoming.channel.platform, root) };
}

/** The rollouts under way in the channel's environment, or in all where the channel has none; newest first. */
export function underWayHere(scene: Scene): Promise<Rollout[]> {
  const { environment } = channelHere(scene);
  return scene.deps.rollouts.list({
    active: true,
    limit: 20,
    ...(environment === undefined ? {} : { environment }),
  });
}

export async function status(call: Call<'status'>): Promise<Reply> {
  const { id } = call.command;
  if (id === undefined) return statusHere(call);
  const rollout = await call.deps.rollouts.find(id);
  return rollout ? statusCard(call, rollout) : refusalReply(unknownRollout(id));
}

export function unknownRollout(id: string) {
  return refuse(
    'unknown-rollout',
    'Nothing was done.',
    `There is no rollout \`${id}\`.`,
    'See the ids with `/rollout list` or `/rollout history`.',
  );
}

async function statusHere(call: Scene): Promise<Reply> {
  const rollouts = await underWayHere(call);
  const [newest] = rollouts;
  const here = channelHere(call).environment;
  if (newest && (rollouts.length === 1 || here !== undefined)) return statusCard(call, newest);
  return listed(call, `Under way${here === undefined ? '' : ` in ${here}`}`, rollouts);
}

export function list(call: Call<'list'>): Promise<Reply> {
  return listOf(call, call.command.env, true);
}

export function history(call: Call<'history'>): Promise<Reply> {
  return listOf(call, call.command.env, false);
}

async function listOf(call: Scene, wanted: string | undefined, active: boolean): Promise<Reply> {
  const refusal = wanted && unknownEnvironment(wanted, environmentNames(call), 'Nothing was listed.');
  if (refusal) return refusalReply(refusal);
  const environment = wanted ?? channelHere(call).environment;
  const rollouts = await call.deps.rollouts.list({
    active,
    limit: active ? 20 : 10,
    ...(environment === undefined ? {} : { environment }),
  });
  const what = active ? 'Under way' : 'Latest rollouts';
  return listed(call, environment === undefined ? what : `${what} in ${environment}`, rollouts);
}

/** Rollouts in a line each. */
export function listed(call: Scene, title: string, rollouts: readonly Rollout[]): Reply {
  const lines = rollouts.map((rollout) => lineOf(call, rollout));
  return reply(
    [{ bold: title }],
    lines.length > 0 ? lines : ['Nothing. Start with `/rollout start <playbook|target>`.'],
  );
}

function lineOf({ deps }: Scene, rollout: Rollout): Line {
  const { plan, state } = rollout;
  const where = plan.target === null ? plan.environment.name : `${plan.target} → ${plan.environment.name}`;
  const took = durationOf(rollout);
  const href = deps.urls?.(state.id);
  return [
    href === undefined ? { bold: state.id } : { link: state.id, href },
    ` · ${where} · ${statusOfRollout(rollout)}`,
    state.startedBy ? ` · by ${state.startedBy.name}` : '',
    ' · ',
    { time: state.startedAt ?? state.startAt ?? state.plannedAt },
    took === undefined ? '' : ` · took ${formatDuration(took)}`,
  ];
}

/** What is locked, busy or frozen now. */
export async function locks(call: Call<'locks'>): Promise<Reply> {
  const lines = await Promise.all(environmentNames(call).map((name) => lockLines(call, name)));
  const all = lines.flat();
  return reply([{ bold: 'Locks' }], all.length > 0 ? all : ['Nothing is locked, busy or frozen.']);
}

async function lockLines({ deps, asked }: Scene, name: string): Promise<Line[]> {
  return lockLinesOf(asked.policy, await deps.rollouts.environment(name), asked.now);
}

/** What keeps an environment from a start at an instant, a line for each. */
export function lockLinesOf(policy: Policy, environment: EnvironmentState, at: number): Line[] {
  const { name, lock, claimedBy } = environment;
  const frozen = freezeAt(policy, environment, at);
  return [
    ...(lock
      ? [[{ bold: name }, ` · locked by ${nameOf(lock.by)} since `, { time: lock.at }, `: “${lock.reason}”`]]
      : []),
    ...(frozen ? [[{ bold: name }, ' · frozen until ', { time: frozen.until }, `: “${frozen.reason}”`]] : []),
    ...(claimedBy ? [[{ bold: name }, ` · busy with ${claimedBy}`]] : []),
  ];
}

/** The windows of the policy and those that were added by chat. */
export async function freezes(call: Call<'freeze list'>): Promise<Reply> {
  const { asked, deps } = call;
  const planned = asked.policy.freezes.map((freeze): Line => {
    const where = freeze.environments?.join(', ') ?? 'everywhere';
    const zone = freeze.timezone ?? asked.policy.timezone;
    const span =
      freeze.every === undefined
        ? `${freeze.from} to ${freeze.to}`
        : `every "${freeze.every}" for ${freeze.for}`;
    return [{ bold: freeze.name }, ` · ${where} · ${span} (${zone}) · “${freeze.reason}” · in the policy`];
  });
  const names = environmentNames(call);
  const states = await Promise.all(names.map((name) => deps.rollouts.environment(name)));
  const added = states.flatMap(({ name, freezes: windows }) =>
    windows
      .filter(({ to }) => Date.parse(to) > asked.now)
      .map(({ id, from, to, reason, by }): Line => {
        const span = `${time(asked, from)} to ${time(asked, to)}`;
        return [{ bold: id }, ` · ${name} · ${span} · “${reason}” · by ${nameOf(by)}`];
      }),
  );
  const all = [...planned, ...added];
  return reply([{ bold: 'Frozen windows' }], all.length > 0 ? all : ['There are none.']);
}
