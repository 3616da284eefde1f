import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the supervisor is to start. */
export interface Order {
  argv: readonly [string, ...string[]];
  cwd?: string;
  env: Record<string, string>;
}

/** What it says of it, once. */
export type Report =
  | { is: 'ended'; code: number | null; signal: string | null }
  | { is: 'failed'; code: string; message: string };

/** A program under its supervisor. */
export interface Supervised {
  /** Its streams. */
  process: ChildProcess;
  /** The group of everything that it starts. */
  group: number;
  /** How it ended; resolves also when the supervisor was killed with it. */
  report: Promise<Report>;
}

const file = fileURLToPath(new URL('./supervisor.ts', import.meta.url));

/** Starts a program that ends with this process, however that ends. Throws when not even its supervisor starts. */
export async function supervise(order: Order): Promise<Supervised> {
  const child = spawn(process.execPath, [file], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: {},
  });
  const failure = new Promise<Error>((resolve) => child.once('error', resolve));
  child.on('error', () => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error('no program can be started', { cause: await failure });
  const report = reportOf(child);
  child.send(order, () => undefined);
  return { process: child, group: pid, report };
}

function reportOf(child: ChildProcess): Promise<Report> {
  return new Promise((resolve) => {
    child.once('message', (report: Report) => resolve(report));
    child.once('disconnect', () => resolve({ is: 'ended', code: null, signal: 'SIGKILL' }));
  });
}
