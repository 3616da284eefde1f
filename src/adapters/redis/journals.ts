import type { Redis } from 'ioredis';
import type { EnvironmentFact } from '../../core/environment/event.ts';
import type { EnvironmentState } from '../../core/environment/state.ts';
import type { Json } from '../../core/json.ts';
import { theBot } from '../../core/rollout/actor.ts';
import { openDutiesOf } from '../../core/rollout/duties.ts';
import { isEnded } from '../../core/rollout/status.ts';
import { type Claiming, type Journals, type Lease, LeaseLost } from '../../ports/journals.ts';
import type { Append, Appended } from './appender.ts';
import { keys } from './keys.ts';
import type { Reader } from './reader.ts';
import type { Scripts } from './scripts.ts';

interface Parts {
  redis: Redis;
  scripts: Scripts;
  reader: Reader;
  append: (what: Append) => Promise<Appended>;
  /** Names this worker; unique among all that share the Redis. */
  owner: string;
  /** How long a lease lasts without renewal. A rollout of a killed worker is resumed after this. */
  leaseTime: number;
}

const tailLength = 200;
const tailLife = 86_400;
const watchLife = 7 * 86_400;

/** The journals as the loop sees them. */
export function createJournals({ redis, scripts, reader, append, owner, leaseTime }: Parts): Journals {
  return {
    leaseTime,

    async acquire(id) {
      const known = reader.kept(id) ?? (await reader.rollout(id));
      const [epoch, lines] = await scripts.acquire(
        [keys.lease(id), keys.epoch(id), keys.journal(id)],
        [owner, leaseTime, reader.from(known)],
      );
      const rollout = epoch > 0 ? await reader.follow(id, known, lines ?? []) : undefined;
      return rollout && { lease: { rollout: id, epoch, owner }, rollout };
    },

    async renew(lease) {
      const held = await scripts.renew([keys.lease(lease.rollout)], [tokenOf(lease), leaseTime]);
      if (held !== 1) throw new LeaseLost(lease.rollout);
    },

    async fence(lease) {
      const { rollout } = lease;
      const epoch = await scripts.fence(
        [keys.lease(rollout), keys.epoch(rollout)],
        [tokenOf(lease), owner, leaseTime],
      );
      if (epoch === 0) throw new LeaseLost(rollout);
      return { ...lease, epoch };
    },

    async append(lease, before, facts, { environment, actor = theBot } = {}) {
      const claim =
        environment && (await claimFacts(reader, before.plan.environment.name, lease.rollout, environment));
      if (claim === 'busy') return 'busy';
      const appended = await append({
        actor,
        token: tokenOf(lease),
        rollout: { id: lease.rollout, before, facts },
        ...(claim && claim.facts.length > 0 ? { environment: claim } : {}),
      });
      if (appended.outcome === 'fenced') throw new LeaseLost(lease.rollout);
      return appended.outcome === 'ok' && appended.rollout ? appended.rollout : 'moved';
    },

    async refresh(before) {
      const { id } = before.state;
      const lines = await redis.lrange(keys.journal(id), reader.from(before), -1);
      const rollout = await reader.follow(id, before, lines);
      if (!rollout) throw new Error(`the journal of ${id} is gone from Redis`);
      return rollout;
    },

    async rest(lease, { plan, state }, until) {
      const { rollout: id } = lease;
      const ended = isEnded(plan, state) ? 1 : 0;
      const rested = await scripts.rest(
        [keys.lease(id), keys.journal(id), keys.due, keys.active, keys.duties, keys.rollouts],
        [tokenOf(lease), state.seq, id, until ?? '', ended, openDutiesOf({ plan, state }).length > 0 ? 1 : 0],
      );
      return rested === 1 ? 'rested' : 'moved';
    },

    due: (now, limit) => scripts.due([keys.due], [now, limit, keys.lease('')]),

    async watch(id) {
      const text = await redis.get(keys.watch(id));
      return text === null ? undefined : (JSON.parse(text) as Json);
    },

    async keepWatch(id, kept) {
      await redis.set(keys.watch(id), JSON.stringify(kept), 'EX', watchLife);
    },

    async keepTail(id, step, lines) {
      const key = keys.tail(id, step);
      await redis
        .multi()
        .rpush(key, ...lines)
        .ltrim(key, -tailLength, -1)
        .expire(key, tailLife)
        .publish(keys.changes, `${id} 0`)
        .exec();
    },
  };
}

function tokenOf({ epoch, owner }: Lease): string {
  return `${epoch}:${owner}`;
}

/** What the environment's journal gets with a claim or a release; `busy` when another rollout holds it. */
async function claimFacts(
  reader: Reader,
  name: string,
  rollout: string,
  change: Claiming,
): Promise<{ before: EnvironmentState; facts: EnvironmentFact[] } | 'busy'> {
  const before = await reader.environment(name);
  const mine = before.claimedBy === rollout;
  if (change === 'release') {
    return { before, facts: mine ? [{ type: 'environment.released', data: { rollout } }] : [] };
  }
  if (before.claimedBy !== undefined && !mine) return 'busy';
  if (change === 'reclaim' && before.newest !== undefined && before.newest !== rollout) return 'busy';
  return { before, facts: mine ? [] : [{ type: 'environment.claimed', data: { rollout } }] };
}
