import { z } from 'zod';
import { preconditionHolds } from '../service/durable.ts';
import type { Answer, Call, Route } from '../service/http.ts';
import { type Faults, faultsSchema } from './faults.ts';
import type { Platform } from './platform.ts';

const safeModeSchema = z.strictObject({ enabled: z.boolean() });

/** What operators use: health, metrics, safe mode, faults. */
export function operationRoutes(platform: Platform): Route[] {
  const { mutate } = platform.guard;
  return [
    { method: 'GET', path: '/healthz', handle: () => health(platform) },
    { method: 'GET', path: '/readyz', handle: () => ({ status: 200, body: { ready: true } }) },
    { method: 'GET', path: '/metrics', handle: () => metrics(platform) },
    { method: 'GET', path: '/intents', handle: () => ({ status: 200, body: platform.intents.describe() }) },
    { method: 'GET', path: '/safe-mode', handle: () => safeMode(platform) },
    {
      method: 'PUT',
      path: '/safe-mode',
      handle: mutate(safeModeSchema, ({ enabled }, call) => setSafeMode(platform, enabled, call)),
    },
    { method: 'GET', path: '/faults', handle: () => ({ status: 200, body: { ...platform.faults } }) },
    { method: 'PUT', path: '/faults', handle: mutate(faultsSchema, (faults) => setFaults(platform, faults)) },
    { method: 'POST', path: '/faults/crash', handle: mutate(z.unknown(), crash) },
  ];
}

function health({ colour, version, safeMode }: Platform): Answer {
  return { status: 200, body: { status: 'ok', colour, version, safeMode: safeMode.value.enabled } };
}

async function metrics(platform: Platform): Promise<Answer> {
  if (platform.faults.noData)
    return { status: 503, body: { error: 'no data: the fault that was switched on' } };
  return { status: 200, body: await platform.metrics.text() };
}

function safeMode(platform: Platform): Answer {
  const { value, etag } = platform.safeMode;
  return { status: 200, body: { enabled: value.enabled }, headers: { etag } };
}

function setSafeMode(platform: Platform, enabled: boolean, call: Call): Answer {
  if (!preconditionHolds(call.headers['if-match'], platform.safeMode.etag)) {
    return { status: 412, body: { error: 'safe mode was changed since it was read' } };
  }
  const changed = platform.safeMode.value.enabled !== enabled;
  if (changed) platform.safeMode.set({ enabled });
  platform.metrics.safeMode(enabled);
  return { ...safeMode(platform), changed };
}

function setFaults(platform: Platform, faults: Faults): Answer {
  platform.faults = faults;
  return { status: 200, body: { ...faults }, changed: true };
}

function crash(): Answer {
  return { status: 202, body: { crashing: true }, changed: true, after: () => process.exit(1) };
}
