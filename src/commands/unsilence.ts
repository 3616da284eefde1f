import { speakableId } from '../core/alerts/state.ts';
import { nameOf } from '../core/card/words.ts';
import { silenceRule } from '../core/policy/silences.ts';
import { refuse } from '../core/refusal.ts';
import type { Reply } from '../ports/chat.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { alertNamed, rolloutOf } from './alert-named.ts';
import { type Asked, notAsked, time } from './asked.ts';
import { type Call, onRollout } from './call.ts';
import type { CommandOf } from './grammar.ts';
import { reply } from './reply.ts';

/** Asks to remove a silence: here it counts no more at once, and a worker removes it at its source. */
export function unsilence(call: Call<'unsilence'>): Promise<Reply> {
  const { command } = call;
  return onRollout(
    call,
    rolloutOf(command.alert),
    (asked, rollout) => decideUnsilence(command, asked, rollout),
    () => reply(`✓ The silence of ${command.alert} is being removed`, [], { tone: 'good' }),
  );
}

export function decideUnsilence(
  { alert, reason }: CommandOf<'unsilence'>,
  asked: Asked,
  rollout: Rollout,
): Decision {
  const what = 'No silence was removed.';
  const found = alertNamed(rollout, alert, what);
  if ('refusal' in found) return found;
  const { group } = found;
  const { roles } = silenceRule(asked.policy);
  const refusal = notAsked(asked, rollout.plan.environment.name, 'operate', roles, what);
  if (refusal) return { refusal };
  const known = group.silence;
  const own = speakableId(rollout.state.id, group);
  if (known === undefined || known.status === 'failed' || Date.parse(known.until) <= asked.now) {
    const next = `See \`/rollout alerts ${rollout.state.id}\`.`;
    return { refusal: refuse('wrong-state', what, `${own} is not silenced.`, next) };
  }
  if (known.status === 'ending' && known.ending) {
    const why = `${nameOf(known.ending.by)} asked for it at ${time(asked, known.ending.at)}; it is being removed.`;
    return { refusal: refuse('already-answered', what, why, 'Nothing more is needed from you.') };
  }
  const data = { group: group.id, name: group.name, ...(reason === undefined ? {} : { reason }) };
  const onlyHere = known.status === 'set' && known.id === undefined;
  return { facts: [{ type: onlyHere ? 'alert.silence-removed' : 'alert.unsilence-asked', data }] };
}
