/**
 * The supervisor of one program: a process of its own between the bot and the program, first of a process group that
 * the program is in with all that it starts, and with the program's own streams passed through. When the bot goes, by
 * whatever way, the channel to it closes, and the supervisor ends the group: a program that outlives a killed bot
 * would overlap with its own repetition. It stays until the bot ends the group.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Order, Report } from './supervised.ts';

/** Milliseconds from SIGTERM to SIGKILL. Shorter than what is left of a lease when its worker is killed. */
const patience = 1_000;

let over = false;

function run(order: Order): void {
  try {
    const program = start(order);
    program.on('error', fail);
    program.on('exit', (code, signal) => tell({ is: 'ended', code, signal }));
  } catch (error) {
    fail(error);
  }
}

function start({ argv: [file, ...args], cwd, env }: Order): ChildProcess {
  const options = { shell: false, stdio: 'inherit', env } as const;
  return spawn(file, args, { ...options, ...(cwd === undefined ? {} : { cwd }) });
}

function fail(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  tell({ is: 'failed', code, message: error instanceof Error ? error.message : String(error) });
}

function tell(report: Report): void {
  over = true;
  if (process.connected) process.send?.(report, () => undefined);
  else endAtOnce();
}

/** Nobody is left who would end the group. */
function abandon(): void {
  if (over) endAtOnce();
  process.kill(-process.pid, 'SIGTERM');
  setTimeout(endAtOnce, patience);
}

function endAtOnce(): void {
  process.kill(-process.pid, 'SIGKILL');
}

process.on('SIGTERM', () => {
  if (over) process.exit();
});
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', abandon);
process.once('message', (order: Order) => run(order));
