import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reservePorts } from '../../sandbox/ports.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { botFiles, sandboxBeside } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, launch, startBotProcess } from '../support/bot-process.ts';
import { personAt, type Told } from '../support/console-person.ts';
import { alive, treeOf } from '../support/process-tree.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-start-stop-'));
});
afterEach(async () => {
  await endBotProcesses();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** A step that takes this long, and does nothing. */
const long = (id: string, seconds: number) => ({
  id,
  name: `Takes ${seconds} s`,
  uses: 'command',
  with: { argv: ['node', '-e', `setTimeout(() => {}, ${seconds * 1_000})`] },
  repeatable: true,
});

const slowPlaybook = (...seconds: number[]) => ({
  apiVersion: 'cutover/v1',
  name: 'slow',
  environments: ['sandbox'],
  phases: [{ name: 'work', steps: seconds.map((each, index) => long(`step-${index + 1}`, each)) }],
  rollback: [],
});

const timeOf = (journal: readonly Told[], type: string, step: string) =>
  Date.parse(journal.find((event) => event.type === type && event.data.step === step)?.at ?? '');
const startsOf = (journal: readonly Told[], step: string) =>
  journal.filter(({ type, data }) => type === 'step.started' && data.step === step);

describe('a worker that is told to stop', () => {
  let place: string;
  let redis: EmbeddedRedis;
  let sandbox: Awaited<ReturnType<typeof sandboxBeside>>;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'cutover-beside-'));
    [redis, sandbox] = await Promise.all([redisForTest(), sandboxBeside(place)]);
  });
  afterAll(async () => {
    await sandbox.stop();
    await redis.stop();
    await rm(place, { recursive: true, force: true });
  });

  /** A gateway, two workers, and the one that runs the program of a step that was just started. */
  async function started(seconds: number[], more: Record<string, string> = {}) {
    const files = await botFiles(dir, { sandbox, playbooks: { 'slow.yaml': slowPlaybook(...seconds) } });
    const env = { ...files, ...more, REDIS_URL: redis.url };
    const [gateway, ...workers] = await Promise.all([
      startBotProcess({ env: { ...env, ROLE: 'gateway' } }),
      startBotProcess({ env: { ...env, ROLE: 'worker' } }),
      startBotProcess({ env: { ...env, ROLE: 'worker' } }),
    ]);
    const carol = personAt(gateway.url, 'carol');
    expect(await carol.type('start slow')).toMatchObject({ ok: true });
    const [{ id = '' } = {}] = await carol.rollouts();
    const { worker, program } = await until('a program to run', () => programOf(workers));
    return { carol, id, worker, program, workers };
  }

  async function programOf(workers: readonly BotProcess[]) {
    for (const worker of workers) {
      const program = (await treeOf(worker.pid)).find(({ command }) => command.includes('setTimeout'));
      if (program) return { worker, program };
    }
    return undefined;
  }

  it('lets the step under way end, and another one goes on within a second', async () => {
    const { carol, id, worker } = await started([3, 0.1]);
    worker.kill('SIGTERM');
    const { code, at } = await worker.gone;
    await carol.until(id, 'succeeded');
    const journal = await carol.journal(id);
    const ended = timeOf(journal, 'step.succeeded', 'step-1');
    const wentOn = timeOf(journal, 'step.started', 'step-2') - ended;
    console.log(
      `the step ended, the worker was gone ${at - ended} ms later, and the other went on after ${wentOn} ms`,
    );
    expect(code).toBe(0);
    expect(startsOf(journal, 'step-1')).toHaveLength(1);
    expect(wentOn).toBeLessThan(1_000);
    const [first, second] = ['step-1', 'step-2'].map((step) => startsOf(journal, step)[0]?.data.epoch);
    expect(second).not.toBe(first);
  });

  it('is gone when its time is over, with what it ran; the step is done again by another one', async () => {
    const { carol, id, worker, program } = await started([8], { SHUTDOWN_GRACE: '1s' });
    const told = Date.now();
    worker.kill('SIGTERM');
    const { at } = await worker.gone;
    expect(at - told).toBeLessThan(5_000);
    expect(await alive([program])).toEqual([]);
    expect(worker.logged().map(({ msg }) => msg)).toContain(
      'Steps were still at work at the stop; what became of them is looked at when it goes on',
    );
    await carol.until(id, 'succeeded');
    expect(startsOf(await carol.journal(id), 'step-1')).toHaveLength(2);
  });

  it('is gone at once at a second signal, with what it ran', async () => {
    const { worker, program } = await started([30], { SHUTDOWN_GRACE: '60s' });
    worker.kill('SIGINT');
    await until('it to say that it stops', () => worker.stdout().includes('Ctrl-C once more'));
    await pause(600);
    worker.kill('SIGINT');
    expect(await worker.gone).toMatchObject({ code: 1 });
    await until('the program to be gone', async () => (await alive([program])).length === 0, 2);
  });
});

