import { bindingOf, isOpen } from '../core/alerts/binding.ts';
import type { OnCall } from '../core/alerts/calls.ts';
import { type AlertDecision, decideAlerts } from '../core/alerts/decide.ts';
import { firingGroups } from '../core/alerts/state.ts';
import { newEnvironment } from '../core/environment/state.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import { theBot } from '../core/rollout/actor.ts';
import type { AlertGroup, Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';

export interface DeskParts {
  alerts: Pick<Alerts, 'changed' | 'firing' | 'group' | 'seen'>;
  rollouts: Pick<Rollouts, 'find' | 'list' | 'record'>;
  /** Whom the policy has called in an environment. */
  onCall(environment: string): OnCall;
  clock: Clock;
  /** Takes every known secret out of what senders wrote. */
  redact(group: AlertGroup): AlertGroup;
  /** Told each rollout as it was read: once when it changed, and all of them now and then. */
  onRead?(rollout: Rollout): void;
  onError(error: unknown): void;
}

/** Where alerts find their rollouts. */
export interface Desk {
  /** A rollout has changed: it is read again at the next look. */
  stir(rollout: string): void;
  /** All rollouts are read again at the next look: for messages that were lost. */
  forget(): void;
  /** Takes what has changed into account, and says when to look again at the latest; milliseconds since the epoch. */
  look(): Promise<number | undefined>;
}

const batch = 500;
/** More groups than a rollout tells of one by one. */
const mostFiring = 2_000;
/** An alert that outlives its rollout is followed for so long, so that the card can say that it is over. */
const followed = milliseconds('7d');
const afterTrouble = milliseconds('5s');

/**
 * Brings the journal of alerts into the journals of the rollouts that they belong to. All that it decides comes from
 * these two, and is recorded by compare-and-append: several desks at once, and one that stops at any point, do no
 * harm. A group counts as seen once every rollout it belongs to has recorded it.
 */
export function createDesk(parts: DeskParts): Desk {
  const { alerts, clock } = parts;
  const files = createFiles(parts);
  const read = createReading(parts);
  return {
    stir: files.stir,
    forget: files.forget,
    async look() {
      const opened = await files.refresh(clock.now());
      const changed = await alerts.changed(batch);
      const firing = opened.length > 0 ? await alerts.firing(mostFiring) : [];
      const groups = await read.groups([...changed, ...firing]);
      const waiting = new Set<string>();
      const times: number[] = changed.length === batch ? [clock.now()] : [];
      for (const rollout of files.open()) {
        const told = await tell(parts, rollout, groups);
        if (told.rollout) files.keep(told.rollout);
        for (const id of told.waiting) waiting.add(id);
        if (told.again !== undefined) times.push(told.again);
        if (told.waiting.length === 0 && opened.includes(rollout.state.id)) files.looked(rollout);
      }
      for (const { id, version } of changed) if (!waiting.has(id)) await alerts.seen(id, version);
      read.keepOnly(waiting);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
  };
}

interface Told extends Pick<AlertDecision, 'waiting' | 'again'> {
  /** As it stands after what was recorded. */
  rollout?: Rollout;
}

/** Records what the groups mean for a rollout. One that can't be written holds up its own groups only. */
async function tell(parts: DeskParts, rollout: Rollout, groups: readonly AlertGroup[]): Promise<Told> {
  const { rollouts, clock, onError } = parts;
  const { name } = rollout.plan.environment;
  const onCall = parts.onCall(name);
  let decided = decideAlerts(rollout, newEnvironment(name), groups, onCall, clock.now());
  if (decided.facts.length === 0) return decided;
  try {
    const recorded = await rollouts.record(rollout.state.id, theBot, (now, environment) => {
      decided = decideAlerts(now, environment, groups, onCall, clock.now());
      return decided;
    });
    return { ...decided, ...('rollout' in recorded ? { rollout: recorded.rollout } : {}) };
  } catch (error) {
    onError(error);
    return { waiting: groups.map(({ id }) => id), again: clock.now() + afterTrouble };
  }
}

/** Reads groups; one that has to wait is not read again until it changes. */
function createReading({ alerts, redact }: DeskParts) {
  const kept = new Map<string, { version: number; group: AlertGroup }>();
  return {
    async groups(wanted: readonly { id: string; version: number }[]): Promise<AlertGroup[]> {
      for (const { id, version } of wanted) {
        if (kept.get(id)?.version === version) continue;
        const group = await alerts.group(id);
        if (group) kept.set(id, { version, group: redact(group) });
      }
      return [...new Set(wanted.map(({ id }) => id))].flatMap((id) => kept.get(id)?.group ?? []);
    },
    keepOnly(waiting: ReadonlySet<string>): void {
      for (const id of kept.keys()) if (!waiting.has(id)) kept.delete(id);
    },
  };
}

/** The rollouts that alerts can belong to, from memory: read when they change, and all of them now and then. */
function createFiles({ rollouts, clock, onRead }: DeskParts) {
  const known = new Map<string, Rollout>();
  const stirred = new Set<string>();
  /** Where what fires was looked at since the window opened, by the plan in force. */
  const looked = new Map<string, number>();
  let all = true;

  const keep = (rollout: Rollout): void => {
    const { id } = rollout.state;
    onRead?.(rollout);
    if (concerns(rollout, clock.now())) known.set(id, rollout);
    else if (known.delete(id)) looked.delete(id);
  };
  const readStirred = async (): Promise<void> => {
    for (const id of [...stirred]) {
      stirred.delete(id);
      const rollout = await rollouts.find(id).catch((error: unknown) => {
        stirred.add(id);
        throw error;
      });
      if (rollout) keep(rollout);
    }
  };
  const readAll = async (): Promise<void> => {
    const active = await rollouts.list({ active: true, limit: 10_000 });
    const recent = await rollouts.list({ limit: 100 });
    for (const rollout of [...active, ...recent]) keep(rollout);
    all = false;
  };
  return {
    keep,
    stir: (id: string) => void stirred.add(id),
    forget() {
      all = true;
    },
    open: () => [...known.values()],
    looked: ({ state }: Rollout) => void looked.set(state.id, state.planAt),
    /** Reads what changed; answers the rollouts whose window was not open at the last look. */
    async refresh(now: number): Promise<string[]> {
      await readStirred();
      if (all) await readAll();
      return [...known.values()].flatMap(({ plan, state }) => {
        const binding = bindingOf(plan, state);
        const isNew = looked.get(state.id) !== state.planAt;
        return binding && isOpen(binding, now) && isNew ? [state.id] : [];
      });
    },
  };
}

/** Alerts can become the rollout's, or are, and fire still. */
function concerns({ plan, state }: Rollout, now: number): boolean {
  const binding = bindingOf(plan, state);
  if (!binding) return false;
  if (isOpen(binding, now)) return true;
  return firingGroups(state.alerts).length > 0 && now - binding.to < followed;
}
