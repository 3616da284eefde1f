import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const interval = 20;
/** After SIGKILL only the kernel can keep a process; this is how long it is given. */
const patience = 5_000;

/**
 * Ends every process of a group: SIGTERM, after `grace` milliseconds SIGKILL. Resolves once none is left,
 * or, with processes that even the kernel doesn't give up, after five seconds more.
 */
export async function endGroup(group: number, grace: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM') || (await isGone(group, grace))) return;
  signalGroup(group, 'SIGKILL');
  await isGone(group, patience);
}

/** Sends a signal to a whole group; false when nobody is there to take it. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

async function isGone(group: number, within: number): Promise<boolean> {
  const end = performance.now() + within;
  while (signalGroup(group, 0)) {
    if (await onlyDead(group)) return true;
    if (performance.now() >= end) return false;
    await pause(interval);
  }
  return true;
}

/**
 * True when the group has dead members only: in a container whose first process doesn't collect them
 * they stay in the table for ever. False where the table can't be read.
 */
async function onlyDead(group: number): Promise<boolean> {
  const entries = await readdir('/proc').catch(() => []);
  const processes = entries.filter((name) => /^\d+$/.test(name));
  if (processes.length === 0) return false;
  for (const id of processes) {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (memberOf === String(group) && state !== 'Z' && state !== 'X') return false;
  }
  return true;
}
