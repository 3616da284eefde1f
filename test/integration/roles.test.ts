import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { botFiles, consoleToken, sandboxBeside } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { treeOf } from '../support/process-tree.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

let dir: string;
let redis: EmbeddedRedis;
let sandbox: Awaited<ReturnType<typeof sandboxBeside>>;
let env: Record<string, string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-roles-'));
  [redis, sandbox] = await Promise.all([redisForTest(), sandboxBeside(dir)]);
  env = { ...(await botFiles(dir, { sandbox })), REDIS_URL: redis.url };
});
afterAll(async () => {
  await endBotProcesses();
  await sandbox.stop();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

const statusOf = async (bot: BotProcess, path: string, init: RequestInit = {}) =>
  (await fetch(`${bot.url}${path}`, init)).status;

/** How many steps a process has carried out, by their kind. */
async function stepsDone(bot: BotProcess): Promise<Record<string, number>> {
  const text = await (await fetch(`${bot.url}/metrics`)).text();
  const lines = text.matchAll(/^cutover_step_seconds_count\{kind="([^"]+)",outcome="[^"]+"\} (\d+)/gm);
  const done: Record<string, number> = {};
  for (const [, kind = '', count] of lines) done[kind] = (done[kind] ?? 0) + Number(count);
  return done;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, each) => all + each, 0);

/** The worker that runs the preflight program now. */
function whoRunsPreflight(workers: readonly BotProcess[]): Promise<BotProcess> {
  return until('a worker to run the preflight program', async () => {
    const trees = await Promise.all(workers.map(({ pid }) => treeOf(pid)));
    return workers.find((_, index) => trees[index]?.some(({ command }) => command.includes('preflight.ts')));
  });
}

describe('one gateway and two workers on one Redis', () => {
  let gateway: BotProcess;
  let workers: BotProcess[];

  beforeAll(async () => {
    gateway = await startBotProcess({ env: { ...env, ROLE: 'gateway' } });
  });

  it('a gateway alone takes commands and shows plans, and carries out nothing', async () => {
    const alice = personAt(gateway.url, 'alice');
    const planned = await alice.type('plan green');
    expect(planned).toMatchObject({ ok: true });
    expect(planned.said).toContain('Move the hosts');
    expect(sum(await stepsDone(gateway))).toBe(0);
    expect(await statusOf(gateway, '/readyz')).toBe(200);
  });

  it('nobody gets in without a token, and the shared one only reads', async () => {
    expect(await statusOf(gateway, '/api/rollouts')).toBe(401);
    const reader = personAt(gateway.url, 'alice', consoleToken);
    expect(await reader.rollouts()).toEqual([]);
    expect(await reader.type('start green')).toMatchObject({ ok: false });
  });

  it('a worker shows its health, and has no console, no API and no chat', async () => {
    const chat = {
      SLACK_BOT_TOKEN: 'xoxb-nobody',
      SLACK_SIGNING_SECRET: 'secret',
      SLACK_API_URL: 'http://127.0.0.1:1',
    };
    workers = await Promise.all([
      startBotProcess({ env: { ...env, ROLE: 'worker', ...chat } }),
      startBotProcess({ env: { ...env, ROLE: 'worker' } }),
    ]);
    for (const worker of workers) {
      const bearer = { headers: { authorization: `Bearer ${consoleToken}` } };
      for (const path of ['/healthz', '/readyz', '/metrics']) expect(await statusOf(worker, path)).toBe(200);
      for (const path of ['/', '/api/rollouts', '/api/events', '/console/context'])
        expect(await statusOf(worker, path, bearer)).toBe(404);
      expect(await statusOf(worker, '/slack/events', { method: 'POST' })).toBe(404);
      expect(await statusOf(worker, '/session', { method: 'POST' })).toBe(404);
    }
  });

  it('a rollout ends in hypercare although the worker at it is killed in the middle', async () => {
    const [carol, bob] = [personAt(gateway.url, 'carol'), personAt(gateway.url, 'bob')];
    expect(await carol.type('start green version=v2.4.0')).toMatchObject({ ok: true });
    const [{ id = '' } = {}] = await carol.rollouts();
    const victim = await whoRunsPreflight(workers);
    const other = workers.find((worker) => worker !== victim) as BotProcess;
    const doneByVictim = await stepsDone(victim);
    victim.kill('SIGKILL');
    const { at: killed } = await victim.gone;

    await carol.until(id, 'waiting');
    expect((await carol.type(`approve ${id}`)).said).toContain('someone else');
    expect(await bob.type(`approve ${id} looks good`)).toMatchObject({ ok: true });
    await carol.until(id, 'hypercare');

    const journal = await carol.journal(id);
    const resumed = journal.find(({ at, actor }) => Date.parse(at) > killed && actor.kind === 'bot');
    const resumedIn = Date.parse(resumed?.at ?? '') - killed;
    const people = journal.filter(({ actor }) => actor.kind === 'person');
    console.log(
      `killed worker ${victim.pid} after ${sum(doneByVictim)} steps (${JSON.stringify(doneByVictim)}); ` +
        `worker ${other.pid} went on after ${resumedIn} ms and did ${JSON.stringify(await stepsDone(other))}; ` +
        `people: ${people.map(({ actor, type }) => `${actor.id} ${type}`).join(', ')}`,
    );
    expect(resumedIn).toBeLessThan(5_000);
    expect(people.map(({ actor, type }) => [actor.id, type])).toEqual(
      expect.arrayContaining([
        ['carol', 'rollout.planned'],
        ['bob', 'step.answered'],
      ]),
    );
    expect(await carol.verified(id)).toMatchObject({ ok: true });
    expect(sum(await stepsDone(gateway))).toBe(0);
    const hosts = await fetch(`${sandbox.urls.router}/_router/hosts`);
    expect(await hosts.json()).toEqual({ api: 'green', app: 'green' });
  });

  it('each stops in order at SIGTERM', async () => {
    const left = [gateway, ...workers.filter(({ pid }) => isAlive(pid))];
    for (const bot of left) bot.kill('SIGTERM');
    const ends = await Promise.all(left.map(({ gone }) => gone));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
