import type { SilenceState } from '../core/alerts/state.ts';
import { type AlertGroupState, groupOf, speakableId } from '../core/alerts/state.ts';
import { nameOf } from '../core/card/words.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import { theBot } from '../core/rollout/actor.ts';
import type { Fact } from '../core/rollout/event.ts';
import { type Clock, iso } from '../ports/clock.ts';
import type { Turns } from '../ports/memory.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';
import { SilenceError, type Silences } from '../ports/silences.ts';

export interface SilencingParts {
  rollouts: Pick<Rollouts, 'find' | 'record'>;
  turns: Turns;
  clock: Clock;
  /** Where a group is silenced; undefined where its sender has no silences. Throws `SilenceError` for what is set up wrong. */
  silencesFor(rollout: Rollout, group: AlertGroupState): Silences | undefined;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  pause(time: number, signal: AbortSignal): Promise<unknown>;
  onError(error: unknown): void;
}

/** Makes and removes the silences that journals ask for. */
export interface Silencing {
  /** A rollout as it stands now: whatever it asks for and is not at work is begun. */
  note(rollout: Rollout): void;
  /** Begins nothing new, ends what is at work, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Longer than all calls of one attempt together. */
const turnTime = milliseconds('30s');
/** An Alertmanager that is away is tried for so long before people are told. */
const patience = milliseconds('2m');
const between = milliseconds('2s');

/**
 * Several workers, and ones that stop at any point, make one silence of each that was asked for: one at a time tries,
 * and looks first whether it is there, by its operation. Should two be made all the same (a worker that stood still
 * for longer than its turn), the journal names one, and the others are removed.
 */
export function createSilencing(parts: SilencingParts): Silencing {
  const atWork = new Map<string, Promise<void>>();
  const control = new AbortController();
  return {
    note({ state }) {
      if (control.signal.aborted) return;
      for (const { id, silence } of state.alerts?.groups ?? []) {
        if (silence === undefined || !isAsked(silence) || atWork.has(silence.operation)) continue;
        const { operation } = silence;
        const work = carry(parts, state.id, id, operation, control.signal)
          .catch((error: unknown) => {
            if (!control.signal.aborted) parts.onError(error);
          })
          .finally(() => atWork.delete(operation));
        atWork.set(operation, work);
      }
    },
    async stop() {
      control.abort(new Error('the worker stops'));
      await Promise.all(atWork.values());
    },
  };
}

function isAsked({ status }: SilenceState): boolean {
  return status === 'asked' || status === 'ending';
}

/** Tries until the journal says what became of it, or another worker has its turn. */
async function carry(
  parts: SilencingParts,
  rollout: string,
  group: string,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const turn = await parts.turns.take(`silence ${operation}`, turnTime);
    if (turn === undefined) return;
    let again = false;
    try {
      const asked = await askedIn(parts, rollout, group, operation);
      if (asked === undefined) return;
      const outcome = await attempt(parts, asked, signal);
      again = outcome === 'again';
      if (outcome !== 'again') await settle(parts, asked, outcome, signal);
    } finally {
      await turn.release();
    }
    if (again) await parts.pause(between, signal);
  }
}

interface Wanted {
  rollout: Rollout;
  group: AlertGroupState;
  silence: SilenceState;
}

async function askedIn(
  { rollouts }: SilencingParts,
  id: string,
  groupId: string,
  operation: string,
): Promise<Wanted | undefined> {
  const rollout = await rollouts.find(id);
  const group = groupOf(rollout?.state.alerts, groupId);
  const silence = group?.silence;
  if (!rollout || !group || silence?.operation !== operation || !isAsked(silence)) return undefined;
  return { rollout, group, silence };
}

/** What came of an attempt: a fact, and where to clear up what the journal doesn't name. */
interface Outcome {
  fact: Fact;
  made?: { at: Silences; ids: readonly string[] };
}

