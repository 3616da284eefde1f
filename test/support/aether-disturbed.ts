import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployGreen, openAether } from './aether.ts';
import { aetherFates } from './aether-fates.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import { lineOfBots } from './line-of-bots.ts';

/** All that the Aether playbook acts on, with a proxy before the API server that can misbehave, and bots that can be killed. */
export async function openDisturbedAether() {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-aether-disturbed-'));
  const { fateOf, hold } = aetherFates();
  const proxies: FaultyProxy[] = [];
  const through = async (kubeconfig: string) => {
    const proxy = await startFaultyProxy(kubeconfig);
    proxies.push(proxy);
    return proxy.kubeconfig;
  };
  const place = await openAether(dir, fateOf, { window: '24h', through });
  const [proxy] = proxies;
  if (proxy === undefined) throw new Error('nothing was put before the API server');
  await deployGreen(place);
  const bots = lineOfBots(place.env);
  return {
    place,
    proxy,
    bots,
    hold,
    type: bots.type,
    async stop(): Promise<void> {
      await bots.stop();
      await place.stop();
      await proxy.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
export type DisturbedAether = Awaited<ReturnType<typeof openDisturbedAether>>;
