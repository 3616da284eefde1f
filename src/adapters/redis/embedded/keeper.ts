/**
 * The keeper: a process of its own between the bot and Redis, in a session of its own, so that the terminal's
 * Ctrl-C doesn't reach Redis before the bot is done with it. When the bot goes, by whatever way, the channel
 * to it closes, and the keeper ends Redis. On Linux the kernel ends Redis when the keeper itself is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { KeeperMessage } from './keep.ts';

const patience = 10_000;
const stderrLimit = 8_192;

function tell(message: KeeperMessage): void {
  if (process.connected) process.send?.(message, () => undefined);
}

function end(server: ChildProcess): void {
  server.kill('SIGTERM');
  server.kill('SIGCONT');
  setTimeout(() => server.kill('SIGKILL'), patience).unref();
}

/** Where `setpriv` is at hand (Linux), the server is asked to end by the kernel when its parent dies. */
function boundToParent(argv: string[]): string[] {
  if (process.platform !== 'linux') return argv;
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin');
  const setpriv = folders.map((folder) => join(folder, 'setpriv')).find((file) => existsSync(file));
  return setpriv ? [setpriv, '--pdeathsig', 'TERM', ...argv] : argv;
}

function main(): void {
  const [program = '', ...args] = boundToParent(process.argv.slice(2));
  const server = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  server.stderr.setEncoding('utf8');
  server.stderr.on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrLimit);
  });
  server.on('spawn', () => tell({ type: 'started', pid: server.pid ?? 0 }));
  server.on('error', (error) => tell({ type: 'failed', message: error.message }));
  server.on('close', (code, signal) => {
    tell({ type: 'ended', code, signal, stderr });
    if (process.connected) process.disconnect();
  });
  process.on('disconnect', () => end(server));
  process.on('SIGTERM', () => end(server));
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
}

main();
