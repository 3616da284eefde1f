import { once } from 'node:events';
import { connect } from 'node:net';
import { readAlertmanager } from '../../src/adapters/alerts/alertmanager.ts';
import { readGeneric } from '../../src/adapters/alerts/generic.ts';
import { readGoogleMonitoring } from '../../src/adapters/alerts/google-monitoring.ts';
import { type AlertDoorKeys, alertDoor } from '../../src/adapters/web/alert-doors.ts';
import { type AlertWebhooksDeps, alertWebhooks } from '../../src/adapters/web/alerts.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import { serve } from '../web/serve.ts';

export const token = 'the-token-of-the-alerts';

export interface DoorOptions {
  alerts: Pick<Alerts, 'accept'>;
  limits?: AlertWebhooksDeps['limits'];
  signed?: AlertDoorKeys['signed'];
  requestTimeout?: number;
}

/** The bot's web server with the webhooks of alerts, and what they reported. */
export async function openDoor({ alerts, limits, signed, requestTimeout }: DoorOptions) {
  const told: [string, number, number][] = [];
  const outcomes: string[] = [];
  const troubles: string[] = [];
  const mayEnter = alertDoor({ token });
  const inAddress = alertDoor({ token, inAddress: true, ...(signed ? { signed } : {}) });
  const webhooks = alertWebhooks({
    entries: [
      { path: '/webhooks/alertmanager', source: 'alertmanager', mayEnter, read: readAlertmanager },
      {
        path: '/webhooks/google-monitoring',
        source: 'google-monitoring',
        mayEnter: inAddress,
        read: readGoogleMonitoring,
      },
      { path: '/webhooks/alerts', source: 'generic', mayEnter, read: readGeneric },
    ],
    alerts,
    onTold: (...what) => told.push(what),
    onAnswered: (_source, outcome) => outcomes.push(outcome),
    onTrouble: (_source, message) => troubles.push(message),
    ...(limits ? { limits } : {}),
  });
  const served = await serve({ open: [webhooks], ...(requestTimeout ? { requestTimeout } : {}) });
  return { ...served, told, outcomes, troubles, close: () => served.server.close() };
}

/** Posts to one of the webhooks, with the token unless told otherwise. */
export function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${url}/webhooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Speaks HTTP by hand: `head` at once, then what `write` says until the server has had enough. */
export async function speak(
  url: string,
  head: string,
  write: (say: (text: string) => boolean) => Promise<void>,
) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  let isOver = false;
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      resolve();
    });
  });
  await once(socket, 'connect');
  socket.write(head);
  await write((text) => {
    if (!isOver && socket.writable) socket.write(text);
    return !isOver;
  });
  await closed;
  return { answer, written: socket.bytesWritten };
}
