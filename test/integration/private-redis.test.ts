import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const starter = fileURLToPath(new URL('../redis-embedded/start-once.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-private-'));
  await chmod(dir, 0o777);
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Starts a Redis in a process that has none on its PATH; answers its version. */
async function startWithout(
  before: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const [program = process.execPath, ...args] = [...before, process.execPath, starter, dir];
  const { stdout } = await promisify(execFile)(program, args, {
    env: { PATH: '/nothing', HOME: dir, XDG_CACHE_HOME: join(dir, 'cache'), ...proxies(), ...env },
    cwd: dir,
  });
  return stdout.trim();
}

function proxies(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => /_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

test('makes a private copy from the packages of the system, and uses it the next time', async () => {
  expect(await startWithout()).toMatch(/^ready after fetching, version [67]\./);
  expect(await startWithout()).toMatch(/^ready, version [67]\./);
});

test.runIf(isRoot)('does so for a person without rights', async () => {
  const nobody = ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  expect(await startWithout(nobody)).toMatch(/^ready after fetching, version [67]\./);
});

test('does so where the system has no package lists, and leaves it without', async () => {
  const settings = join(dir, 'apt.conf');
  await writeFile(settings, `Dir::State::lists "${join(dir, 'no-lists')}";\n`);
  expect(await startWithout([], { APT_CONFIG: settings })).toMatch(/^ready after fetching, version [67]\./);
});
