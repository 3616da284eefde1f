import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { carol, planOf, start, startEngine, until } from '../support/engine.ts';
import { hang, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';
import { until as soon } from '../support/until.ts';
import { googleForTest, newImage, project } from './double.ts';

let redis: EmbeddedRedis;
beforeAll(async () => {
  redis = await redisForTest();
});
afterAll(() => redis.stop());

const on = { connection: 'google' };
const made = '${{ steps.deploy.output.revision }}';
const previous = '${{ steps.deploy.output.previous }}';
const change = (id: string, uses: string, given: object) => ({
  id,
  uses,
  capture: 'before',
  with: { ...on, ...given },
});
const restore = (id: string, uses: string) => ({
  id: `${id}-back`,
  uses,
  when: `\${{ steps.${id}.started }}`,
  with: { ...on, restore: `\${{ steps.${id}.before }}` },
});
const steps = [
  { id: 'deploy', uses: 'cloudrun.deploy', with: { ...on, service: 'api', image: newImage, tag: 'next' } },
  change('tenth', 'cloudrun.traffic', {
    service: 'api',
    split: [
      { revision: made, percent: 10 },
      { revision: previous, percent: 90 },
    ],
  }),
  change('all', 'cloudrun.traffic', { service: 'api', split: [{ revision: made, percent: 100 }] }),
  change('lock', 'cloudrun.ingress', { service: 'api', ingress: 'internal-and-cloud-load-balancing' }),
  change('certificates', 'certificate.attach', { proxy: 'front', certificates: ['sapphire-cert'] }),
  change('retention', 'logging.retention', { days: 90 }),
];
const rollback = [
  restore('certificates', 'certificate.attach'),
  restore('lock', 'cloudrun.ingress'),
  restore('tenth', 'cloudrun.traffic'),
  restore('retention', 'logging.retention'),
];

test('a playbook of these steps loads, with expressions in it', () => {
  const playbook = {
    apiVersion: 'cutover/v1',
    name: 'launch',
    environments: ['production'],
    phases: [{ name: 'move', steps }],
    rollback,
  };
  const loaded = loadPlaybook(JSON.stringify(playbook), { file: 'launch.yaml', kinds: stepKinds });
  expect(loaded).toMatchObject({ playbook: { name: 'launch' }, warnings: [] });
});

test('a rollout moves everything, and a rollback puts everything back as it was', async () => {
  const google = await googleForTest();
  google.disturb({ operationMs: 0 });
  const hold = kind('hold', (_context, signal) => hang(signal));
  const engine = await startEngine(redis.url, { kinds: [...stepKinds.values(), hold] });
  try {
    const phases = [{ name: 'move', steps: [...steps, { id: 'hold', uses: 'hold' }] }];
    const plan = planOf({ phases, rollback }, 'google-1');
    plan.environment.connections = { google: google.connection };
    const { state } = await start(engine, plan);
    const status = async (step: string) => (await engine.rollouts.find(state.id))?.state.steps[step]?.status;
    await soon('the last step', async () => (await status('hold')) === 'running');
    const shares = () => google.service().trafficStatuses.map(({ revision, percent }) => [revision, percent]);
    const certificates = () => google.state.compute.proxies[`${project}/front`]?.sslCertificates;
    const { latestReadyRevision } = google.service();
    expect(shares()).toEqual([
      [latestReadyRevision, 100],
      [latestReadyRevision, undefined],
    ]);
    expect(google.service().ingress).toBe('INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER');
    expect(certificates()).toEqual(['sapphire-cert']);
    await engine.rollouts.record(state.id, carol, () => ({
      facts: [{ type: 'rollback.requested', data: { reason: 'checkout errors' } }],
    }));
    await until(engine, state.id, 'rolled-back');
    expect(shares()[0]).toEqual(['api-00001-abc', 100]);
    expect(google.service().ingress).toBe('INGRESS_TRAFFIC_ALL');
    expect(certificates()).toEqual(['aster-cert']);
    const agents = google.mutations().map(({ headers }) => headers['user-agent']);
    expect(agents.every((agent) => agent?.includes(`(${state.id}; step `))).toBe(true);
    expect(engine.errors).toEqual([]);
  } finally {
    await engine.stop();
    await google.stop();
  }
});