async function attempt(
  parts: SilencingParts,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Outcome | 'again'> {
  const { rollout, group, silence } = wanted;
  try {
    const at = parts.silencesFor(rollout, group);
    return silence.status === 'asked'
      ? await make(wanted, at, parts.clock.now(), signal)
      : await remove(wanted, at, signal);
  } catch (error) {
    if (!(error instanceof SilenceError)) throw error;
    const since = Date.parse(silence.ending?.at ?? silence.at);
    if (error.reason === 'unavailable' && parts.clock.now() - since < patience) return 'again';
    return { fact: failure(wanted, error.message) };
  }
}

const about = ({ group: { id, name } }: Wanted) => ({ group: id, name });

function failure(wanted: Wanted, why: string): Fact {
  const removal = wanted.silence.status === 'ending' ? { removal: true as const } : {};
  const next = removal.removal ? 'Try again, or remove it there.' : 'Try again, or silence it there.';
  return { type: 'alert.silence-failed', data: { ...about(wanted), why: `${why}. ${next}`, ...removal } };
}

/** A silence may begin a little before it was asked for: the other clock may be behind ours. */
const skew = milliseconds('10m');

async function make(
  wanted: Wanted,
  at: Silences | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const { silence } = wanted;
  const { until, matchers, operation } = silence;
  if (at === undefined) return { fact: { type: 'alert.silenced', data: { ...about(wanted), until } } };
  const before = await at.find(operation, matchers, signal);
  if (before.length === 0) {
    if (Date.parse(until) <= now)
      return { fact: failure(wanted, 'Its time was over before it could be made') };
    const from = iso(Date.parse(silence.at) - skew);
    const by = nameOf(silence.by);
    await at.create({ matchers, from, until, by, comment: commentOf(wanted) }, signal);
  }
  const found = await at.find(operation, matchers, signal);
  const [kept] = found;
  if (kept === undefined)
    throw new SilenceError('unavailable', 'Alertmanager took the silence and does not show it');
  const fact: Fact = { type: 'alert.silenced', data: { ...about(wanted), silence: kept.id, until } };
  return { fact, made: { at, ids: found.map(({ id }) => id) } };
}

/** By the comment a silence is found again; people read it in Alertmanager. */
function commentOf({ rollout, group, silence }: Wanted): string {
  const { id } = rollout.state;
  return `${silence.reason} (${speakableId(id, group)}, asked for in Cutover; operation ${silence.operation})`;
}

async function remove(wanted: Wanted, at: Silences | undefined, signal: AbortSignal): Promise<Outcome> {
  const { silence } = wanted;
  const { id, ending, operation, matchers } = silence;
  const found = at ? await at.find(operation, matchers, signal) : [];
  const ids = new Set([...found.filter(({ ended }) => !ended).map((one) => one.id), ...(id ? [id] : [])]);
  for (const one of ids) await at?.remove(one, signal);
  const data = {
    ...about(wanted),
    ...(id === undefined ? {} : { silence: id }),
    ...(ending?.reason === undefined ? {} : { reason: ending.reason }),
  };
  return { fact: { type: 'alert.silence-removed', data } };
}

/** Records what came of it, unless something else was asked for meanwhile; and leaves one silence, that of the journal. */
async function settle(
  { rollouts }: SilencingParts,
  { rollout, group, silence }: Wanted,
  { fact, made }: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const { operation, status } = silence;
  const recorded = await rollouts.record(rollout.state.id, theBot, ({ state }) => {
    const now = groupOf(state.alerts, group.id)?.silence;
    return { facts: now?.operation === operation && now.status === status ? [fact] : [] };
  });
  if (!made || !('rollout' in recorded)) return;
  const named = groupOf(recorded.rollout.state.alerts, group.id)?.silence;
  const own = named?.operation === operation ? named : undefined;
  if (own?.status === 'ending') return;
  for (const id of made.ids) if (id !== own?.id) await made.at.remove(id, signal);
}
