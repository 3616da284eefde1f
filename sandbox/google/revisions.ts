import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Child, startChild } from '../process/child.ts';
import type { Revisions } from './double.ts';
import type { GoogleFaults } from './faults.ts';
import { type Revision, shortName } from './run/resource.ts';

/** Below the range from which systems take the ports of outgoing connections. */
const ports = { from: 10_000, to: 32_000 };

/** Revisions that run: each as a platform process of the sandbox. */
export interface RevisionProcesses extends Revisions {
  /** Where a revision answers; undefined while it doesn't. */
  portOf(revision: string): number | undefined;
  stop(): Promise<void>;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.from, ports.to);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.close();
    if (free) return port;
  }
}

/** The version that a revision tells: its variable VERSION, else the beginning of its image's digest. */
function versionOf({ template }: Revision): string {
  const [container] = template.containers;
  const given = container?.env?.find(({ name }) => name === 'VERSION')?.value;
  return given ?? container?.image.replace(/^.*[:@/]/, '').slice(0, 12) ?? 'unknown';
}

async function disturb(port: number, image: string, { errors }: GoogleFaults): Promise<void> {
  const share = Object.entries(errors).find(([part]) => image.includes(part))?.[1];
  if (share === undefined) return;
  await fetch(`http://127.0.0.1:${port}/faults`, { method: 'PUT', body: JSON.stringify({ errors: share }) });
}

interface RevisionParts {
  faults(): GoogleFaults;
  /** Told each line that a revision writes to its standard output. */
  log(revision: Revision, line: string): void;
}

/** Runs revisions as processes that keep their state below a folder, and end with this one. */
export function revisionProcesses(folder: string, { faults, log }: RevisionParts): RevisionProcesses {
  mkdirSync(folder, { recursive: true });
  const running = new Map<string, { child: Child; port: number; ready: boolean }>();
  const start = async (revision: Revision, told: Parameters<Revisions['begin']>[1]): Promise<void> => {
    const port = await freePort();
    const name = shortName(revision.name);
    const files = ['--state', join(folder, `${name}.json`), '--ledger', join(folder, `${name}.jsonl`)];
    const version = versionOf(revision);
    const child = startChild({
      file: join(import.meta.dirname, '../platform.ts'),
      args: ['--colour', 'green', '--port', `${port}`, '--version', version, '--log', ...files],
      onLine: (line) => log(revision, line),
      onMessage: () => {
        const image = revision.template.containers[0]?.image ?? '';
        void disturb(port, image, faults()).then(() => {
          const own = running.get(revision.name);
          if (own !== undefined) own.ready = true;
          told('ready');
        });
      },
    });
    running.set(revision.name, { child, port, ready: false });
    void child.exited.then((how) => {
      running.delete(revision.name);
      told('failed', `The container exited (${how}).`);
    });
  };
  return {
    begin: (revision, told) => {
      start(revision, told).catch((error: unknown) => told('failed', String(error)));
    },
    portOf(revision) {
      const own = running.get(revision);
      return own?.ready ? own.port : undefined;
    },
    async stop() {
      await Promise.all([...running.values()].map(({ child }) => child.stop()));
    },
  };
}
