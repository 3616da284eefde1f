import { hear, keptUntil, type Told } from '../../src/core/alerts/hear.ts';
import { alertGroupId, type Notice, noticeSchema, type Telling } from '../../src/core/alerts/notice.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import type { Clock } from '../../src/ports/clock.ts';

interface Group {
  version: number;
  /** By fingerprint. */
  alerts: Map<string, { told: Told; notice: Notice }>;
}

/** The journal of alerts in memory, with the promises of the one in Redis. */
export function memoryAlerts(clock: Clock): Alerts {
  const groups = new Map<string, Group>();
  /** By the version in which a group first changed since it was seen. */
  const changed = new Map<string, number>();
  const listeners = new Set<() => void>();
  let newest = 0;

  function tell(telling: Telling, now: number): boolean {
    const id = alertGroupId(telling);
    const group = groups.get(id) ?? { version: 0, alerts: new Map() };
    const before = group.alerts.get(telling.fingerprint);
    const heard = hear(before?.told, telling, now);
    if (!heard.news) {
      if (heard.told && before) before.told = heard.told;
      return false;
    }
    const notice = noticeSchema.parse(JSON.parse(JSON.stringify(heard.notice)));
    newest += 1;
    group.version = newest;
    group.alerts.set(telling.fingerprint, { told: heard.told, notice });
    groups.set(id, group);
    if (!changed.has(id)) changed.set(id, newest);
    return true;
  }

  function forget(now: number): void {
    for (const [id, { alerts }] of groups) {
      for (const [fingerprint, { told }] of alerts) if (keptUntil(told) <= now) alerts.delete(fingerprint);
      if (alerts.size > 0) continue;
      groups.delete(id);
      changed.delete(id);
    }
  }

  const fires = ({ alerts }: Group) => [...alerts.values()].some(({ told }) => told.status === 'firing');
  const versionOf = (id: string) => groups.get(id)?.version ?? 0;

  return {
    async accept(tellings) {
      const now = clock.now();
      const fresh = tellings.filter((telling) => tell(telling, now)).length;
      if (fresh > 0) forget(now);
      if (fresh > 0) for (const listener of listeners) listener();
      return { fresh };
    },
    async changed(limit) {
      const waiting = [...changed].sort(([, a], [, b]) => a - b).slice(0, limit);
      return waiting.map(([id]) => ({ id, version: versionOf(id) }));
    },
    async firing(limit) {
      const firing = [...groups].filter(([, group]) => fires(group));
      const lastFirst = firing.sort(([, a], [, b]) => b.version - a.version).slice(0, limit);
      return lastFirst.map(([id, { version }]) => ({ id, version }));
    },
    async group(id) {
      const alerts = [...(groups.get(id)?.alerts ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      const notices = alerts.map(([, { notice }]) => notice);
      const [first] = notices;
      return first && { id, source: first.source, groupKey: first.groupKey, notices };
    },
    async seen(id, version) {
      const { version: now } = groups.get(id) ?? { version: 0 };
      if (now <= version) changed.delete(id);
      else if (changed.has(id)) changed.set(id, now);
    },
    onChange(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
