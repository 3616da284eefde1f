import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { startSandbox } from '../../sandbox/start.ts';
import { call, deploy, discard, isAlive, sandboxForTest, until } from '../sandbox/support.ts';

const folders: string[] = [];
const root = join(import.meta.dirname, '../..');

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'cutover-sandbox-'));
  folders.push(made);
  return made;
}
afterEach(async () => {
  for (const made of folders.splice(0)) await rm(made, { recursive: true, force: true });
});

test('it is up soon, leaves an interrupt to the parent, and leaves no process when it is stopped', async () => {
  const started = performance.now();
  const sandbox = await sandboxForTest();
  const took = performance.now() - started;
  const pids = sandbox.pids();
  expect(pids).toHaveLength(4);
  for (const pid of pids) process.kill(pid, 'SIGINT');
  expect((await call('GET', `${sandbox.urls.router}/healthz`)).body.status).toBe('ok');
  expect(sandbox.pids()).toEqual(pids);
  expect(await readFile(join(sandbox.dataDir, 'sandbox.log'), 'utf8')).toBe('');
  await discard(sandbox);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(sandbox.pids()).toEqual([]);
  expect(took).toBeLessThan(10_000);
});

test('hosts, deployments, safe mode and fences survive a restart', async () => {
  const dataDir = await folder();
  const first = await sandboxForTest(dataDir);
  await deploy(first, 'green', 'v2.4.0');
  await call('PUT', `${first.urls.router}/_router/hosts`, { api: 'green', app: 'blue' });
  await call(
    'PUT',
    `${first.urls.blue}/safe-mode`,
    { enabled: true },
    { 'cutover-rollout': 'r-1', 'cutover-epoch': '5' },
  );
  const etag = (await call('GET', `${first.urls.router}/_router/hosts`)).headers.get('etag');
  await first.stop();

  const second = await sandboxForTest(dataDir);
  const hosts = await call('GET', `${second.urls.router}/_router/hosts`);
  expect(hosts.body).toEqual({ api: 'green', app: 'blue' });
  expect(hosts.headers.get('etag')).toBe(etag);
  expect((await call('GET', `${second.urls.green}/healthz`)).body).toMatchObject({
    version: 'v2.4.0',
    safeMode: true,
  });
  expect((await call('GET', `${second.urls.blue}/safe-mode`)).body).toEqual({ enabled: true });
  const stale = { 'cutover-rollout': 'r-1', 'cutover-epoch': '4' };
  expect((await call('PUT', `${second.urls.blue}/safe-mode`, { enabled: false }, stale)).status).toBe(409);
  await second.stop();
});

test('a port that becomes free in a moment is waited for', async () => {
  const first = await sandboxForTest();
  const basePort = Number(new URL(first.urls.router).port);
  const { dataDir } = first;
  const going = first.stop();
  const second = await startSandbox({ dataDir, basePort });
  await going;
  expect(second.urls).toEqual(first.urls);
  expect((await call('GET', `${second.urls.router}/healthz`)).status).toBe(200);
  await discard({ ...second, dataDir });
});

test('a port in use is one clear error, and nothing is left running', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = z.object({ port: z.int() }).parse(taken.address());
  await expect(startSandbox({ dataDir: await folder(), basePort: port })).rejects.toThrow(
    `Port ${port} (the sandbox's router) is in use by another program. ` +
      'End that program, or set SANDBOX_PORT to the first of five free ports.',
  );
  taken.close();
});

test('a state file that is not readable is told with what to do', async () => {
  const dataDir = await folder();
  const sandbox = await sandboxForTest(dataDir);
  await sandbox.stop();
  await writeFile(join(dataDir, 'state/supervisor.json'), '{');
  await expect(startSandbox({ dataDir, basePort: 0 })).rejects.toThrow(
    /did not start \(exit code 1\).*supervisor\.json is not readable; delete it to begin anew/s,
  );
});

test.each(['SIGKILL', 'SIGTERM'] as const)('%s of the parent leaves no process', async (signal) => {
  const parent = spawn(process.execPath, [join(root, 'test/sandbox/parent.ts'), await folder()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pids = z
    .array(z.int())
    .length(4)
    .parse(JSON.parse(String(line)));
  expect(pids.filter(isAlive)).toEqual(pids);
  parent.kill(signal);
  await until(
    async () => pids.filter(isAlive),
    (alive) => alive.length === 0,
    5_000,
  );
});

test('SIGKILL of the supervisor takes the others with it, and is told', async () => {
  const died = Promise.withResolvers<string>();
  const sandbox = await startSandbox({ dataDir: await folder(), basePort: 0, onDeath: died.resolve });
  const [supervisor, ...others] = sandbox.pids();
  process.kill(z.int().parse(supervisor), 'SIGKILL');
  expect(await died.promise).toBe('signal SIGKILL');
  await until(
    async () => others.filter(isAlive),
    (alive) => alive.length === 0,
  );
  await sandbox.stop();
});

test('the preflight program counts what it checked', async () => {
  const sandbox = await sandboxForTest();
  const run = () =>
    execa(process.execPath, ['sandbox/checks/preflight.ts'], {
      cwd: root,
      env: { ROUTER: sandbox.urls.router, SUPERVISOR: sandbox.urls.supervisor },
      reject: false,
    });
  const good = await run();
  expect(good.stdout).toMatch(/13 passed, 0 failed$/);
  expect(good.exitCode).toBe(0);
  await call('PUT', `${sandbox.urls.supervisor}/faults/blue`, { noData: true });
  const bad = await run();
  expect(bad.stdout).toMatch(/not ok blue shows its metrics.*12 passed, 1 failed$/s);
  expect(bad.exitCode).toBe(1);
  await discard(sandbox);
});

test('a new side that was not up yet when the sandbox ended begins frozen all the same', async () => {
  const dataDir = await folder();
  const first = await sandboxForTest(dataDir);
  await call('PUT', `${first.urls.supervisor}/deployments/green`, { version: 'v2.4.0' });
  await first.stop();
  const second = await sandboxForTest(dataDir);
  expect((await call('GET', `${second.urls.green}/safe-mode`)).body).toEqual({ enabled: true });
  await discard(second);
});
