import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { decideRollback } from '../../src/commands/rollback.ts';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { describeRollout } from '../../src/core/rollout/view.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { approval } from '../../src/steps/approval.ts';
import { policy } from '../commands/scene.ts';
import { bob, carol, type Engine, planOf, start, startEngine, until } from '../support/engine.ts';
import { done, hang, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';

let redis: EmbeddedRedis;
const engines: Engine[] = [];
beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});
afterAll(() => redis.stop());

async function engineWith(...kinds: StepKind[]): Promise<Engine> {
  const engine = await startEngine(redis.url, { kinds: [approval as StepKind, ...kinds] });
  engines.push(engine);
  return engine;
}

const ask = { id: 'ask', uses: 'approval', with: { roles: ['release-manager'], expires: '1h' } };
const retire = { id: 'retire', uses: 'retire', endsRollback: true };
const tell = { id: 'tell', uses: 'note', always: true };

function retiring(...end: object[]): object {
  return {
    phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }],
    rollback: [{ id: 'undo', uses: 'note' }],
    hypercare: { window: '0s', end },
  };
}

async function waitingToRetire(engine: Engine, name: string) {
  const { state } = await start(engine, planOf(retiring(ask, retire, tell), name));
  await expect
    .poll(async () => (await engine.rollouts.find(state.id))?.state.steps.ask?.waiting?.for)
    .toBe('approval');
  const rollout = await engine.rollouts.find(state.id);
  if (rollout === undefined) throw new Error('it is there');
  return rollout;
}

async function answer(engine: Engine, id: string, data: { answer: 'approve' | 'reject'; reason?: string }) {
  const waiting = (await engine.rollouts.find(id))?.state.steps.ask?.waiting;
  const nonce = waiting?.for === 'approval' ? waiting.nonce : '';
  const fact: Fact = { type: 'step.answered', data: { step: 'ask', nonce, ...data } };
  await engine.rollouts.record(id, bob, () => ({ facts: [fact] }));
}

const claims = async (engine: Engine, name: string) =>
  (await engine.redis.lrange(keys.environment(name), 0, -1)).map((line) => {
    const { type, data } = JSON.parse(line) as { type: string; data: { rollout: string } };
    return `${type.replace('environment.', '')} ${data.rollout}`;
  });

test('the old side is retired after an approval, with the environment claimed for as long as it takes', async () => {
  const claimed: (string | undefined)[] = [];
  const engine = await engineWith(
    kind('note', async () => done()),
    kind('retire', async () => {
      claimed.push((await engine.rollouts.environment('end-1')).claimedBy);
      return done('blue is gone');
    }),
  );
  const waiting = await waitingToRetire(engine, 'end-1');
  const { id } = waiting.state;
  expect(statusOf(waiting.plan, waiting.state)).toBe('hypercare');
  expect(describeRollout(waiting)).toMatchObject({ phase: 'hypercare end', step: 'ask', waitingFor: 'ask' });
  expect((await engine.rollouts.environment('end-1')).claimedBy).toBeUndefined();
  await answer(engine, id, { answer: 'approve' });
  const ended = await until(engine, id, 'succeeded');
  expect(claimed).toEqual([id]);
  expect(ended.state.steps.retire?.summary).toBe('blue is gone');
  expect(await claims(engine, 'end-1')).toEqual([
    `claimed ${id}`,
    `released ${id}`,
    `claimed ${id}`,
    `released ${id}`,
  ]);
  expect(verifyChain(await engine.rollouts.events(id))).toMatchObject({ ok: true });
});

test('a rejection leaves the old side as it is, and the rollout ends well', async () => {
  const engine = await engineWith(
    kind('note', async () => done()),
    kind('retire', async () => Promise.reject(new Error('must not run'))),
  );
  const { state } = await waitingToRetire(engine, 'end-2');
  await answer(engine, state.id, { answer: 'reject', reason: 'keep it' });
  const ended = await until(engine, state.id, 'succeeded');
  expect(ended.state.steps).toMatchObject({
    ask: { status: 'failed', summary: 'Rejected by Bob: keep it' },
    retire: { status: 'skipped', started: false, summary: 'Left as it is: ask was not approved' },
    tell: { status: 'succeeded' },
  });
  expect(await claims(engine, 'end-2')).toEqual([`claimed ${state.id}`, `released ${state.id}`]);
});

