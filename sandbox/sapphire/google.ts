import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../google/revisions.ts';
import { ledgerFolder } from '../ledger.ts';
import { startChild } from '../process/child.ts';
import { followCertificate } from './authority.ts';
import { type Clients, startClients } from './clients.ts';
import { digestOf, services, versions } from './names.ts';
import { startMetrics } from './outside.ts';
import { seedOf } from './seed.ts';

/** A project of Google Cloud that runs Sapphire: its double, its clients, and what they saw. */
export interface SapphireProject {
  project: string;
  /** The double’s address; services are below `/lb/`. */
  url: string;
  /** Where the zone’s name server answers. */
  nameServer: string;
  prometheus: string;
  clients: Clients;
  /** Revisions of the new cloud-trader that start from now on fail this share of their requests. */
  spoil(errors: number): Promise<void>;
  stop(): Promise<void>;
}

const limit = 60_000;

/**
 * Starts a project with its data below a folder. `elsewhere` is a name server (`host:port`) that answers in place of
 * the double's own; whoever gives one publishes there what the zone holds.
 */
export async function startProject(
  folder: string,
  project: string,
  elsewhere?: string,
): Promise<SapphireProject> {
  await mkdir(folder, { recursive: true });
  const [port, dns] = [await freePort(), await freePort()];
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify(seedOf(project)));
  const ready = Promise.withResolvers<void>();
  const args = [
    ...['--port', `${port}`, '--dns', `${dns}`, '--seed', seed, '--state', join(folder, 'state.json')],
    ...['--ledger', join(ledgerFolder(folder), 'google.jsonl'), '--processes', join(folder, 'revisions')],
  ];
  const file = join(import.meta.dirname, '../google.ts');
  const child = startChild({ file, args, onMessage: () => ready.resolve() });
  void child.exited.then((how) => ready.reject(new Error(`The double of Google Cloud ended (${how}).`)));
  const late = setTimeout(() => ready.reject(new Error('The double of Google Cloud did not start.')), limit);
  await ready.promise.finally(() => clearTimeout(late));
  const [url, nameServer] = [`http://127.0.0.1:${port}`, elsewhere ?? `127.0.0.1:${dns}`];
  await serving(url);
  const clients = startClients(`${url}/lb`);
  const metrics = await startMetrics(clients);
  const stopAuthority = followCertificate(url, nameServer, project);
  return {
    project,
    url,
    nameServer,
    prometheus: metrics.url,
    clients,
    async spoil(errors) {
      const body = JSON.stringify({ errors: { [digestOf(services.trader, versions.launched)]: errors } });
      await fetch(`${url}/_faults`, { method: 'PUT', body });
    },
    async stop() {
      await Promise.all([stopAuthority(), clients.stop(), metrics.stop()]);
      await child.stop();
    },
  };
}

/** Waits until the first revisions answer. */
async function serving(url: string): Promise<void> {
  const until = Date.now() + limit;
  for (const service of Object.values(services)) {
    for (;;) {
      const answer = await fetch(`${url}/lb/${service}/healthz`).catch(() => undefined);
      if (answer?.ok && answer.headers.get('x-served-by') !== null) break;
      if (Date.now() > until) throw new Error(`${service} does not answer.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
