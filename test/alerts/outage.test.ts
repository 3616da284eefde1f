import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { openStore } from '../../src/compose/store.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { portForLater } from '../support/port.ts';
import { until } from '../support/until.ts';
import { openDoor, post } from './door.ts';

/** A sender like Alertmanager: it repeats a delivery until it is answered 200. */
async function deliver(url: string, delivery: object[]): Promise<number[]> {
  const statuses: number[] = [];
  await until('the delivery to be taken', async () => {
    const { status } = await post(url, 'alerts', delivery);
    statuses.push(status);
    return status === 200;
  });
  return statuses;
}

test('alerts that come while Redis is away are put off, come again, and none is lost', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-alerts-'));
  const first = await startEmbeddedRedis({ dir, port: await portForLater(), appendfsync: 'always' });
  const store = await openStore(first.url, systemClock, () => undefined);
  const door = await openDoor({ alerts: store.alerts });
  const delivery = (n: number) =>
    Array.from({ length: 50 }, (_, m) => ({
      name: 'Storm',
      group: `g${n % 5}`,
      labels: { at: `${n}-${m}` },
    }));

  const senders = Array.from({ length: 12 }, (_, n) => deliver(door.url, delivery(n)));
  await Promise.race(senders);
  await first.stop();
  senders.push(...Array.from({ length: 12 }, (_, n) => deliver(door.url, delivery(n + 12))));
  await until('a 503', () => door.outcomes.includes('store-away'));
  const second = await startEmbeddedRedis({ dir, port: first.port, appendfsync: 'always' });
  const statuses = (await Promise.all(senders)).flat();

  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  const groups = await store.alerts.firing(10);
  const kept = await Promise.all(groups.map(({ id }) => store.alerts.group(id)));
  const told = kept.flatMap((group) => group?.notices.map(({ labels }) => labels.at) ?? []);
  expect(told).toHaveLength(24 * 50);
  expect(new Set(told).size).toBe(24 * 50);

  await door.close();
  await store.close();
  await second.stop();
  await rm(dir, { recursive: true, force: true });
});
