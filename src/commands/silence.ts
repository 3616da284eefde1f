import { bindingOf } from '../core/alerts/binding.ts';
import type { SilenceMatcher } from '../core/alerts/facts.ts';
import { matchersInWords, matchersOf } from '../core/alerts/matchers.ts';
import { type AlertGroupState, groupOf, isSilenced, speakableId } from '../core/alerts/state.ts';
import { cut, nameOf } from '../core/card/words.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import { silenceRule } from '../core/policy/silences.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { AlertGroup } from '../ports/alerts.ts';
import type { Reply } from '../ports/chat.ts';
import { iso } from '../ports/clock.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { overAlready } from './ack.ts';
import { alertNamed, rolloutOf } from './alert-named.ts';
import { type Asked, notAsked, time } from './asked.ts';
import { type Call, onRollout } from './call.ts';
import { formatSpan } from './format.ts';
import type { CommandOf } from './grammar.ts';
import { reply } from './reply.ts';

const shortest = milliseconds('1m');

/** Asks for a silence: a worker makes it, and the card says what became of it. */
export async function silence(call: Call<'silence'>): Promise<Reply> {
  const { command, deps } = call;
  const id = rolloutOf(command.alert);
  const rollout = await deps.rollouts.find(id);
  const found = rollout && alertNamed(rollout, command.alert, '');
  const told = found && 'group' in found ? await deps.alerts.group(found.group.id) : undefined;
  let silenced: string | undefined;
  return onRollout(
    call,
    id,
    (asked, now) => {
      const decision = decideSilence(command, asked, now, told, deps.redact);
      const [fact] = 'facts' in decision ? decision.facts : [];
      silenced = fact?.type === 'alert.silence-asked' ? fact.data.group : undefined;
      return decision;
    },
    ({ state }) => {
      const group = groupOf(state.alerts, silenced ?? '');
      return group?.silence ? askedFor(call.asked, id, group, group.silence.matchers) : reply('✓ Asked for');
    },
  );
}

function askedFor(
  asked: Asked,
  id: string,
  group: AlertGroupState,
  matchers: readonly SilenceMatcher[],
): Reply {
  const until = group.silence === undefined ? '' : ` until ${time(asked, group.silence.until)}`;
  return reply(
    [`✓ ${cut(group.name, 60)} (${speakableId(id, group)}) is being silenced${until}`],
    [
      ['It matches ', { code: cut(matchersInWords(matchers), 600) }],
      'The card of the alerts says when it is silenced, or why not.',
    ],
    { tone: 'good' },
  );
}

/** `told` is the group as its sender told it: a silence goes by labels that nothing was cut from. */
export function decideSilence(
  { alert, duration, reason }: CommandOf<'silence'>,
  asked: Asked,
  rollout: Rollout,
  told: AlertGroup | undefined,
  redact: (text: string) => string,
): Decision {
  const what = `${alert} was not silenced.`;
  const found = alertNamed(rollout, alert, what);
  if ('refusal' in found) return found;
  const { group } = found;
  const rule = silenceRule(asked.policy);
  const refusal =
    notAsked(asked, rollout.plan.environment.name, 'operate', rule.roles, what) ??
    (group.firing === 0 ? overAlready([group], rollout.state.id, asked, what) : undefined) ??
    wrongTime(duration, rule.longest, what) ??
    silencedAlready(group, rollout, asked, what);
  if (refusal) return { refusal };
  const matchers = matchersFor(rollout, group, told, redact);
  if (matchers === undefined) {
    const why = 'Its labels can’t be named so that the silence is for these alerts alone.';
    return { refusal: refuse('wrong-state', what, why, 'Silence it where it comes from.') };
  }
  const { id, name } = group;
  const until = iso(asked.now + duration);
  return { facts: [{ type: 'alert.silence-asked', data: { group: id, name, until, reason, matchers } }] };
}

function wrongTime(duration: number, longest: number, what: string): Refusal | undefined {
  if (duration > longest) {
    const why = `The policy allows ${formatSpan(longest)} at most.`;
    return refuse(
      'bad-input',
      what,
      why,
      `Give a shorter time, such as ${formatSpan(Math.min(longest, milliseconds('2h')))}.`,
    );
  }
  if (duration >= shortest) return undefined;
  return refuse('bad-input', what, 'A silence lasts a minute at least.', 'Give a longer time, such as 30m.');
}

function silencedAlready(
  group: AlertGroupState,
  { state }: Rollout,
  asked: Asked,
  what: string,
): Refusal | undefined {
  const known = group.silence;
  if (known === undefined || known.status === 'failed' || Date.parse(known.until) <= asked.now)
    return undefined;
  const alert = speakableId(state.id, group);
  const until = `until ${time(asked, known.until)}`;
  if (known.status === 'ending')
    return refuse('wrong-state', what, 'Its last silence is just being removed.', 'Try again in a moment.');
  const why =
    isSilenced(group, asked.now) || known.status === 'stuck'
      ? `${nameOf(known.by)} silenced it ${until}.`
      : `${nameOf(known.by)} asked for a silence ${until}; it is being made.`;
  const next = `To change it, remove it first: \`/rollout unsilence ${alert}\`.`;
  return refuse('already-answered', what, why, next);
}

/** None where a label holds a secret: it must not get into the journal, and a silence without it would match more. */
function matchersFor(
  { plan, state }: Rollout,
  { id }: AlertGroupState,
  told: AlertGroup | undefined,
  redact: (text: string) => string,
): SilenceMatcher[] | undefined {
  const binding = bindingOf(plan, state);
  const matchers = binding && told?.id === id ? matchersOf(told, binding) : undefined;
  return matchers?.every(({ value }) => redact(value) === value) ? matchers : undefined;
}
