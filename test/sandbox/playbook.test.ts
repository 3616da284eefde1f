import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sandboxEnvironments, sandboxPolicy } from '../../sandbox/environment.ts';
import { readLedgers } from '../../sandbox/ledger.ts';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { commandAllowed } from '../../src/core/policy/policy.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import type { RolloutStatus } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { quickPlaybook } from '../support/crashing-playbook.ts';
import { bob, carol, type Engine, start, startEngine } from '../support/engine.ts';
import { redisForTest } from '../support/redis.ts';
import { worldForTest } from '../support/step-context.ts';
import { call, discard, sandboxForTest, until } from './support.ts';

let redis: EmbeddedRedis;
let engine: Engine;
let sandbox: Awaited<ReturnType<typeof sandboxForTest>>;

beforeAll(async () => {
  redis = await redisForTest();
  sandbox = await sandboxForTest();
  await call('PUT', `${sandbox.urls.supervisor}/load`, { readsPerSecond: 20, intentsPerSecond: 5 });
  const world = worldForTest({
    commandAllowed: (argv) => commandAllowed(sandboxPolicy, argv),
    artifacts: (connection) => artifactStore(connection, { fetch, env: {} }),
  });
  engine = await startEngine(redis.url, { kinds: [...stepKinds.values()], world });
});
afterEach(async () => {
  await call('DELETE', `${sandbox.urls.supervisor}/faults`);
});
afterAll(async () => {
  await engine.stop();
  await discard(sandbox);
  await redis.stop();
});

async function load() {
  const text = await readFile(join(import.meta.dirname, '../../playbooks/sandbox.yaml'), 'utf8');
  const loaded = loadPlaybook(text, { file: 'playbooks/sandbox.yaml', kinds: stepKinds });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, null, 1));
  return loaded;
}

async function planFor(target: string, params: Record<string, string> = {}): Promise<Plan> {
  const { vars, connections } = sandboxEnvironments(sandbox, sandbox.dataDir).sandbox;
  const environment = { name: 'sandbox', vars, connections };
  const playbook = await quickPlaybook({ soakCycles: 4, hypercare: '3m' });
  const resolved = resolvePlan({ playbook, environment, target, params, quorum: 1 });
  if ('problems' in resolved) throw new Error(resolved.problems.join('\n'));
  return resolved.plan;
}

/** A rollout once it is in one of these states; fails with its steps when it stops in another. */
async function reached(id: string, ...wanted: RolloutStatus[]): Promise<Rollout> {
  const ask = async () => {
    const rollout = await engine.rollouts.find(id);
    if (rollout === undefined) throw new Error(`there is no ${id}`);
    return { rollout, status: statusOf(rollout.plan, rollout.state) };
  };
  const moving: RolloutStatus[] = ['planned', 'running', 'waiting', 'rolling-back'];
  const { rollout, status } = await until(
    ask,
    (told) => wanted.includes(told.status) || !moving.includes(told.status),
    60_000,
  );
  expect(wanted, JSON.stringify(rollout.state.steps, null, 1)).toContain(status);
  return rollout;
}

/** The question that a step asks people, once it does. */
async function asked(id: string, step: string): Promise<string> {
  const { [step]: question } = await until(
    async () => (await reached(id, 'running', 'waiting')).state.steps,
    (steps) => steps[step]?.waiting?.for === 'approval',
    30_000,
  );
  const waiting = question?.waiting;
  if (waiting?.for !== 'approval') throw new Error(`${step} asks for no approval`);
  return waiting.nonce;
}

async function approve(id: string): Promise<void> {
  const step = 'approve-switch';
  const nonce = await asked(id, step);
  await engine.rollouts.record(id, bob, () => ({
    facts: [{ type: 'step.answered', data: { step, answer: 'approve', nonce } }],
  }));
}

async function rollBack(id: string): Promise<void> {
  await engine.rollouts.record(id, carol, () => ({
    facts: [{ type: 'rollback.requested', data: { reason: 'a test' } }],
  }));
}

const hosts = async () => (await call('GET', `${sandbox.urls.router}/_router/hosts`)).body;
const safeMode = async (side: 'blue' | 'green') =>
  (await call('GET', `${sandbox.urls[side]}/safe-mode`)).body.enabled;
