import type { Redis } from 'ioredis';
import type { Refusal } from '../../core/refusal.ts';
import { openDutiesOf } from '../../core/rollout/duties.ts';
import type { Fact } from '../../core/rollout/event.ts';
import { isEnded } from '../../core/rollout/status.ts';
import type { Rollout, Rollouts, Standing } from '../../ports/rollouts.ts';
import type { Waker } from '../../ports/wake.ts';
import type { Append, Appended } from './appender.ts';
import { keys } from './keys.ts';
import type { Reader } from './reader.ts';

/** So many times a decision is asked again because somebody wrote in between; more is a fault, not a race. */
const patience = 100;

interface Parts {
  redis: Redis;
  reader: Reader;
  append: (what: Append) => Promise<Appended>;
  waker: Waker;
  onChange: Rollouts['onChange'];
}

/** The rollouts as commands and pages see them. */
export function createRollouts({ redis, reader, append, waker, onChange }: Parts): Rollouts {
  const wake = (id: string, facts: readonly Fact[]) =>
    void waker.wake(id, { urgent: facts.some(({ type }) => type === 'rollback.requested') });

  /** All in one go where the environment is known: who records waits for one way to Redis. */
  async function standing(id: string, after?: number): Promise<Standing | undefined> {
    const name = reader.kept(id)?.plan.environment.name;
    const [rollout, known, events] = await Promise.all([
      reader.rollout(id),
      name === undefined ? undefined : reader.environment(name),
      after === undefined ? [] : reader.events(id, after),
    ]);
    if (!rollout) return undefined;
    const { state, plan } = rollout;
    const isOther = known === undefined || known.name !== plan.environment.name;
    const environment = isOther ? await reader.environment(plan.environment.name) : known;
    return { rollout, environment, since: events.filter(({ seq }) => seq <= state.seq) };
  }

  return {
    onChange,
    find: (id) => reader.rollout(id),
    events: (id, after = 0) => reader.events(id, after),
    environment: (name) => reader.environment(name),
    standing,
    tail: (id, step) => redis.lrange(keys.tail(id, step), 0, -1),

    async list({ environment, active = false, duties = false, limit = 50 }) {
      const listed = duties ? keys.duties : active ? keys.active : keys.rollouts;
      const ids = await redis.zrevrange(listed, 0, -1);
      const found: Rollout[] = [];
      for (const id of ids) {
        if (found.length >= limit) break;
        const rollout = await reader.rollout(id);
        if (rollout && isWanted(rollout, { environment, active, duties })) found.push(rollout);
      }
      return found.sort((a, b) => b.state.plannedAt.localeCompare(a.state.plannedAt));
    },

    async record(id, actor, decide, after, asked) {
      for (let attempt = 0; attempt < patience; attempt += 1) {
        const found = await (attempt === 0 && asked ? asked : standing(id, after));
        if (!found) return { refusal: unknownRollout(id) };
        const { rollout: before, environment, since } = found;
        const decision = decide(before, environment, since);
        if ('refusal' in decision) return decision;
        const facts = decision.environment ?? [];
        const appended = await append({
          actor,
          rollout: { id, before, facts: decision.facts },
          ...(facts.length > 0 ? { environment: { before: environment, facts } } : {}),
        });
        if (appended.outcome !== 'ok') continue;
        wake(id, decision.facts);
        return { rollout: appended.rollout ?? before };
      }
      throw new Error(`${id}: no decision could be recorded in ${patience} attempts`);
    },

    async create(short, actor, planned, decide) {
      const id = `${short}-${await redis.incr(keys.counter(short))}`;
      const facts: Fact[] = [{ type: 'rollout.planned', data: { id, ...planned } }];
      if (planned.startAt === undefined) facts.push({ type: 'rollout.started', data: {} });
      for (let attempt = 0; attempt < patience; attempt += 1) {
        const environment = await reader.environment(planned.plan.environment.name);
        const decision = decide(environment, id);
        if ('refusal' in decision) return decision;
        const appended = await append({
          actor,
          rollout: { id, before: undefined, facts },
          ...(decision.environment.length > 0
            ? { environment: { before: environment, facts: decision.environment } }
            : {}),
        });
        if (appended.outcome !== 'ok' || !appended.rollout) continue;
        void waker.wake(id);
        return { rollout: appended.rollout };
      }
      throw new Error(`${id}: could not be created in ${patience} attempts`);
    },

    async recordEnvironment(name, actor, decide) {
      for (let attempt = 0; attempt < patience; attempt += 1) {
        const before = await reader.environment(name);
        const decision = decide(before);
        if ('refusal' in decision) return decision;
        const appended = await append({ actor, environment: { before, facts: decision.facts } });
        if (appended.outcome === 'ok') return { environment: appended.environment ?? before };
      }
      throw new Error(`${name}: no decision could be recorded in ${patience} attempts`);
    },
  };
}

interface Wanted {
  environment: string | undefined;
  active: boolean;
  duties: boolean;
}

function isWanted({ plan, state }: Rollout, { environment, active, duties }: Wanted): boolean {
  if (duties && openDutiesOf({ plan, state }).length === 0) return false;
  if (environment !== undefined && plan.environment.name !== environment) return false;
  return !active || !isEnded(plan, state);
}

function unknownRollout(id: string): Refusal {
  return {
    reason: 'unknown-rollout',
    what: `There is no rollout ${id}.`,
    why: 'Its journal is empty.',
    next: 'See the ids with `/rollout list`.',
  };
}
