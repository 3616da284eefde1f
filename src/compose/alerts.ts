import type { FastifyPluginAsync } from 'fastify';
import { readAlertmanager } from '../adapters/alerts/alertmanager.ts';
import { readGeneric } from '../adapters/alerts/generic.ts';
import { readGoogleMonitoring } from '../adapters/alerts/google-monitoring.ts';
import { pushTokenCheck } from '../adapters/alerts/push-token.ts';
import type { Log } from '../adapters/log.ts';
import type { Meters } from '../adapters/meters.ts';
import { alertDoor } from '../adapters/web/alert-doors.ts';
import { type AlertEntry, alertWebhooks } from '../adapters/web/alerts.ts';
import type { Config } from '../config/config.ts';
import type { Repeats } from './repeats.ts';
import type { Store } from './store.ts';

/** Where Alertmanager posts. */
export const alertmanagerPath = '/webhooks/alertmanager';

export interface AlertsInParts {
  config: Config;
  store: Store;
  meters: Meters;
  log: Log;
  repeats: Repeats;
}

/** The webhooks of alerts; none without a token, which the log says. */
export function alertsIn({ config, store, meters, log, repeats }: AlertsInParts): FastifyPluginAsync[] {
  if (config.alerts === undefined) {
    log.info('Alerts are off: ALERT_WEBHOOK_TOKEN is not set');
    return [];
  }
  return [
    alertWebhooks({
      entries: entriesOf(config.alerts),
      alerts: store.alerts,
      onTold: meters.alertsTold,
      onAnswered: meters.deliveryAnswered,
      onTrouble(source, message, error) {
        repeats.say('warn', `alerts ${source} ${message}`, { err: error, source }, message);
      },
    }),
  ];
}

function entriesOf({ token, push }: NonNullable<Config['alerts']>): AlertEntry[] {
  const shared = token === undefined ? {} : { token };
  const signed = push === undefined ? {} : { signed: pushTokenCheck(push) };
  const byHeader = alertDoor(shared);
  return [
    {
      path: alertmanagerPath,
      source: 'alertmanager',
      mayEnter: byHeader,
      read: readAlertmanager,
    },
    {
      path: '/webhooks/google-monitoring',
      source: 'google-monitoring',
      mayEnter: alertDoor({ ...shared, ...signed, inAddress: true }),
      read: readGoogleMonitoring,
    },
    { path: '/webhooks/alerts', source: 'generic', mayEnter: byHeader, read: readGeneric },
  ];
}
