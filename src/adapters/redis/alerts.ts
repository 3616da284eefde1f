import type { Redis } from 'ioredis';
import { hear, keptUntil, type Told } from '../../core/alerts/hear.ts';
import { type Notice, noticeSchema, type Telling } from '../../core/alerts/notice.ts';
import { retention } from '../../core/alerts/retention.ts';
import type { Alerts } from '../../ports/alerts.ts';
import type { Clock } from '../../ports/clock.ts';
import { alertLanes } from './alert-lanes.ts';
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
const few = 16;
const scanSize = 500;

/** The journal of alerts in Redis: a hash for each group, and a stream of all that was news. */
export function createAlerts({ redis, scripts, clock, onChange }: Parts): Alerts {
  /** What was told of a few is guessed to be nothing: when that is wrong, the script answers what it was. */
  async function toldBefore(id: string, tellings: readonly Telling[]): Promise<string[]> {
    if (tellings.length <= few) return tellings.map(() => '');
    const fields = tellings.map(({ fingerprint }) => `t ${fingerprint}`);
    return (await redis.hmget(keys.alertGroup(id), ...fields)).map((told) => told ?? '');
  }

  async function tell(id: string, tellings: readonly Telling[]): Promise<boolean[]> {
    const isNews = tellings.map(() => false);
    let before = await toldBefore(id, tellings);
    let waiting = tellings.map((telling, place) => ({ telling, place }));
    for (let attempt = 0; attempt < patience; attempt += 1) {
      const now = clock.now();
      const changes = waiting.flatMap((each, n) => changeOf(each, before[n] ?? '', now));
      if (changes.length === 0) return isNews;
      const moved = pairsOf(await scripts.tell(tellKeys(id), tellArguments(id, changes, now)));
      for (const { place, notice } of changes) isNews[place] = notice !== undefined;
      waiting = moved.flatMap(([n]) => changes[Number(n)] ?? []);
      before = moved.map(([, told]) => String(told));
      for (const { place } of waiting) isNews[place] = false;
      if (waiting.length === 0) return isNews;
    }
    throw new Error(`alerts of the group ${id} could not be stored in ${patience} attempts`);
  }

  const store = alertLanes(tell);
  return {
    onChange,

    async accept(tellings) {
      const news = await Promise.all(tellings.map(store));
      return { fresh: news.filter((isNews) => isNews).length };
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

interface Placed {
  telling: Telling;
  /** Among those that are stored together. */
  place: number;
}

/** A telling that changes something, with what it was judged by. */
interface Change extends Placed {
  before: string;
  told: Told;
  notice?: Notice;
}

function changeOf({ telling, place }: Placed, before: string, now: number): Change[] {
  const heard = hear(readTold(before), telling, now);
  if (heard.told === undefined) return [];
  return [{ telling, place, before, told: heard.told, ...(heard.news ? { notice: heard.notice } : {}) }];
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

function pairsOf<T>(flat: readonly T[]): [T, T][] {
  const pairs: [T, T][] = [];
  for (let n = 0; n + 1 < flat.length; n += 2) pairs.push([flat[n] as T, flat[n + 1] as T]);
  return pairs;
}
