import { memoryAlerts } from '../support/memory-alerts.ts';
import { alertsContract } from './contract.ts';

alertsContract('The journal of alerts in memory', async (clock) => ({
  alerts: memoryAlerts(clock),
  stop: async () => undefined,
}));