/** The settings of a newcomer's bot, with ports that stay the same over its starts. */
async function newcomer(): Promise<Record<string, string>> {
  const { router } = await reservePorts(0);
  return { DATA_DIR: join(dir, 'data'), PORT: '0', SANDBOX: '1', SANDBOX_PORT: `${router}` };
}

/** The bot as `npm start` starts it in a terminal: npm and all that it starts are one process group. */
async function npmStart(env: Record<string, string>) {
  const bot = await startBotProcess({ env, command: ['npm', 'start'], detached: true });
  return { ...bot, interrupt: () => process.kill(-bot.pid, 'SIGINT') };
}

/** The bot itself, among the processes of `npm start`. */
async function botOf({ pid }: BotProcess) {
  const found = (await treeOf(pid)).find(({ command }) => /^\S*node \S*bin\/cutover\.js start/.test(command));
  if (!found) throw new Error('the bot is not among its processes');
  return found;
}

describe('npm start', () => {
  it('says nothing but what a person needs, and Ctrl-C ends everything within 5 s', async () => {
    const env = await newcomer();
    const bot = await npmStart(env);
    const tree = await treeOf(bot.pid);
    const commands = tree.map(({ command }) => command).join('\n');
    for (const part of ['redis-server', 'supervisor.ts', 'router.ts', 'platform.ts', 'alerter.ts'])
      expect(commands).toContain(part);
    expect(bot.stderr()).toBe('');
    const told = Date.now();
    bot.interrupt();
    const { code, at } = await bot.gone;
    console.log(`Ctrl-C ended ${tree.length} processes in ${at - told} ms`);
    expect(code).toBe(0);
    expect(at - told).toBeLessThan(5_000);
    expect(await alive(tree)).toEqual([]);
    expect(bot.logged().filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('a second start finds the rollouts of the first and goes on with one in the middle', async () => {
    const env = await newcomer();
    const first = await npmStart(env);
    const before = personAt(first.url, 'carol', '');
    expect(await before.type('start green')).toMatchObject({ ok: true });
    const [{ id = '' } = {}] = await before.rollouts();
    await until(
      'the deployment to begin',
      async () => startsOf(await before.journal(id), 'deploy').length > 0,
    );
    first.interrupt();
    await first.gone;

    const second = await npmStart(env);
    const after = personAt(second.url, 'bob', '');
    await after.until(id, 'waiting');
    expect(await after.type(`approve ${id}`)).toMatchObject({ ok: true });
    await after.until(id, 'hypercare');
    const journal = await after.journal(id);
    const repeated = journal.filter(({ type, data }) => type === 'step.started' && (data.attempt ?? 1) > 1);
    expect(repeated.map(({ data }) => data.step)).toEqual([]);
    expect(await after.verified(id)).toMatchObject({ ok: true });
    second.interrupt();
    await second.gone;
  });

  it('kill -9 of the bot leaves no process after 5 s', async () => {
    const env = await newcomer();
    const bot = await npmStart(env);
    const tree = await treeOf(bot.pid);
    const { pid } = await botOf(bot);
    process.kill(pid, 'SIGKILL');
    await until('everything to be gone', async () => (await alive(tree)).length === 0, 5);
  });
});

describe('a sandbox that ends by itself', () => {
  it('is told in the log and on the page, with what to do', async () => {
    const bot = await startBotProcess({ env: await newcomer() });
    const supervisor = (await treeOf(bot.pid)).find(({ command }) => command.includes('supervisor.ts'));
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    const logged = await until('the log', () => bot.logged().find(({ level }) => level === 'error'));
    expect(logged).toMatchObject({ how: 'signal SIGKILL', msg: expect.stringContaining('start it again') });
    const page = await fetch(`${bot.url}/api/events`);
    const reader = page.body?.getReader();
    let heard = '';
    await until('the page to be told', async () => {
      heard += Buffer.from((await reader?.read())?.value ?? []).toString();
      return /event: trouble\ndata: \{"about":"sandbox","since":"/.test(heard);
    });
    await reader?.cancel();
    const fault = await fetch(`${bot.url}/console/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fault: 'errors' }),
    });
    expect(await fault.json()).toEqual({
      said: 'The sandbox does not answer. Stop the bot and start it again.',
    });
    bot.kill('SIGTERM');
    expect(await bot.gone).toMatchObject({ code: 0 });
  });
});

describe('SIGHUP', () => {
  it('reads the files again; a faulty one changes nothing and is told in the log', async () => {
    const playbooks = join(dir, 'playbooks');
    const place = await sandboxBeside(dir);
    const redis = await redisForTest();
    const bot = await startBotProcess({
      env: { ...(await botFiles(dir, { sandbox: place })), REDIS_URL: redis.url },
    });
    const carol = personAt(bot.url, 'carol');
    const logged = (text: string) => until(text, () => bot.logged().find(({ msg }) => msg.includes(text)));

    expect((await carol.type('plan slow')).ok).toBe(false);
    await writeFile(join(playbooks, 'slow.yaml'), JSON.stringify(slowPlaybook(0.1)));
    bot.kill('SIGHUP');
    await logged('were read again');
    expect((await carol.type('plan slow')).ok).toBe(true);

    await writeFile(join(playbooks, 'slow.yaml'), 'apiVersion: cutover/v1\nnaem: slow\n');
    bot.kill('SIGHUP');
    const { faults } = await logged('have faults');
    expect(faults).toContain('slow.yaml:2:1 unknown key "naem"');
    expect((await carol.type('plan slow')).ok).toBe(true);

    bot.kill('SIGTERM');
    expect(await bot.gone).toMatchObject({ code: 0 });
    await place.stop();
    await redis.stop();
  });
});

/** A Node older than 24, as machines have it. */
async function olderNode(): Promise<string | undefined> {
  for (const folder of ['/usr/bin', '/usr/local/bin']) {
    const node = join(folder, 'node');
    const there = await readFile(node).then(
      () => true,
      () => false,
    );
    if (there) return node;
  }
  return undefined;
}

describe('under the Node of the machine', async () => {
  const node = await olderNode();
  it.skipIf(node === undefined)(
    'the sandbox rollout runs, because steps find the Node of the bot',
    async () => {
      const env = {
        DATA_DIR: join(dir, 'data'),
        PORT: '0',
        SANDBOX: '1',
        SANDBOX_PORT: '0',
        PATH: '/usr/bin:/bin',
      };
      const bot = await startBotProcess({ env, command: [node ?? '', 'bin/cutover.js', 'start'] });
      const carol = personAt(bot.url, 'carol', '');
      expect(await carol.type('start green')).toMatchObject({ ok: true });
      const [{ id = '' } = {}] = await carol.rollouts();
      await carol.until(id, 'waiting');
      const tree = await treeOf(bot.pid);
      bot.kill('SIGTERM');
      expect(await bot.gone).toMatchObject({ code: 0 });
      expect(await alive(tree)).toEqual([]);
    },
  );

  it.skipIf(node === undefined)('kill -9 of what was started leaves no process after 5 s', async () => {
    const env = { ...(await newcomer()), PATH: '/usr/bin:/bin' };
    const bot = await startBotProcess({ env, command: [node ?? '', 'bin/cutover.js', 'start'] });
    const tree = await treeOf(bot.pid);
    bot.kill('SIGKILL');
    await until('everything to be gone', async () => (await alive(tree)).length === 0, 5);
  });

  it.skipIf(node === undefined)('kill -9 while it still starts leaves no process either', async () => {
    const env = { ...(await newcomer()), PATH: '/usr/bin:/bin' };
    const started = launch({ env, command: [node ?? '', 'bin/cutover.js', 'start'] });
    const tree = await until('the bot beside what started it', async () => {
      const found = await treeOf(started.pid);
      return found.length > 1 && found;
    });
    started.kill('SIGKILL');
    await until('everything to be gone', async () => (await alive(tree)).length === 0, 100);
  });
});
