import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Receiver, receiverSchema } from './alerter/payload.ts';
import { keepRunning } from './process/keeper.ts';
import { liveWithParent, tellParent, tellReady } from './process/parent.ts';
import { listen, type Route, serve } from './service/http.ts';
import { guard } from './service/mutation.ts';
import { deploymentRoutes } from './supervisor/deployments.ts';
import { faultRoutes } from './supervisor/faults.ts';
import { startFleet } from './supervisor/fleet.ts';
import { layoutOf } from './supervisor/layout.ts';
import { loadSchema, startLoad } from './supervisor/load.ts';
import { migrationRoutes } from './supervisor/migrations.ts';

const text = { type: 'string' } as const;
const port = z.coerce.number();
const { values } = parseArgs({
  options: { data: text, router: text, supervisor: text, blue: text, green: text, alerter: text },
});
const { data, ...ports } = z
  .object({ data: z.string(), router: port, supervisor: port, blue: port, green: port, alerter: port })
  .parse(values);

liveWithParent();
const layout = layoutOf(data, ports);
const fleet = startFleet(layout, publish);
const router = keepRunning(layout.router(), publish);
const alerter = keepRunning(layout.alerter(), publish);
const { mutate, notice } = guard('supervisor', {
  state: layout.state('supervisor'),
  ledger: layout.ledger('supervisor'),
});
const load = startLoad(ports.router, { readsPerSecond: 0, intentsPerSecond: 0 });
const routes: Route[] = [
  { method: 'GET', path: '/healthz', handle: () => ({ status: 200, body: { status: 'ok' } }) },
  ...deploymentRoutes({ fleet, mutate, live }),
  ...migrationRoutes(layout.state('migrations'), mutate),
  ...faultRoutes(fleet, mutate),
  { method: 'GET', path: '/load', handle: () => ({ status: 200, body: { ...load.rate, ...load.count } }) },
  {
    method: 'PUT',
    path: '/load',
    handle: mutate(loadSchema, (rate) => {
      load.set(rate);
      return { status: 200, body: { ...rate }, changed: true };
    }),
  },
];
let announced = false;
let receiver: Receiver | undefined;
process.on('message', (message) => {
  receiver = z.object({ receiver: receiverSchema }).parse(message).receiver;
  publish();
});
process.on('SIGTERM', () => void stop());
await listen(serve(routes, { notice }), ports.supervisor);
publish();

/**
 * Tells the router what is deployed, the alerter who takes alerts, and the parent which processes there are and, once,
 * that all is up.
 */
function publish(): void {
  const pids = [...fleet.pids(), ...[router, alerter].flatMap(({ pid }) => pid ?? [])];
  router.send({ deployed: fleet.deployed() });
  if (receiver !== undefined) alerter.send({ receiver });
  tellParent({ pids });
  const up =
    router.ready && alerter.ready && fleet.deployed().every((colour) => fleet.describe(colour).ready);
  if (announced || !up) return;
  announced = true;
  load.set({ readsPerSecond: 20, intentsPerSecond: 5 });
  tellReady();
}

async function live(): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${ports.router}/_router/hosts`);
  return Object.values(z.record(z.string(), z.string()).parse(await answer.json()));
}

async function stop(): Promise<void> {
  await Promise.all([fleet.stop(), router.stop(), alerter.stop()]);
  process.exit(0);
}
