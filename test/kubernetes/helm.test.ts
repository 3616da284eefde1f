import { expect, test } from 'vitest';
import { helmAt } from '../../src/adapters/helm/helm.ts';
import type { Invocation, ProcessRunner } from '../../src/ports/world.ts';
import { labelsOf } from '../../src/steps/helm/marks.ts';
import { deployedOf, type Revision } from '../../src/steps/helm/release.ts';
import { chartArguments } from '../../src/steps/helm/upgrade.ts';
import { changedValues, merged } from '../../src/steps/helm/values.ts';

const never = new AbortController().signal;

function recorder() {
  const seen: Invocation[] = [];
  const processes: ProcessRunner = {
    async run(invocation) {
      seen.push(invocation);
      return { code: 0, signal: null, stdout: '', stderr: '' };
    },
  };
  return { seen, processes };
}

test('values lie over each other as in Helm: maps key by key, lists and all else as a whole', () => {
  const below = { image: { tag: 'v1', digest: 'a' }, hosts: ['a', 'b'], trader: { replicas: 1 } };
  const above = { image: { tag: 'v2' }, hosts: ['c'], trader: null };
  expect(merged(below, above)).toEqual({ image: { tag: 'v2', digest: 'a' }, hosts: ['c'], trader: null });
});

test('what may be a secret is told as changed, and not shown', () => {
  const before = { db: { password: 'old', host: 'db' }, url: 'postgres://a:b@db', same: { a: [1] } };
  const after = {
    db: { password: '${{ secrets.DB }}', host: 'db-2' },
    url: 'postgres://a:c@db',
    same: { a: [1] },
    new: true,
  };
  expect(changedValues(before, after)).toEqual([
    { what: 'db.host', before: 'db', after: 'db-2' },
    { what: 'db.password', before: 'not shown', after: 'a secret' },
    { what: 'new', before: 'not set', after: 'true' },
    { what: 'url', before: 'not shown', after: 'not shown' },
  ]);
});

test('a chart of the bot’s folder is never taken for a name in a repository', () => {
  expect(chartArguments({ chart: 'charts/aether' })).toEqual(['./charts/aether']);
  const repo = 'https://charts.example.test';
  expect(chartArguments({ chart: 'aether', repo, version: '0.4.0' })).toEqual([
    ...['aether', '--repo', repo, '--version', '0.4.0'],
  ]);
});

test('marks are labels that Kubernetes takes, whatever the step is called', () => {
  const rollout = { id: 'aether-7' } as Parameters<typeof labelsOf>[0]['rollout'];
  const step = { id: `install-${'x'.repeat(54)}-and-more`, name: '', attempt: 2 };
  const labels = labelsOf({ rollout, step, epoch: 9 });
  for (const value of Object.values(labels)) expect(value).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
  expect(labels).toMatchObject({ 'cutover.dev/rollout': 'aether-7', 'cutover.dev/attempt': '2' });
});

test('Helm is led to the cluster of the connection, and gets none of the bot’s secrets', async () => {
  const { seen, processes } = recorder();
  const env = { KUBECONFIG: '/etc/cutover/kubeconfig', SLACK_BOT_TOKEN: 'xoxb-1', NO_PROXY: '10.0.0.0/8' };
  const connection = { kind: 'kubernetes', context: 'green' };
  await helmAt(connection, { processes, env }).run(['list'], never, { stdin: '{}' });
  await helmAt({ ...connection, kubeconfig: 'other' }, { processes, env }).run(['list'], never);
  await helmAt({ kind: 'kubernetes' }, { processes, env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }).run(
    [],
    never,
  );
  expect(seen).toEqual([
    {
      argv: ['helm', 'list', '--kube-context', 'green'],
      env: { KUBECONFIG: '/etc/cutover/kubeconfig', NO_PROXY: '10.0.0.0/8' },
      stdin: '{}',
    },
    {
      argv: ['helm', 'list', '--kube-context', 'green'],
      env: { KUBECONFIG: 'other', NO_PROXY: '10.0.0.0/8' },
    },
    { argv: ['helm'], env: { KUBECONFIG: '/dev/null', KUBERNETES_SERVICE_HOST: '10.0.0.1' } },
  ]);
});

test('without a cluster nothing is run, and the kubeconfig of a home folder is not taken by chance', () => {
  const { processes } = recorder();
  expect(() => helmAt({ kind: 'kubernetes' }, { processes, env: {} })).toThrow('KUBECONFIG is not set');
  expect(() => helmAt({ kind: 'tempo' }, { processes, env: {} })).toThrow('of the kind kubernetes');
});

const historyOf = (...statuses: string[]): Revision[] =>
  statuses.map((status, index) => ({
    ...{ revision: index + 1, updated: '2026-11-21T12:00:00Z', status },
    ...{ chart: 'aether-0.4.0', app_version: 'v2.4.0', description: '' },
  }));

test.each([
  ['nothing', [], undefined],
  ['what Helm calls deployed', ['superseded', 'deployed'], 2],
  ['the later of two that it calls so', ['deployed', 'deployed'], 2],
  ['what stands under a pending one', ['deployed', 'pending-upgrade'], 1],
  ['what it called superseded a moment before it ended', ['superseded', 'superseded', 'pending-upgrade'], 2],
  [
    'the later one, where an older one is called deployed for ever',
    ['deployed', 'superseded', 'pending-upgrade'],
    2,
  ],
  ['nothing, while the first one is pending', ['pending-install'], undefined],
  ['nothing, while it is taken away', ['superseded', 'uninstalling'], undefined],
  ['nothing that is known, after a failed one', ['superseded', 'failed'], undefined],
])('in force is %s', (_, statuses, revision) => {
  expect(deployedOf(historyOf(...statuses))?.revision).toBe(revision);
});
