import { keys } from '../src/adapters/redis/keys.ts';
import { openStore, type Store } from '../src/compose/store.ts';
import { systemClock } from '../src/ports/clock.ts';
import { alertmanagerInstalled, type PostedAlert, startAlertmanager } from '../test/support/alertmanager.ts';
import { until } from '../test/support/until.ts';
import { alertServer, deliver, token } from './alert-client.ts';
import { bytes, type Figure, ms } from './figure.ts';
import { interleaved } from './measure.ts';

export const storm = 10_000;
export const groups = 20;
const rounds = 7;
const memoryLimit = 512 * 1_048_576;

/** A storm straight at the webhook and through a real Alertmanager: how fast it is stored, and that nothing is lost. */
export async function alerts(url: string): Promise<Figure[]> {
  const store = await openStore(url, systemClock, (error) => console.error(error));
  const ours = await alertServer('ours', url);
  const bare = await alertServer('bare', url);
  const bareEach = await alertServer('bare-each', url);
  let storms = 0;
  const straight = (size: number) => () => {
    storms += 1;
    return deliver(`${ours.url}/webhooks/alertmanager`, payloads(`straight-${storms}`, size));
  };
  const took = await interleaved(rounds, {
    singly: straight(1),
    bareSingly: () => deliver(bare.url, payloads('bare', 1)),
    grouped: straight(storm / groups),
    bareGrouped: () => deliver(bare.url, payloads('bare', storm / groups)),
    bareEach: () => deliver(bareEach.url, payloads('bare', storm / groups)),
  });
  const straightKept = await countKept(store);
  const through = alertmanagerInstalled() ? await throughAlertmanager(store, ours.url) : [];
  const [peak, barePeak] = [await ours.peak(), await bare.peak()];
  for (const server of [ours, bare, bareEach]) server.stop();
  await store.close();
  return [
    rateFigure(`${storm} alerts in ${groups} groups, each in a delivery of its own`, took.singly, {
      name: 'floor: a bare HTTP server, same token, one Redis write a delivery',
      took: took.bareSingly,
    }),
    rateFigure(`The same in ${groups} deliveries, as Alertmanager sends them`, took.grouped, {
      name: `floor: the same server with a Redis write for each alert (with one for the unread body ${rate(took.bareGrouped)})`,
      took: took.bareEach,
    }),
    countFigure(`${storms} such storms: alerts in the store`, straightKept, storms * storm),
    ...through,
    {
      what: 'Peak memory of the process that took them',
      value: bytes(peak),
      beside: `the bare server ${bytes(barePeak)}`,
      bound: `under ${bytes(memoryLimit)}`,
      holds: peak < memoryLimit,
    },
  ];
}

/** The storm in deliveries of so many alerts of a group, as Alertmanager 0.25 writes them. */
export function payloads(name: string, size: number, more: Readonly<Record<string, string>> = {}): string[] {
  return Array.from({ length: storm / size }, (_, delivery) => {
    const group = delivery % groups;
    const alertname = `Group${group}`;
    const labels = { alertname, severity: 'page', storm: name, service: 'checkout', ...more };
    const alerts = Array.from({ length: size }, (_each, n) => ({
      status: 'firing',
      labels: { ...labels, instance: `10.2.${delivery}.${n}:9100` },
      annotations: {
        summary: `Instance ${n} answers too slowly`,
        runbook_url: 'https://runbooks.example/slow',
      },
      startsAt: new Date().toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example:9090/graph?g0.expr=latency%3E1&g0.tab=1',
      fingerprint: `${name}-${delivery}-${n}`,
    }));
    return JSON.stringify({
      receiver: 'cutover',
      status: 'firing',
      alerts,
      groupLabels: { alertname },
      commonLabels: labels,
      commonAnnotations: {},
      externalURL: 'http://am.example:9093',
      version: '4',
      groupKey: `{}:{alertname="${alertname}", storm="${name}"}`,
      truncatedAlerts: 0,
    });
  });
}

/** The same through the real one; it waits a second for each new group. */
async function throughAlertmanager(store: Store, url: string): Promise<Figure[]> {
  const am = await startAlertmanager({
    webhook: `${url}/webhooks/alertmanager`,
    token,
    groupBy: ['alertname', 'storm'],
  });
  const before = await store.patient.zcard(keys.alertsKept);
  const posted = Array.from(
    { length: storm },
    (_, n): PostedAlert => ({
      labels: { alertname: `Group${n % groups}`, storm: 'through', instance: `i${n}`, severity: 'page' },
      annotations: { summary: `Instance ${n} answers too slowly` },
    }),
  );
  const from = performance.now();
  for (let n = 0; n < storm; n += 500) await am.post(posted.slice(n, n + 500));
  const stored = async () => (await store.patient.zcard(keys.alertsKept)) - before;
  await until('the storm to be stored', async () => (await stored()) >= storm, 60).catch(() => undefined);
  const took = performance.now() - from;
  await am.stop();
  const kept = await countKept(store, 'through');
  const what = `The storm through a real Alertmanager, in ${ms(took)}: alerts in the store`;
  return [countFigure(what, kept, storm)];
}

/** Distinct alerts in the store, of one storm or of all. */
async function countKept(store: Store, name?: string): Promise<number> {
  const instances = new Set<string>();
  for (const { id } of await store.alerts.firing(10_000)) {
    const { notices = [] } = (await store.alerts.group(id)) ?? {};
    for (const { labels } of notices)
      if (name === undefined || labels.storm === name) instances.add(`${labels.storm} ${labels.instance}`);
  }
  return instances.size;
}

const rate = (milliseconds: number) => `${Math.round((storm / milliseconds) * 1_000)} alerts/s`;

function rateFigure(what: string, ours: number, floor: { name: string; took: number }): Figure {
  const factor = floor.took / ours;
  return {
    what,
    value: rate(ours),
    beside: `${floor.name}: ${rate(floor.took)}`,
    bound: `${factor.toFixed(2)}×, at least 0.5×`,
    holds: factor >= 0.5,
  };
}

function countFigure(what: string, kept: number, told: number): Figure {
  return { what, value: String(kept), beside: `told: ${told}`, bound: 'none lost', holds: kept === told };
}
