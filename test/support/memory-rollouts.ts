import type { EnvironmentEvent, EnvironmentFact } from '../../src/core/environment/event.ts';
import { environmentEventSchema } from '../../src/core/environment/event.ts';
import { type EnvironmentState, foldEnvironment, newEnvironment } from '../../src/core/environment/state.ts';
import { supersede, supersessionBy } from '../../src/core/environment/supersede.ts';
import { type Actor, theBot } from '../../src/core/rollout/actor.ts';
import { chain, genesis } from '../../src/core/rollout/chain.ts';
import { openDutiesOf } from '../../src/core/rollout/duties.ts';
import { type Fact, type RolloutEvent, rolloutEventSchema } from '../../src/core/rollout/event.ts';
import { fold } from '../../src/core/rollout/fold.ts';
import { isEnded } from '../../src/core/rollout/status.ts';
import { type Clock, iso } from '../../src/ports/clock.ts';
import type { Rollout, Rollouts, Standing } from '../../src/ports/rollouts.ts';

/** Rollouts in memory, with the compare-and-append of the real ones: a decision that others overtook is asked again. */
export interface MemoryRollouts extends Rollouts {
  /** What a loop or an earlier person did: facts behind the end of a journal, unconditionally. */
  put(id: string, facts: readonly Fact[], actor?: Actor): Rollout;
  putEnvironment(name: string, facts: readonly EnvironmentFact[], actor?: Actor): EnvironmentState;
  keepTail(id: string, step: string, lines: readonly string[]): void;
  /** How often a decision was overtaken and asked again. */
  overtaken(): number;
}

interface Change {
  actor: Actor;
  rollout?: { id: string; expected: number; facts: readonly Fact[] };
  environment?: { name: string; expected: number; facts: readonly EnvironmentFact[] };
}

