import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { approval } from '../../src/steps/approval.ts';
import { type Engine, planOf, start, startEngine, until } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';
import { until as soon } from '../support/until.ts';

let redis: EmbeddedRedis;
let engine: Engine;

beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(() => engine.stop());
afterAll(() => redis.stop());

/** Pins what the world says of `app:v1` when it runs, and says which digest the plan holds. */
function pinned(found: () => string): StepKind {
  return kind('pin', async (context) => {
    const digest = await context.pin('app:v1', found());
    return done(digest, { digest });
  });
}

test('the first digest stands in the revised plan, and later steps are held to it', async () => {
  const found = ['sha256:1', 'sha256:2'];
  engine = await startEngine(redis.url, { kinds: [pinned(() => found.shift() ?? '')] });
  const steps = ['first', 'second'].map((id) => ({ id, uses: 'pin' }));
  const { state } = await start(engine, planOf({ phases: [{ name: 'only', steps }] }, 'pins-1'));
  const rollout = await until(engine, state.id, 'succeeded');
  expect(rollout.plan.digests).toEqual({ 'app:v1': 'sha256:1' });
  expect(rollout.state.digest).toBe(planDigest(rollout.plan));
  expect(rollout.state.steps.second?.output).toEqual({ digest: 'sha256:1' });
  const events = await engine.rollouts.events(state.id);
  expect(events.filter(({ type }) => type === 'plan.revised')).toMatchObject([
    { data: { reason: 'app:v1 is pinned to sha256:1' } },
  ]);
  expect(verifyJournal(events.map((event) => JSON.stringify(event)))).toMatchObject({
    events: events.length,
  });
  expect(rollout.state.milestones.map(({ type }) => type)).not.toContain('plan-revised');
});

test('an approval that was asked for beside it is asked for anew, about the revised plan', async () => {
  const open = Promise.withResolvers<string>();
  const slow = kind('pin', async (context) => done(await context.pin('app:v1', await open.promise)));
  engine = await startEngine(redis.url, { kinds: [slow, approval as StepKind] });
  const steps = [
    { id: 'image', uses: 'pin' },
    { id: 'ask', uses: 'approval', with: { roles: ['release-manager'] } },
  ];
  const plan = planOf({ phases: [{ name: 'only', parallel: true, steps }] }, 'pins-2');
  const { state } = await start(engine, plan);
  const asked = await waitingFor(state.id, planDigest(plan));
  open.resolve('sha256:1');
  const revised = planDigest({ ...plan, digests: { 'app:v1': 'sha256:1' } });
  const anew = await waitingFor(state.id, revised);
  expect(anew).not.toBe(asked);
  const { state: now } = await until(engine, state.id, 'waiting');
  expect(now.milestones.map(({ type }) => type)).toContain('plan-revised');
});

/** The nonce of the question about a plan, once it is asked. */
function waitingFor(id: string, digest: string): Promise<string> {
  return soon(`the question about ${digest}`, async () => {
    const waiting = (await engine.rollouts.find(id))?.state.steps.ask?.waiting;
    return waiting?.for === 'approval' && waiting.digest === digest ? waiting.nonce : undefined;
  });
}
