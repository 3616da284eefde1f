import { z } from 'zod';
import type { Telling } from '../core/alerts/notice.ts';
import type { AlertGroupState } from '../core/alerts/state.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import type { Alerts } from '../ports/alerts.ts';
import { type Clock, iso } from '../ports/clock.ts';
import type { Memory } from '../ports/memory.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { AlertSourceLook } from '../ports/silences.ts';

export interface SilencedAlertsParts {
  alerts: Pick<Alerts, 'group' | 'accept'>;
  memory: Pick<Memory, 'read' | 'write'>;
  clock: Clock;
  /** Where a group comes from; undefined where nobody can be asked. */
  sourceOf(rollout: Rollout, group: AlertGroupState): AlertSourceLook | undefined;
  onError(error: unknown): void;
}

/** Looks after alerts that are silenced at their source, which tells nothing of them any more. */
export interface SilencedAlerts {
  /** A rollout as it stands now: of what fires and was silenced, the source is asked when it is time. */
  note(rollout: Rollout): void;
  /** Asks nothing new, and resolves when what is under way has ended. */
  stop(): Promise<void>;
}

const askEvery = milliseconds('1m');
const attemptTime = milliseconds('15s');
/** As long as a rollout's alerts are followed, and a day. */
const remembered = milliseconds('8d');

const knownSchema = z.array(z.string());

/**
 * While a silence holds, and for good when an alert ends under it, Alertmanager sends nothing: the card would say that
 * it fires for ever. So the source is asked once a minute, until nothing of the group fires. An alert counts as over
 * only where this source was seen to have it: one that never had it says nothing by not having it now. What is found is
 * told as by a sender, and goes the same way.
 */
export function createSilencedAlerts(parts: SilencedAlertsParts): SilencedAlerts {
  const atWork = new Map<string, Promise<void>>();
  const askedAt = new Map<string, number>();
  const control = new AbortController();
  return {
    note(rollout) {
      const { id, alerts } = rollout.state;
      for (const group of alerts?.groups ?? []) {
        const name = `${id} ${group.id}`;
        if (group.firing === 0 || group.silence?.id === undefined) {
          askedAt.delete(name);
          continue;
        }
        const isEarly = parts.clock.now() - (askedAt.get(name) ?? -Infinity) < askEvery;
        if (isEarly || control.signal.aborted || atWork.has(name)) continue;
        askedAt.set(name, parts.clock.now());
        const work = ask(parts, rollout, group, control.signal)
          .catch((error: unknown) => {
            if (!control.signal.aborted) parts.onError(error);
          })
          .finally(() => atWork.delete(name));
        atWork.set(name, work);
      }
    },
    async stop() {
      control.abort(new Error('the worker stops'));
      await Promise.all(atWork.values());
    },
  };
}

async function ask(
  parts: SilencedAlertsParts,
  rollout: Rollout,
  group: AlertGroupState,
  signal: AbortSignal,
): Promise<void> {
  const { alerts, memory, clock } = parts;
  const source = parts.sourceOf(rollout, group);
  const told = await alerts.group(group.id);
  if (!source || !told || !group.silence) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(attemptTime)]);
  const there = new Set(await source.firing(group.silence.matchers, limit));
  const key = `alerts at their source ${group.id}`;
  const known = new Set(knownSchema.parse(JSON.parse((await memory.read(key)) ?? '[]')));
  const firing = told.notices.filter(({ status }) => status === 'firing');
  const fresh = firing.filter(({ fingerprint }) => there.has(fingerprint) && !known.has(fingerprint));
  if (fresh.length > 0) {
    const all = [...known, ...fresh.map(({ fingerprint }) => fingerprint)];
    await memory.write(key, JSON.stringify(all), remembered);
  }
  const over = firing
    .filter(({ fingerprint }) => known.has(fingerprint) && !there.has(fingerprint))
    .map((notice): Telling => ({ ...notice, status: 'resolved', endsAt: iso(clock.now()) }));
  if (over.length > 0) await alerts.accept(over);
}
