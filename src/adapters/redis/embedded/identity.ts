import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** One process, for good: the number alone is used again, with the moment of its birth it is not. */
export interface ProcessIdentity {
  pid: number;
  born: string;
}

/** Who has this process number now; undefined where nobody has. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const born = process.platform === 'linux' ? await bornOnLinux(pid) : await bornElsewhere(pid);
  return born === undefined ? undefined : { pid, born };
}

/** Whether exactly this process still lives (a zombie does not). */
export async function lives(identity: ProcessIdentity): Promise<boolean> {
  return (await identityOf(identity.pid))?.born === identity.born;
}

async function bornOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The fields after the name in brackets, which may hold blanks: state is field 3, start time field 22 (proc(5)).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${fields[19]}`;
}

async function bornElsewhere(pid: number): Promise<string | undefined> {
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
  const born = await ps.then(({ stdout }) => stdout.trim()).catch(() => '');
  return born || undefined;
}
