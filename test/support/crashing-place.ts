import { sandboxEnvironments } from '../../sandbox/environment.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import type { Playbook } from '../../src/core/playbook/playbook.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { call, discard, isAlive, sandboxForTest } from '../sandbox/support.ts';
import type { Setup } from './crashing-setup.ts';
import { redisForTest } from './redis.ts';

/** What bots work with: a Redis and a sandbox of their own, and a look into both. */
export interface Place {
  store: Store;
  sandbox: Sandbox & { dataDir: string };
  /** What a bot of this place is told. `leaseTime` in milliseconds. */
  setup(playbook: Playbook, leaseTime: number): Setup;
  /** As a sandbox is at first: blue serves, its writes open, and there is no green. */
  reset(): Promise<void>;
  /** Ends everything; answers the processes that are left. */
  stop(): Promise<number[]>;
}

export async function openPlace(): Promise<Place> {
  const [redis, sandbox] = await Promise.all([redisForTest(), sandboxForTest()]);
  const { urls } = sandbox;
  await call('PUT', `${urls.supervisor}/load`, { readsPerSecond: 15, intentsPerSecond: 5 });
  const store = await openStore(redis.url, systemClock, () => undefined);
  const environments = sandboxEnvironments(sandbox, sandbox.dataDir);
  return {
    store,
    sandbox,
    setup: (playbook, leaseTime) => ({ redisUrl: redis.url, leaseTime, playbook, environments }),
    async reset() {
      await call('PUT', `${urls.router}/_router/hosts`, { api: 'blue', app: 'blue' });
      await call('PUT', `${urls.blue}/safe-mode`, { enabled: false });
      await call('DELETE', `${urls.supervisor}/deployments/green`);
    },
    async stop() {
      const pids = [redis.pid, ...sandbox.pids()];
      await store.close();
      await discard(sandbox);
      await redis.stop();
      return pids.filter(isAlive);
    },
  };
}
