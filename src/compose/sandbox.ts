import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sandboxEnvironments } from '../../sandbox/environment.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import type { FaultChoice, Faults } from '../adapters/console/context.ts';
import type { SandboxPages } from '../adapters/console/sandbox-pages.ts';
import type { Config } from '../config/config.ts';
import type { AppParts } from './app.ts';
import { pagesOfSandbox } from './sandbox-pages.ts';

export interface RunningSandbox extends Sandbox {
  environments: ReturnType<typeof sandboxEnvironments>;
  faults: Faults;
  pages: SandboxPages;
}

/** The sandbox of this configuration, with its data beside the bot's. */
export async function startSandboxFor(
  config: Config,
  onDeath: (how: string) => void,
): Promise<RunningSandbox> {
  const dataDir = join(config.dataDir, 'sandbox');
  const sandbox = await startSandbox({ dataDir, basePort: config.sandbox.port, onDeath });
  return {
    ...sandbox,
    environments: sandboxEnvironments(sandbox, dataDir, config.sandbox.channels),
    faults: sandboxFaults(sandbox.urls.supervisor),
    pages: pagesOfSandbox(sandbox.urls.alerter),
  };
}

/**
 * In the sandbox alerts are on: where no token is set, one is made for its alerter, new at each start. It is a secret
 * like any other.
 */
export function withAlertToken(parts: AppParts): AppParts {
  const { config, secrets } = parts;
  if (!config.sandbox.on || config.alerts?.token !== undefined) return parts;
  const token = randomBytes(32).toString('hex');
  secrets.add(token);
  return { ...parts, config: { ...config, alerts: { ...config.alerts, token } } };
}

interface Fault extends FaultChoice {
  method: 'PUT' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  said: string;
}

const faults: readonly Fault[] = [
  {
    id: 'errors',
    label: 'Errors on green',
    method: 'PUT',
    path: '/faults/green',
    body: { errors: 0.3 },
    said: 'Green answers 30 % of its requests with errors.',
  },
  {
    id: 'slow',
    label: 'Slow green',
    method: 'PUT',
    path: '/faults/green',
    body: { latencyMs: 800 },
    said: 'Green takes 800 ms longer for each answer.',
  },
  {
    id: 'no-data',
    label: 'No data of green',
    method: 'PUT',
    path: '/faults/green',
    body: { noData: true },
    said: 'Green shows no metrics.',
  },
  {
    id: 'crash',
    label: 'Crash green',
    method: 'POST',
    path: '/faults/green/crash',
    said: 'Green has crashed; it is started again in 3 s.',
  },
  {
    id: 'clear',
    label: 'Clear faults',
    method: 'DELETE',
    path: '/faults',
    said: 'Blue and green behave again.',
  },
];

/** What can be broken in the sandbox, and how. */
export function sandboxFaults(supervisor: string): Faults {
  return {
    choices: faults.map(({ id, label }) => ({ id, label })),
    async apply(id) {
      const fault = faults.find((known) => known.id === id);
      if (!fault) throw new Error(`no fault ${id}`);
      const { method, path, body, said } = fault;
      const json = body
        ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
        : {};
      const response = await fetch(`${supervisor}${path}`, { method, ...json }).catch(() => undefined);
      if (!response) return 'The sandbox does not answer. Stop the bot and start it again.';
      return response.ok
        ? said
        : `The sandbox answered ${response.status}: ${(await response.text()).slice(0, 200)}`;
    },
  };
}
