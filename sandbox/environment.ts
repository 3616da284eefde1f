import { join, resolve } from 'node:path';
import { type Policy, policySchema } from '../src/core/policy/schema.ts';
import type { Sandbox } from './start.ts';

/** What `environments.yaml` would say of the sandbox. Its alerter understands silences as Alertmanager does. */
export function sandboxEnvironments(
  { vars, urls }: Pick<Sandbox, 'vars' | 'urls'>,
  dataDir: string,
  channels: readonly string[] = [],
) {
  const connections = {
    archive: { kind: 'folder', path: join(resolve(dataDir), 'artifacts') },
    alertmanager: { kind: 'alertmanager', url: urls.alerter },
  };
  return { sandbox: { vars, connections, channels: [...channels] } };
}

const everybody = ['engineer', 'release-manager'];
const managers = ['release-manager'];

/** What `policy.yaml` would say of the sandbox: a few people, so that approvals need a second one. */
export const sandboxPolicy: Policy = policySchema.parse({
  people: {
    alice: { name: 'Alice' },
    bob: { name: 'Bob' },
    carol: { name: 'Carol' },
    dan: { name: 'Dan' },
    erin: { name: 'Erin' },
  },
  roles: { engineer: ['alice'], 'release-manager': ['bob', 'carol', 'dan'], viewer: ['erin'] },
  environments: {
    sandbox: {
      start: everybody,
      operate: everybody,
      rollback: everybody,
      approve: managers,
      skip: managers,
      lock: managers,
      override: managers,
      quorum: 1,
    },
  },
  channels: { 'console:rollouts': { environment: 'sandbox', playbook: 'sandbox' } },
  commands: {
    allow: [
      ['node', '--version'],
      ['node', 'sandbox/checks/*.ts'],
    ],
  },
});
