import type { Redis } from 'ioredis';
import { hear, keptUntil, type Told } from '../../core/alerts/hear.ts';
import { type Notice, noticeSchema, type Telling } from '../../core/alerts/notice.ts';
import { retention } from '../../core/alerts/retention.ts';
import type { Alerts } from '../../ports/alerts.ts';
import type { Clock } from '../../ports/clock.ts';
import { chunksOf } from './alert-chunks.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

interface Parts {
  redis: Redis;
  scripts: Scripts;
  clock: Clock;
  onChange: Alerts['onChange'];
}

/** So often an alert is judged again because somebody else told of it in between; more is a fault, not a race. */
const patience = 50;
const scanSize = 500;

/** The journal of alerts in Redis: a hash for each group, and a stream of all that was news. */
export function createAlerts({ redis, scripts, clock, onChange }: Parts): Alerts {
  async function tell(id: string, tellings: readonly Telling[]): Promise<number> {
    let waiting = tellings;
    let fresh = 0;
    for (let attempt = 0; attempt < patience; attempt += 1) {
      const now = clock.now();
      const fields = waiting.map(({ fingerprint }) => `t ${fingerprint}`);
      const before = await redis.hmget(keys.alertGroup(id), ...fields);
      const changes = waiting.flatMap((telling, n) => changeOf(telling, before[n] ?? '', now));
      if (changes.length === 0) return fresh;
      const [news = 0, ...moved] = await scripts.tell(tellKeys(id), tellArguments(id, changes, now));
      fresh += news;
      if (moved.length === 0) return fresh;
      waiting = moved.flatMap((place) => changes[place]?.telling ?? []);
    }
    throw new Error(`alerts of the group ${id} could not be stored in ${patience} attempts`);
  }

  return {
    onChange,

    async accept(tellings) {
      let fresh = 0;
      for (const { id, chunk } of chunksOf(tellings)) fresh += await tell(id, chunk);
      return { fresh };
    },

    async changed(limit) {
      const ids = await redis.zrange(keys.alertsChanged, '0', String(limit - 1));
      const versions = await Promise.all(ids.map((id) => redis.hget(keys.alertGroup(id), 'version')));
      return ids.map((id, n) => ({ id, version: Number(versions[n] ?? 0) }));
    },

    async firing(limit) {
      const found = await redis.zrevrange(keys.alertsFiring, 0, limit - 1, 'WITHSCORES');
      return pairsOf(found).map(([id, version]) => ({ id, version: Number(version) }));
    },

    async group(id) {
      const notices = await readNotices(redis, id);
      const [first] = notices;
      return first && { id, source: first.source, groupKey: first.groupKey, notices };
    },

    async seen(id, version) {
      await scripts.seen([keys.alertGroup(id), keys.alertsChanged], [id, version]);
    },
  };
}

/** An alert whose telling changes something, with what was judged by. */
interface Change {
  telling: Telling;
  before: string;
  told: Told;
  notice?: Notice;
}

function changeOf(telling: Telling, before: string, now: number): Change[] {
  const heard = hear(readTold(before), telling, now);
  if (heard.told === undefined) return [];
  return [{ telling, before, told: heard.told, ...(heard.news ? { notice: heard.notice } : {}) }];
}

function tellKeys(id: string): string[] {
  const { alertsChanged, alertsFiring, alertsKept, alertsVersion, alertsJournal } = keys;
  return [keys.alertGroup(id), alertsChanged, alertsFiring, alertsKept, alertsVersion, alertsJournal];
}

function tellArguments(id: string, changes: readonly Change[], now: number): (string | number)[] {
  const begin = Math.max(now - retention.journal, 0);
  const alerts = changes.flatMap(({ telling, before, told, notice }) => [
    telling.fingerprint,
    before,
    writeTold(told),
    notice === undefined ? '' : JSON.stringify(notice),
    keptUntil(told),
  ]);
  return [id, keys.alertGroup(''), now, keys.alertChanges, begin, ...alerts];
}

/** `firing` or `resolved`, begin, end, when heard. The scripts read the first letter. */
function writeTold({ status, startsAt, endsAt, at }: Told): string {
  return `${status} ${startsAt} ${endsAt} ${at}`;
}

function readTold(text: string): Told | undefined {
  if (text === '') return undefined;
  const [status, startsAt, endsAt, at] = text.split(' ');
  return {
    status: status === 'firing' ? 'firing' : 'resolved',
    startsAt: Number(startsAt),
    endsAt: Number(endsAt),
    at: Number(at),
  };
}

/** In pieces, so that a large group doesn't keep others waiting. What changes meanwhile makes a newer version. */
async function readNotices(redis: Redis, id: string): Promise<Notice[]> {
  const found = new Map<string, Notice>();
  let cursor = '0';
  do {
    const [next, fields] = await redis.hscan(keys.alertGroup(id), cursor, 'MATCH', 'n *', 'COUNT', scanSize);
    for (const [field, text] of pairsOf(fields)) found.set(field, noticeSchema.parse(JSON.parse(text)));
    cursor = next;
  } while (cursor !== '0');
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice);
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((value, n) => (n % 2 === 0 ? [[value, flat[n + 1] ?? ''] as [string, string]] : []));
}
