import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { makePrivateCopy } from './private-copy.ts';

/** A server program and the folders of the shared libraries that came with it. */
export interface RedisBinary {
  path: string;
  libraries: readonly string[];
}

export interface FindOptions {
  cacheDir?: string;
  onProgress?: (message: string) => void;
}

const names = ['redis-server', 'valkey-server'];

/**
 * Finds a Redis server program: on PATH, else the private copy in the cache folder, else makes that copy from
 * the packages of Debian or Ubuntu, without changing the system. Throws with the ways to get one elsewhere.
 */
export async function findRedisBinary(options: FindOptions = {}): Promise<RedisBinary> {
  const onPath = await findOnPath();
  if (onPath) return { path: onPath, libraries: [] };
  const cache = join(options.cacheDir ?? defaultCache(), 'redis', `${process.platform}-${process.arch}`);
  return (await cachedCopy(cache)) ?? (await makeAndFind(cache, options.onProgress));
}

async function makeAndFind(cache: string, onProgress: FindOptions['onProgress']): Promise<RedisBinary> {
  if (!(await isDebianLike())) throw new Error(howToGetOne('There is no redis-server on PATH.'));
  onProgress?.('No redis-server on PATH: fetching a private copy (about 7 MB, once).');
  try {
    await makePrivateCopy(cache);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(howToGetOne(`No redis-server on PATH, and a private copy could not be made: ${why}`), {
      cause,
    });
  }
  const copy = await cachedCopy(cache);
  if (!copy) throw new Error(howToGetOne('The packages that were fetched hold no redis-server.'));
  return copy;
}

async function findOnPath(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return await firstExecutable(folders.flatMap((folder) => names.map((name) => join(folder, name))));
}

async function cachedCopy(cache: string): Promise<RedisBinary | undefined> {
  const path = await firstExecutable(names.map((name) => join(cache, 'usr/bin', name)));
  return path ? { path, libraries: libraryFolders(cache) } : undefined;
}

function libraryFolders(root: string): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [`usr/lib/${machine}`, `lib/${machine}`, 'usr/lib'].map((folder) => join(root, folder));
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await executable(path)) return path;
  }
  return undefined;
}

function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isDebianLike(): Promise<boolean> {
  return (await executable('/usr/bin/apt-get')) && (await executable('/usr/bin/dpkg-deb'));
}

function defaultCache(): string {
  const home = homedir();
  const base = process.env.XDG_CACHE_HOME || (home && home !== '/' ? join(home, '.cache') : tmpdir());
  return join(base, 'cutover');
}

function howToGetOne(what: string): string {
  return [
    what,
    'Get one in one of these ways, then start again:',
    '  Debian, Ubuntu   apt-get install redis-server',
    '  Fedora, RHEL     dnf install valkey        (or: dnf install redis)',
    '  macOS            brew install redis',
    '  Docker           docker run -d -p 6379:6379 redis:7 --appendonly yes --maxmemory-policy noeviction',
    '                   and set REDIS_URL=redis://127.0.0.1:6379',
    'Or set REDIS_URL to a Redis 7 of yours.',
  ].join('\n');
}
