import { expect, it } from 'vitest';
import { createWorld } from '../../src/compose/world.ts';
import { policySchema } from '../../src/core/policy/schema.ts';

it('a gateway has no way to a cluster, whatever stands in its environment', () => {
  const policy = policySchema.parse({
    timezone: 'UTC',
    people: {},
    roles: {},
    environments: {},
    channels: {},
  });
  const env = {
    KUBECONFIG: '/etc/kubeconfig',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    KUBERNETES_SERVICE_PORT: '443',
  };
  const parts = { env, policy: () => policy, secret: async () => undefined };
  const cluster = { kind: 'kubernetes' };
  const gateway = createWorld({ ...parts, acts: false });
  expect(() => gateway.kubernetes(cluster)).toThrow('only workers have a way to the cluster');
  expect(() => gateway.helm(cluster)).toThrow('only workers have a way to the cluster');
  const worker = createWorld(parts);
  expect(() => worker.kubernetes(cluster)).not.toThrow();
  expect(() => worker.helm(cluster)).not.toThrow();
});