test('a newer rollout keeps the old side: the approval is no longer asked for, and says why', async () => {
  const engine = await engineWith(
    kind('note', async () => done()),
    kind('hang', (_context, signal) => hang(signal)),
    kind('retire', async () => Promise.reject(new Error('must not run'))),
  );
  const { state } = await waitingToRetire(engine, 'end-3');
  const busy = { phases: [{ name: 'only', steps: [{ id: 'b', uses: 'hang' }] }] };
  const newer = await start(engine, planOf(busy, 'end-3'));
  const ended = await until(engine, state.id, 'succeeded');
  const why = `Left as it is: ${newer.state.id} has changed end-3 since`;
  expect(ended.state.steps).toMatchObject({
    ask: { status: 'skipped', summary: why },
    retire: { status: 'skipped', started: false, summary: why },
    tell: { status: 'succeeded' },
  });
  expect((await engine.rollouts.environment('end-3')).claimedBy).toBe(newer.state.id);
  await engine.rollouts.record(newer.state.id, bob, () => ({
    facts: [{ type: 'rollout.aborted', data: {} }],
  }));
});

test('of a newer rollout and an approval that come together, only one has its way', async () => {
  const retired: string[] = [];
  const engine = await engineWith(
    kind('note', async () => done()),
    kind('hang', (_context, signal) => hang(signal)),
    kind('retire', async ({ rollout }) => {
      const { claimedBy } = await engine.rollouts.environment('end-4');
      retired.push(`${rollout.id} while ${claimedBy} has it`);
      return done();
    }),
  );
  const { state } = await waitingToRetire(engine, 'end-4');
  const busy = { phases: [{ name: 'only', steps: [{ id: 'b', uses: 'hang' }] }] };
  const [newer] = await Promise.all([
    start(engine, planOf(busy, 'end-4')).catch(() => undefined),
    answer(engine, state.id, { answer: 'approve' }),
  ]);
  const ended = await until(engine, state.id, 'succeeded');
  if (ended.state.steps.retire?.status === 'skipped') expect(retired).toEqual([]);
  else expect(retired).toEqual([`${state.id} while ${state.id} has it`]);
  if (newer === undefined) return;
  await engine.rollouts.record(newer.state.id, bob, () => ({
    facts: [{ type: 'rollout.aborted', data: {} }],
  }));
});

test('while the approval is waited for it can be rolled back; once the old side is being retired it can not', async () => {
  const open = Promise.withResolvers<void>();
  const engine = await engineWith(
    kind('note', async () => done()),
    kind('retire', async () => {
      await open.promise;
      return done();
    }),
  );
  const asked = { person: carol, policy: withRollback('end-5', 'end-6'), now: Date.now() };
  const rollBack = (id: string) =>
    engine.rollouts.record(id, carol, (rollout, environment) =>
      decideRollback({ id, reason: 'errors' }, asked, rollout, environment),
    );
  const first = await waitingToRetire(engine, 'end-5');
  expect(await rollBack(first.state.id)).toHaveProperty('rollout');
  const back = await until(engine, first.state.id, 'rolled-back');
  expect(back.state.steps).toMatchObject({ ask: { status: 'failed' }, retire: { started: false } });

  const second = await waitingToRetire(engine, 'end-6');
  await answer(engine, second.state.id, { answer: 'approve' });
  await expect
    .poll(async () => (await engine.rollouts.find(second.state.id))?.state.steps.retire?.status)
    .toBe('running');
  expect(await rollBack(second.state.id)).toMatchObject({
    refusal: { reason: 'wrong-state', why: expect.stringMatching(/^Retire began at .* may be gone\.$/) },
  });
  open.resolve();
  await until(engine, second.state.id, 'succeeded');
});

function withRollback(...names: string[]) {
  const granted = policy.environments.production;
  if (granted === undefined) throw new Error('the policy has production');
  return { ...policy, environments: Object.fromEntries(names.map((name) => [name, granted])) };
}