const effects = async (rollout: string) =>
  (await readLedgers(sandbox.dataDir))
    .filter((entry) => entry.kind === 'effect' && entry.rollout === rollout)
    .map(({ step }) => step);

describe('the sandbox playbook', { timeout: 120_000 }, () => {
  test('has nothing that the linter objects to', async () => {
    expect((await load()).warnings).toEqual([]);
  });

  test('moves clients to green, and gives everything back on a rollback', async () => {
    const { state } = await start(engine, await planFor('green'));
    await asked(state.id, 'approve-switch');
    expect(await safeMode('blue')).toBe(true);
    expect(await hosts()).toEqual({ api: 'blue', app: 'blue' });
    await approve(state.id);
    await reached(state.id, 'hypercare');
    expect(await hosts()).toEqual({ api: 'green', app: 'green' });
    expect(await safeMode('green')).toBe(false);
    const kept = await readdir(join(sandbox.dataDir, 'artifacts', state.id), { recursive: true });
    expect(kept).toEqual(expect.arrayContaining(['manifest.json', 'journal.jsonl', 'report.md']));
    const forward = ['deploy', 'migrate', 'freeze-writes', 'flip', 'unfreeze'];
    expect(await effects(state.id)).toEqual(forward);

    await rollBack(state.id);
    await reached(state.id, 'rolled-back');
    expect(await hosts()).toEqual({ api: 'blue', app: 'blue' });
    expect([await safeMode('blue'), await safeMode('green')]).toEqual([false, true]);
    const back = ['freeze-new-side', 'restore-hosts', 'restore-writes'];
    expect(await effects(state.id)).toEqual([...forward, ...back]);
  });

  test('a rollback before the switch restores only what was changed', async () => {
    const { state } = await start(engine, await planFor('green', { version: 'v2.4.1' }));
    await asked(state.id, 'approve-switch');
    await rollBack(state.id);
    const { state: ended } = await reached(state.id, 'rolled-back');
    expect(ended.steps['restore-hosts']?.status).toBe('skipped');
    expect(ended.steps['prove-old-side']?.status).toBe('succeeded');
    expect(await effects(state.id)).toEqual(['deploy', 'migrate', 'freeze-writes', 'restore-writes']);
    expect(await safeMode('blue')).toBe(false);
  });

  test('errors after the switch fail the soak, and it rolls back by itself', async () => {
    const { state } = await start(engine, await planFor('green', { version: 'v2.4.2' }));
    await asked(state.id, 'approve-switch');
    await call('PUT', `${sandbox.urls.supervisor}/faults/green`, { errors: 0.5 });
    await approve(state.id);
    const { state: ended } = await reached(state.id, 'rolled-back');
    expect(ended.steps.soak?.summary).toMatch(/errors/);
    expect(await hosts()).toEqual({ api: 'blue', app: 'blue' });
    expect(await safeMode('blue')).toBe(false);
  });

  test('a new side that is down does not keep clients waiting, and is frozen once it is back', async () => {
    const { state } = await start(engine, await planFor('green', { version: 'v2.4.3' }));
    await approve(state.id);
    await until(hosts, ({ api }) => api === 'green');
    await call('POST', `${sandbox.urls.supervisor}/faults/green/crash`);
    await rollBack(state.id);
    const { state: ended } = await reached(state.id, 'rolled-back');
    expect(ended.steps['freeze-new-side']?.status).toBe('failed');
    expect(ended.steps['freeze-late']?.status).toBe('succeeded');
    const took =
      Date.parse(ended.steps['restore-hosts']?.endedAt ?? '') - Date.parse(ended.rollback?.at ?? '');
    expect(took).toBeLessThan(2_000);
    expect([await safeMode('blue'), await safeMode('green')]).toEqual([false, true]);
  });

  test('a target that has the clients already is refused before anything is touched', async () => {
    const { state } = await start(engine, await planFor('blue', { version: 'v1.1.0' }));
    const { state: failed } = await reached(state.id, 'failed');
    expect(failed.steps['target-idle']?.status).toBe('failed');
    expect(await effects(state.id)).toEqual([]);
  });
});