export function memoryRollouts(clock: Clock): MemoryRollouts {
  const journals = new Map<string, RolloutEvent[]>();
  const environments = new Map<string, EnvironmentState>();
  const tails = new Map<string, string[]>();
  const counters = new Map<string, number>();
  const listeners = new Set<(id: string, seq: number) => void>();
  let overtaken = 0;

  const read = (id: string): Rollout | undefined => fold(undefined, journals.get(id) ?? []);
  const environment = (name: string) => environments.get(name) ?? newEnvironment(name);

  /** The rollout that the claim in these facts supersedes gets told in the same piece. */
  function superseded({ environment: place }: Change): NonNullable<Change['rollout']>[] {
    const supersession = place && supersessionBy(environment(place.name), place.facts);
    const older = supersession && read(supersession.older);
    if (!older) return [];
    const facts = supersede(older.state, supersession);
    return facts.length === 0 ? [] : [{ id: supersession.older, expected: older.state.seq, facts }];
  }

  /** All or nothing, in one synchronous piece; false when something was written in between. */
  function append(change: Change): boolean {
    const { actor, rollout, environment: place } = change;
    if (rollout && (journals.get(rollout.id) ?? []).length !== rollout.expected) return false;
    if (place && environment(place.name).seq !== place.expected) return false;
    const at = iso(clock.now());
    const grown = [...(rollout ? [rollout] : []), ...superseded(change)].map(({ id, facts }) => {
      const journal = journals.get(id) ?? [];
      const end = { seq: journal.length, head: journal.at(-1)?.hash ?? genesis };
      const events = chain(end, facts, actor, at).map((event) => rolloutEventSchema.parse(event));
      return { id, journal: [...journal, ...events] };
    });
    if (place) {
      const before = environment(place.name);
      const events: EnvironmentEvent[] = chain(before, place.facts, actor, at).map((event) =>
        environmentEventSchema.parse(event),
      );
      environments.set(place.name, events.reduce(foldEnvironment, before));
    }
    for (const { id, journal } of grown) journals.set(id, journal);
    for (const { id, journal } of grown) for (const listen of listeners) listen(id, journal.length);
    return true;
  }

  async function compareAndAppend(change: Change): Promise<boolean> {
    await Promise.resolve();
    const done = append(change);
    if (!done) overtaken += 1;
    return done;
  }

  function found(id: string): Rollout {
    const rollout = read(id);
    if (!rollout) throw new Error(`no rollout ${id}`);
    return rollout;
  }

  async function standing(id: string, after?: number): Promise<Standing | undefined> {
    const rollout = read(id);
    const since = after === undefined ? [] : (journals.get(id) ?? []).slice(after);
    return rollout && { rollout, environment: environment(rollout.plan.environment.name), since };
  }

  return {
    overtaken: () => overtaken,
    standing,
    find: async (id) => read(id),
    events: async (id, after = 0) => (journals.get(id) ?? []).slice(after),
    environment: async (name) => environment(name),
    tail: async (id, step) => tails.get(`${id} ${step}`) ?? [],
    keepTail: (id, step, lines) => void tails.set(`${id} ${step}`, [...lines]),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async list({ environment: name, active = false, duties = false, limit = 50 }) {
      const all = [...journals.keys()].reverse().map(found);
      return all
        .filter(({ plan }) => name === undefined || plan.environment.name === name)
        .filter(({ plan, state }) => !active || !isEnded(plan, state))
        .filter((rollout) => !duties || openDutiesOf(rollout).length > 0)
        .slice(0, limit);
    },

    async record(id, actor, decide, after, asked) {
      for (let attempt = 0; ; attempt += 1) {
        const stands = await (attempt === 0 && asked ? asked : standing(id, after));
        if (!stands) {
          return {
            refusal: {
              reason: 'unknown-rollout',
              what: `There is no rollout ${id}.`,
              why: 'Its journal is empty.',
              next: 'See the ids with `/rollout list`.',
            },
          };
        }
        const { rollout: before, environment: place, since } = stands;
        const decision = decide(before, place, since);
        if ('refusal' in decision) return decision;
        const facts = decision.environment ?? [];
        const change: Change = {
          actor,
          rollout: { id, expected: before.state.seq, facts: decision.facts },
          ...(facts.length > 0 ? { environment: { name: place.name, expected: place.seq, facts } } : {}),
        };
        if (await compareAndAppend(change)) return { rollout: found(id) };
      }
    },

    async create(short, actor, planned, decide) {
      let number = (counters.get(short) ?? 0) + 1;
      while (journals.has(`${short}-${number}`)) number += 1;
      counters.set(short, number);
      const id = `${short}-${number}`;
      const started: Fact[] = planned.startAt === undefined ? [{ type: 'rollout.started', data: {} }] : [];
      const facts: Fact[] = [{ type: 'rollout.planned', data: { id, ...planned } }, ...started];
      for (;;) {
        const place = environment(planned.plan.environment.name);
        const decision = decide(place, id);
        if ('refusal' in decision) return decision;
        const change: Change = {
          actor,
          rollout: { id, expected: 0, facts },
          ...(decision.environment.length > 0
            ? { environment: { name: place.name, expected: place.seq, facts: decision.environment } }
            : {}),
        };
        if (await compareAndAppend(change)) return { rollout: found(id) };
      }
    },

    async recordEnvironment(name, actor, decide) {
      for (;;) {
        const before = environment(name);
        const decision = decide(before);
        if ('refusal' in decision) return decision;
        const change = { actor, environment: { name, expected: before.seq, facts: decision.facts } };
        if (await compareAndAppend(change)) return { environment: environment(name) };
      }
    },

    put(id, facts, actor = theBot) {
      append({ actor, rollout: { id, expected: journals.get(id)?.length ?? 0, facts } });
      return found(id);
    },
    putEnvironment(name, facts, actor = theBot) {
      append({ actor, environment: { name, expected: environment(name).seq, facts } });
      return environment(name);
    },
  };
}
