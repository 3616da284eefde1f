import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { type ConnectionKinds, type Environments, loadEnvironments } from '../core/environments.ts';
import { type KnownKinds, loadPlaybook, type Problem } from '../core/playbook/load.ts';
import type { Playbook } from '../core/playbook/playbook.ts';
import { maxFileSize } from '../core/playbook/source.ts';

export interface PlaybookFiles {
  /** Every good playbook by its name. */
  playbooks: ReadonlyMap<string, Playbook>;
  /** The file that each stands in. */
  files: ReadonlyMap<string, string>;
  problems: Problem[];
  warnings: Problem[];
  /** The text of each file that was read, for reports. */
  texts: ReadonlyMap<string, string>;
}

function problemWith(file: string, message: string, hint?: string): Problem {
  return { file, line: 1, column: 1, message, ...(hint === undefined ? {} : { hint }) };
}

function reasonOf(fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read: check its permissions';
  return fault instanceof Error ? fault.message : String(fault);
}

/** A file's text; a problem for what is no plain file, is too large, or lies outside of `within`. */
async function readText(file: string, within?: string): Promise<{ text: string } | { problem: Problem }> {
  try {
    const real = await realpath(file);
    if (within !== undefined && !real.startsWith(within + sep)) {
      return { problem: problemWith(file, 'a link that leads out of the playbooks folder is not followed') };
    }
    const found = await stat(real);
    if (!found.isFile()) return { problem: problemWith(file, 'not a file') };
    if (found.size > maxFileSize) {
      return {
        problem: problemWith(file, `the file has ${found.size} bytes; at most ${maxFileSize} are read`),
      };
    }
    return { text: await readFile(real, 'utf8') };
  } catch (fault) {
    return { problem: problemWith(file, `can't be read: ${reasonOf(fault)}`) };
  }
}

interface Gathered extends PlaybookFiles {
  playbooks: Map<string, Playbook>;
  files: Map<string, string>;
  texts: Map<string, string>;
}

async function gather(into: Gathered, file: string, dir: string, kinds: KnownKinds): Promise<void> {
  const read = await readText(file, dir);
  if ('problem' in read) return void into.problems.push(read.problem);
  into.texts.set(file, read.text);
  const loaded = loadPlaybook(read.text, { file, kinds });
  if ('problems' in loaded) return void into.problems.push(...loaded.problems);
  into.warnings.push(...loaded.warnings);
  const { name } = loaded.playbook;
  const other = into.files.get(name);
  if (other !== undefined) {
    const message = `the playbook "${name}" stands in ${basename(other)} already`;
    return void into.problems.push(problemWith(file, message, 'give one of them another name'));
  }
  into.playbooks.set(name, loaded.playbook);
  into.files.set(name, file);
}

/**
 * Reads every .yaml and .yml file of a folder, in the order of their names. One bad file does not hide the good ones:
 * its problems are in the list. Links that lead out of the folder are not followed. Never throws for what stands there.
 */
export async function readPlaybooks(dir: string, kinds: KnownKinds): Promise<PlaybookFiles> {
  const gathered: Gathered = {
    playbooks: new Map(),
    files: new Map(),
    texts: new Map(),
    problems: [],
    warnings: [],
  };
  try {
    const real = await realpath(dir);
    const names = (await readdir(real)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    for (const name of names) await gather(gathered, join(dir, name), real, kinds);
  } catch (fault) {
    const hint = 'set PLAYBOOKS_DIR to where the playbooks are';
    gathered.problems.push(problemWith(dir, `the playbooks folder can't be read: ${reasonOf(fault)}`, hint));
  }
  return gathered;
}

/** Reads environments.yaml. */
export async function readEnvironments(
  file: string,
  connections: ConnectionKinds,
): Promise<{ environments: Environments; text: string } | { problems: Problem[]; text?: string }> {
  const read = await readText(file);
  if ('problem' in read) {
    return { problems: [{ ...read.problem, hint: 'write one, or set ENVIRONMENTS_FILE to where it is' }] };
  }
  return { ...loadEnvironments(read.text, { file, connections }), text: read.text };
}
