import type { Json } from '../../src/core/json.ts';
import { type Actor, theBot } from '../../src/core/rollout/actor.ts';
import type { Fact, RolloutEvent } from '../../src/core/rollout/event.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { type Claiming, type Journals, type Lease, LeaseLost } from '../../src/ports/journals.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { bob, journalOf } from '../rollout/journal.ts';

/** The journal of one rollout in memory, its lease, and the environment's claim, with what a test does to them. */
export interface MemoryJournals extends Journals {
  readonly id: string;
  now(): Rollout;
  events(): readonly RolloutEvent[];
  types(): string[];
  /** What people decide; they need no lease. */
  people(facts: readonly Fact[], by?: Actor): void;
  onChange(listener: (id: string, seq: number) => void): () => void;
  listening(): number;
  /** The lease runs out. */
  expire(): void;
  /** Another worker takes the lease, and writes these. */
  takeOver(facts?: readonly Fact[]): void;
  leased(): boolean;
  /** Everything waits until the returned function is called. */
  outage(): () => void;
  /** Called in the middle of each append, before it is written. */
  duringAppend: (() => Promise<void> | void) | undefined;
  /** Who claims the environment, and who did so last. */
  environment: { claimedBy?: string | undefined; newest?: string };
  calls: { acquire: number; renew: number; append: number; rests: (number | undefined)[] };
  tails: string[];
  watched: Json | undefined;
}

export function memoryJournals(plan: Plan, clock: Clock, options: { startAt?: number } = {}): MemoryJournals {
  const journal = journalOf(plan, options);
  const { id } = journal.folded.state;
  const leaseTime = 3_000;
  const listeners = new Set<(id: string, seq: number) => void>();
  let epoch = 0;
  let holder: string | undefined;
  let gate: Promise<void> = Promise.resolve();

  const write = (facts: readonly Fact[], by: Actor): void => {
    if (facts.length === 0) return;
    journal.add(facts, clock.now(), by);
    for (const listen of listeners) listen(id, journal.folded.state.seq);
  };
  const tokenOf = (lease: Lease): string => `${lease.epoch}:${lease.owner}`;
  const check = (lease: Lease): void => {
    if (holder !== tokenOf(lease)) throw new LeaseLost(id);
  };
  const give = (owner: string): Lease => {
    epoch += 1;
    holder = `${epoch}:${owner}`;
    return { rollout: id, epoch, owner };
  };

  const journals: MemoryJournals = {
    id,
    leaseTime,
    environment: { claimedBy: id, newest: id },
    calls: { acquire: 0, renew: 0, append: 0, rests: [] },
    tails: [],
    watched: undefined,
    duringAppend: undefined,
    now: () => journal.folded,
    events: () => journal.events,
    types: () => journal.events.map(({ type, data }) => ('step' in data ? `${type} ${data.step}` : type)),
    people: (facts, by = bob) => write(facts, by),
    listening: () => listeners.size,
    leased: () => holder !== undefined,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    expire() {
      holder = undefined;
    },
    takeOver(facts = []) {
      give('somebody else');
      write(facts, theBot);
    },
    outage() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },

    async acquire() {
      journals.calls.acquire += 1;
      await gate;
      return holder === undefined ? { lease: give('me'), rollout: journal.folded } : undefined;
    },
    async renew(lease) {
      journals.calls.renew += 1;
      await gate;
      check(lease);
    },
    async fence(lease) {
      await gate;
      check(lease);
      return give(lease.owner);
    },
    async append(lease, before, facts, { environment, actor = theBot } = {}) {
      journals.calls.append += 1;
      await gate;
      await journals.duringAppend?.();
      check(lease);
      if (before.state.seq !== journal.folded.state.seq) return 'moved';
      if (environment && !changeClaim(journals.environment, id, environment)) return 'busy';
      write(facts, actor);
      return journal.folded;
    },
    async refresh() {
      await gate;
      return journal.folded;
    },
    async rest(lease, { state }, until) {
      await gate;
      if (state.seq !== journal.folded.state.seq) return 'moved';
      journals.calls.rests.push(until);
      if (holder === tokenOf(lease)) holder = undefined;
      return 'rested';
    },
    due: async () => (holder === undefined ? [id] : []),
    watch: async () => journals.watched,
    async keepWatch(_id, kept) {
      journals.watched = kept;
    },
    async keepTail(_id, _step, lines) {
      journals.tails.push(...lines);
    },
  };
  return journals;
}

function changeClaim(now: MemoryJournals['environment'], id: string, change: Claiming): boolean {
  if (change === 'release') now.claimedBy = undefined;
  if (change === 'release') return true;
  if (now.claimedBy !== undefined && now.claimedBy !== id) return false;
  if (change === 'reclaim' && now.newest !== id) return false;
  now.claimedBy = id;
  now.newest = id;
  return true;
}
