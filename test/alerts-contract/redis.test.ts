import { keys } from '../../src/adapters/redis/keys.ts';
import { openStore } from '../../src/compose/store.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { alertsContract } from './contract.ts';

alertsContract('The journal of alerts in Redis', async (clock) => {
  const server = await redisForTest();
  const store = await openStore(server.url, clock, () => undefined);
  await until(
    'the subscription',
    async () => (await store.patient.pubsub('NUMSUB', keys.alertChanges))[1] === 1,
  );
  return {
    alerts: store.alerts,
    async stop() {
      await store.close();
      await server.stop();
    },
  };
});
