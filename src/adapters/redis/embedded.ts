import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askServer } from './embedded/ask.ts';
import { claimFolder } from './embedded/claim.ts';
import { findRedisBinary, type RedisBinary } from './embedded/find.ts';
import { type Kept, keep } from './embedded/keep.ts';
import { freePort, portTaken } from './embedded/port.ts';

/** A private Redis that lives as long as this process, at the most. */
export interface EmbeddedRedis {
  /** `redis://127.0.0.1:<port>` */
  url: string;
  port: number;
  /** Of the server itself. */
  pid: number;
  /** Ends the server gracefully; its data stays. Repeating it is harmless. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  /** The data folder; made when it is missing. Only one live server may hold it. */
  dir: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** `always` loses nothing when the power goes, `everysec` (default) about a second. */
  appendfsync?: 'always' | 'everysec';
  /** Where a private copy of the program is kept. Absent: the person's cache folder. */
  cacheDir?: string;
  /** Told what is going on when it takes longer than a moment. */
  onProgress?: (message: string) => void;
}

const attempts = 5;
const silenceLimit = 15_000;
const loadingLimit = 600_000;
const portPatience = 2_000;
const oldest: readonly [number, number] = [6, 2];

/**
 * Starts a Redis of our own on 127.0.0.1, with an append-only file in `dir`, never touching the system's.
 * It ends with this process, also when this process is killed, and doesn't see the terminal's Ctrl-C.
 * Throws with a sentence for a person when there is no program for it, when another live process holds the
 * folder, or when the server dies before it answers (with the end of its log).
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const binary = await findRedisBinary(options);
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const claim = await claimFolder(dir);
  try {
    const { kept, port } = await startOnPort(binary, dir, options);
    await claim.held({ pid: kept.pid, port });
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await kept.stop();
      await claim.release();
    };
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      pid: kept.pid,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function startOnPort(binary: RedisBinary, dir: string, options: EmbeddedRedisOptions) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort());
    if (options.port && !(await freeSoon(port))) {
      throw new Error(`The embedded Redis can't use port ${port}: another program listens there.`);
    }
    const kept = await startServer(binary, dir, port, options);
    try {
      await untilReady(kept, dir, port, options);
      return { kept, port };
    } catch (error) {
      await kept.stop();
      const lostTheRace = !options.port && attempt < attempts && (await portTaken(port));
      if (!lostTheRace) throw error;
    }
  }
}

/** A server that was killed just now may hold its port for a moment longer. */
async function freeSoon(port: number): Promise<boolean> {
  const until = performance.now() + portPatience;
  while (await portTaken(port)) {
    if (performance.now() > until) return false;
    await delay(50);
  }
  return true;
}

async function startServer(binary: RedisBinary, dir: string, port: number, options: EmbeddedRedisOptions) {
  await rm(logOf(dir), { force: true });
  const settings: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    logfile: logOf(dir),
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: options.appendfsync ?? 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return await keep([binary.path, ...args], binary.libraries);
}

async function untilReady(kept: Kept, dir: string, port: number, options: EmbeddedRedisOptions) {
  const began = performance.now();
  let loadingSaid = false;
  for (;;) {
    if (kept.ended()) throw await deathOf(kept, dir);
    const answer = await askServer(port);
    if (answer.pid === kept.pid && !answer.loading) return checkVersion(answer.version);
    const limit = answer.loading ? loadingLimit : silenceLimit;
    if (performance.now() - began > limit) {
      throw new Error(`The embedded Redis did not get ready within ${limit / 1_000} s.${await logTail(dir)}`);
    }
    if (answer.loading && !loadingSaid) options.onProgress?.('Redis is loading its data.');
    loadingSaid ||= answer.loading;
    await delay(5);
  }
}

function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new Error(
    `The redis-server found on PATH is version ${version}; ${oldest.join('.')} or newer is needed. ` +
      'Install a newer one, or set REDIS_URL to a newer server.',
  );
}

async function deathOf(kept: Kept, dir: string): Promise<Error> {
  const { code, signal, stderr } = await kept.end;
  const how = signal ? `was ended by ${signal}` : `ended with exit status ${code}`;
  const said = stderr.trim() ? `\n${stderr.trim()}` : '';
  return new Error(`The embedded Redis ${how} before it was ready.${said}${await logTail(dir)}`);
}

async function logTail(dir: string): Promise<string> {
  const log = await readFile(logOf(dir), 'utf8').catch(() => '');
  const tail = log.trimEnd().split('\n').slice(-8).join('\n');
  return tail ? ` The end of its log (${logOf(dir)}):\n${tail}` : '';
}

function logOf(dir: string): string {
  return join(dir, 'redis.log');
}
