import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { imagePromoted } from '../../src/steps/image-promoted.ts';
import { type Engine, planOf, start, startEngine, until } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';

let redis: EmbeddedRedis;
let engine: Engine;

beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(() => engine.stop());
afterAll(() => redis.stop());

const built = `sha256:${'a'.repeat(64)}`;
const tampered = `sha256:${'e'.repeat(64)}`;

test('production gets what succeeded in staging, and nothing else', async () => {
  const deployed: string[] = [];
  const deploy = kind('deploy', async ({ environment }) => {
    deployed.push(environment.name);
    return done('deployed');
  });
  engine = await startEngine(redis.url, { kinds: [imagePromoted as StepKind, deploy] });
  const roll = async (environment: string, digest: string, ...wanted: ('succeeded' | 'failed')[]) => {
    const steps = [
      { id: 'parity', uses: 'image.promoted', with: { from: 'staging', images: { trader: digest } } },
      { id: 'deploy', uses: 'deploy' },
    ];
    const plan = planOf({ name: 'promotion', phases: [{ name: 'only', steps }] }, environment);
    const { state } = await start(engine, plan);
    return until(engine, state.id, ...wanted);
  };
  const early = await roll('production', built, 'failed');
  expect(early.state.steps.parity?.summary).toBe('No rollout of promotion has succeeded in staging yet');
  const proof = await roll('staging', built, 'succeeded');
  const promoted = await roll('production', built, 'succeeded');
  expect(promoted.state.steps.parity?.output).toEqual({ images: { trader: built }, from: proof.state.id });
  const refused = await roll('production', tampered, 'failed');
  expect(refused.state.steps.parity?.summary).toContain(`Not what succeeded in staging (${proof.state.id}`);
  expect(deployed).toEqual(['staging', 'production']);
});
