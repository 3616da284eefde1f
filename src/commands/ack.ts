import { firingAt } from '../core/alerts/drawn.ts';
import { type AlertGroupState, firingGroups, speakableId } from '../core/alerts/state.ts';
import { count, cut, list, nameOf } from '../core/card/words.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Reply } from '../ports/chat.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { alertNamed, namesOne, rolloutOf } from './alert-named.ts';
import { type Asked, lacking, time } from './asked.ts';
import { type Call, onRollout } from './call.ts';
import type { CommandOf } from './grammar.ts';
import { reply } from './reply.ts';

/** Takes alerts in hand: one, or all that fire for a rollout. A button for all means those that fired on its card. */
export async function ack(call: Call<'ack'>): Promise<Reply> {
  const { command, asked, deps } = call;
  const id = rolloutOf(command.alert);
  const { drawnAt } = asked;
  const all = drawnAt !== undefined && !namesOne(command.alert);
  const drawn = all ? firingAt(await deps.rollouts.events(id), drawnAt) : undefined;
  let taken: readonly string[] = [];
  return onRollout(
    call,
    id,
    (now, rollout) => {
      const decision = decideAck(command, now, rollout, drawn);
      taken = 'facts' in decision ? decision.facts.flatMap((fact) => groupIn(fact)) : [];
      return decision;
    },
    ({ state }) => {
      const open = firingGroups(state.alerts).filter(({ acknowledged }) => acknowledged === undefined);
      const groups = (state.alerts?.groups ?? []).filter((group) => taken.includes(group.id));
      const left =
        open.length === 0 ? [] : [`${count(open.length, 'group')} began since, or are still open.`];
      return reply(`✓ You took ${namesOf(id, groups)} in hand`, left, { tone: 'good' });
    },
  );
}

function groupIn(fact: Fact): string[] {
  return fact.type === 'alert.acknowledged' ? [fact.data.group] : [];
}

const mostNamed = 3;

function namesOf(id: string, groups: readonly AlertGroupState[]): string {
  const names = groups
    .slice(0, mostNamed)
    .map((group) => `${cut(group.name, 60)} (${speakableId(id, group)})`);
  const more = groups.length > mostNamed ? [`${groups.length - mostNamed} more`] : [];
  return list([...names, ...more]);
}

/** `drawn`: the groups that fired on the card whose button for all of them was pressed. */
export function decideAck(
  { alert, reason }: CommandOf<'ack'>,
  asked: Asked,
  rollout: Rollout,
  drawn?: ReadonlySet<string>,
): Decision {
  const what = `${alert} was not acknowledged.`;
  const meant = groupsMeant(rollout, alert, what, drawn);
  if ('refusal' in meant) return meant;
  const open = meant.groups.filter(({ firing, acknowledged }) => firing > 0 && acknowledged === undefined);
  const refusal =
    lacking(asked, rollout.plan.environment.name, 'operate', what) ??
    (open.length === 0 ? nothingOpen(meant.groups, rollout, asked, what) : undefined);
  if (refusal) return { refusal };
  return {
    facts: open.map(({ id: group, name }) => ({
      type: 'alert.acknowledged',
      data: { group, name, ...(reason === undefined ? {} : { reason }) },
    })),
  };
}

function groupsMeant(
  rollout: Rollout,
  alert: string,
  what: string,
  drawn: ReadonlySet<string> | undefined,
): { groups: readonly AlertGroupState[] } | { refusal: Refusal } {
  const firing = firingGroups(rollout.state.alerts);
  if (drawn) return { groups: (rollout.state.alerts?.groups ?? []).filter(({ id }) => drawn.has(id)) };
  if (!namesOne(alert) && firing.length > 0) return { groups: firing };
  const found = alertNamed(rollout, alert, what);
  return 'refusal' in found ? found : { groups: [found.group] };
}

function nothingOpen(
  groups: readonly AlertGroupState[],
  { state }: Rollout,
  asked: Asked,
  what: string,
): Refusal {
  const firing = groups.filter((group) => group.firing > 0);
  const known = firing.at(-1)?.acknowledged;
  if (known !== undefined) {
    const which = firing.length === 1 ? 'it' : 'the last of them';
    const why = `${nameOf(known.by)} acknowledged ${which} at ${time(asked, known.at)}.`;
    return refuse('already-answered', what, why, 'Nothing more is needed from you.');
  }
  return overAlready(groups, state.id, asked, what);
}

/** What a command on alerts gets that are over. */
export function overAlready(
  groups: readonly AlertGroupState[],
  id: string,
  asked: Asked,
  what: string,
): Refusal {
  const [only] = groups;
  const since = groups.length === 1 && only?.resolvedAt ? ` since ${time(asked, only.resolvedAt)}` : '';
  const why =
    groups.length === 1 && only ? `${cut(only.name, 60)} is resolved${since}.` : 'What fired is resolved.';
  return refuse('wrong-state', what, why, `See what fires now: \`/rollout alerts ${id}\`.`);
}
