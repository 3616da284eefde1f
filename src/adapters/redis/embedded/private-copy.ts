import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const perCommand = 180_000;
const systemFolders = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The system's own tools, whatever PATH says; `LC_ALL` keeps what they say in one language. */
function run(program: string, args: readonly string[], cwd?: string) {
  const env = { ...process.env, PATH: systemFolders, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  return promisify(execFile)(program, args, { env, timeout: perCommand, ...(cwd ? { cwd } : {}) });
}

/**
 * Fetches the packages of redis-server and of the libraries that this system lacks, and unpacks them into
 * `folder`. Nothing is installed: no root needed, and neither the system's packages nor its package lists change.
 * The folder appears whole or not at all; where another process made it first, that one stays.
 */
export async function makePrivateCopy(folder: string): Promise<void> {
  const base = dirname(folder);
  await mkdir(base, { recursive: true });
  const work = await mkdtemp(join(base, 'making-'));
  try {
    const apt = await workingApt(work);
    const root = join(work, 'root');
    await unpackWithLibraries(apt, work, root);
    await rm(folder, { recursive: true, force: true });
    await rename(root, folder).catch((error) => keepOther(folder, error));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads packages into the work folder. */
type Download = (packages: readonly string[]) => Promise<void>;

/** The system's package lists first; where they are missing or out of date, lists of our own. */
async function workingApt(work: string): Promise<Download> {
  const settings = [
    ['APT::Sandbox::User', process.getuid?.() === 0 ? 'root' : ''],
    ['Dir::Cache', join(work, 'cache')],
    ['Acquire::Retries', '2'],
    ['Acquire::http::Timeout', '20'],
    ['Acquire::https::Timeout', '20'],
  ];
  const options = (more: string[][] = []) =>
    [...settings, ...more]
      .filter(([, value]) => value)
      .flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const download = (using: string[]) => async (packages: readonly string[]) => {
    await run('apt-get', [...using, '-qq', 'download', ...packages], work);
  };
  const system = download(options());
  if (await system(['redis-tools']).then(yes, no)) return system;
  const own = options([['Dir::State::lists', join(work, 'lists')]]);
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await run('apt-get', [...own, '-qq', 'update'], work);
  return download(own);
}

async function unpackWithLibraries(download: Download, work: string, root: string): Promise<void> {
  const done = new Set<string>();
  for (let wanted = ['redis-server', 'redis-tools']; wanted.length > 0; ) {
    await download(wanted);
    for (const name of wanted) done.add(name);
    const files = (await readdir(work))
      .filter((file) => file.endsWith('.deb'))
      .map((file) => join(work, file));
    const missing = new Set<string>();
    for (const file of files) {
      for (const name of await missingLibraries(file)) missing.add(name);
      await run('dpkg-deb', ['-x', file, root]);
      await rm(file);
    }
    wanted = [...missing].filter((name) => !done.has(name));
  }
}

/** The libraries that a package file depends on and that aren't installed; alternatives count when one is. */
async function missingLibraries(file: string): Promise<string[]> {
  const { stdout } = await run('dpkg-deb', ['-f', file, 'Depends']);
  const missing: string[] = [];
  for (const group of stdout.split(',')) {
    const names = group.split('|').map((name) => name.trim().replace(/[ :(].*$/s, ''));
    const [first = ''] = names;
    if (!first.startsWith('lib')) continue;
    const installed = await Promise.all(names.map(isInstalled));
    if (!installed.includes(true)) missing.push(first);
  }
  return missing;
}

function isInstalled(name: string): Promise<boolean> {
  return run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
    ({ stdout }) => stdout.startsWith('installed'),
    () => false,
  );
}

/** Renaming onto a folder that is there fails: another process was first, and its copy is as good. */
async function keepOther(folder: string, error: unknown): Promise<void> {
  const made = await readdir(folder).catch(() => []);
  if (made.length === 0) throw error;
}

const yes = (): boolean => true;
const no = (): boolean => false;
