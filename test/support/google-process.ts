import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Seed } from '../../sandbox/google/state.ts';
import { ledgerFolder } from '../../sandbox/ledger.ts';
import { startChild } from '../../sandbox/process/child.ts';
import { portForLater } from './port.ts';

export interface GoogleProcess {
  url: string;
  port: number;
  /** State, ledger and seed are kept here. */
  folder: string;
  /** Ends it without a farewell, as a SIGKILL does, and starts it again on what it kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The double of Google Cloud as a process of its own; `processes`: its revisions are processes too. */
export async function startGoogleProcess(
  seed: Seed,
  token: string,
  { processes = false }: { processes?: boolean } = {},
): Promise<GoogleProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-google-'));
  const port = await portForLater();
  const seedFile = join(folder, 'seed.json');
  await writeFile(seedFile, JSON.stringify(seed));
  const args = [
    ...['--port', `${port}`, '--seed', seedFile, '--token', token],
    ...['--state', join(folder, 'state.json'), '--ledger', join(ledgerFolder(folder), 'google.jsonl')],
    ...(processes ? ['--processes', join(folder, 'revisions')] : []),
  ];
  const begin = async () => {
    const ready = Promise.withResolvers<void>();
    const child = startChild({ file: 'sandbox/google.ts', args, onMessage: () => ready.resolve() });
    void child.exited.then((how) => ready.reject(new Error(`the double ended at its start: ${how}`)));
    await ready.promise;
    return child;
  };
  let child = await begin();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    folder,
    async restart() {
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      await child.exited;
      child = await begin();
    },
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
