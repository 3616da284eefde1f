import { firingGroups } from '../core/alerts/state.ts';
import { alertCard } from '../core/card/alert-card.ts';
import { gravestFirst, groupLine } from '../core/card/alert-words.ts';
import type { Line } from '../core/card/card.ts';
import { cardSeenFrom } from '../core/card/seen-from.ts';
import { tell } from '../core/card/telling.ts';
import { unboundCard } from '../core/card/unbound-card.ts';
import { count } from '../core/card/words.ts';
import { may } from '../core/policy/policy.ts';
import type { Reply } from '../ports/chat.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Call, channelHere, environmentNames, linksTo, peopleOf, type Scene } from './call.ts';
import { unknownRollout } from './look.ts';
import { refusalReply, reply } from './reply.ts';

/** What fires: for one rollout as its card has it, else for all of them here, and for none. */
export async function alerts(call: Call<'alerts'>): Promise<Reply> {
  const { id } = call.command;
  if (id === undefined) return alertsHere(call);
  const rollout = await call.deps.rollouts.find(id);
  return rollout ? alertsOf(call, rollout) : refusalReply(unknownRollout(id));
}

function alertsOf(scene: Scene, rollout: Rollout): Reply {
  const { id } = rollout.state;
  const card = alertCard(telling(scene, rollout));
  if (card === undefined)
    return reply(`No alert has been told of for ${id}`, [], { links: linksTo(scene, id) });
  return { ok: true, card: cardSeenFrom(scene.incoming.channel.platform, card) };
}

function telling(scene: Scene, { plan, state }: Rollout) {
  return tell(plan, state, peopleOf(scene), scene.deps.clock.now());
}

const mostLines = 12;

async function alertsHere(scene: Scene): Promise<Reply> {
  const firing = await firingHere(scene);
  const unbound = seesUnbound(scene) ? scene.deps.unbound() : [];
  const [only, second] = firing;
  if (only && second === undefined && unbound.length === 0) return alertsOf(scene, only);
  const lines = firing.flatMap((rollout): Line[] => {
    const told = telling(scene, rollout);
    return gravestFirst(told, firingGroups(rollout.state.alerts)).map((group) => groupLine(told, group));
  });
  const more = lines.length - mostLines;
  const loose = unboundCard(unbound);
  const all = [
    ...lines.slice(0, mostLines),
    ...(more > 0 ? [[`and ${count(more, 'more group')}: see \`/rollout alerts <id>\``]] : []),
    ...(unbound.length > 0 ? [loose.title, ...loose.lines] : []),
  ];
  const { environment } = channelHere(scene);
  const where = environment === undefined ? '' : ` in ${environment}`;
  if (all.length === 0) return reply(`✓ No alert fires${where}`, [], { tone: 'good' });
  const title: Line = [{ bold: `${count(lines.length, 'group')} of alerts firing for rollouts${where}` }];
  return reply(title, all, { tone: 'watch', links: loose.links });
}

/** Also rollouts that have ended: what began in their time may fire still. */
async function firingHere(scene: Scene): Promise<Rollout[]> {
  const { environment } = channelHere(scene);
  const here = environment === undefined ? {} : { environment };
  const { rollouts } = scene.deps;
  const active = await rollouts.list({ ...here, active: true, limit: 100 });
  const recent = await rollouts.list({ ...here, limit: 20 });
  const all = new Map([...active, ...recent].map((rollout) => [rollout.state.id, rollout]));
  return [...all.values()].filter(({ state }) => firingGroups(state.alerts).length > 0);
}

/** Alerts of no rollout are of no environment: whoever operates any of them may see them. */
function seesUnbound(scene: Scene): boolean {
  const { person, policy } = scene.asked;
  return environmentNames(scene).some((name) => may(policy, name, 'operate', person.id));
}
