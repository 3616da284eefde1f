import { readdir, readFile } from 'node:fs/promises';

/** A process as the kernel tells it apart from a later one with the same number. */
export interface Seen {
  pid: number;
  parent: number;
  born: string;
  command: string;
}

/** Every process that lives now; those that are only waiting to be collected are left out. */
export async function processes(): Promise<Seen[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(names.map((name) => look(Number(name))));
  return seen.filter((each) => each !== undefined);
}

/** A process and all that it and its children started. */
export async function treeOf(pid: number): Promise<Seen[]> {
  const all = await processes();
  const found = all.filter((each) => each.pid === pid);
  for (const each of found) found.push(...all.filter(({ parent }) => parent === each.pid));
  return found;
}

/** Those that still live. */
export async function alive(seen: readonly Seen[]): Promise<Seen[]> {
  const now = await processes();
  return seen.filter(({ pid, born }) => now.some((each) => each.pid === pid && each.born === born));
}

async function look(pid: number): Promise<Seen | undefined> {
  const [stat, line] = await Promise.all(
    ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  if (state === undefined || parent === undefined || 'ZX'.includes(state)) return undefined;
  return { pid, parent: Number(parent), born: fields[19] ?? '', command: (line ?? '').replaceAll('\0', ' ') };
}
