import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { Helm } from '../../src/ports/helm.ts';
import type { Cluster, KubernetesObject } from '../../src/ports/kubernetes.ts';
import { ingressReader } from '../../src/steps/helm/hosts.ts';
import { helmRollback } from '../../src/steps/helm-rollback.ts';
import { helmUpgrade } from '../../src/steps/helm-upgrade.ts';
import { type ContextOptions, contextFor } from '../support/step-context.ts';

const never = new AbortController().signal;
const moved = ['api.test', 'app.test'];
const before = [...moved, 'blue.test'];

interface Kept {
  hosts: string[];
  status: string;
  description: string;
  /** As Helm 4 tells it; absent: a Helm 3. */
  applyMethod?: 'ssa' | 'csa';
}

function ingressOf(hosts: readonly string[]) {
  const rules = hosts.map((host) => ({ host, http: { paths: [] } }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'aether' },
    spec: { rules },
  };
}

/** A release as Helm keeps it, and its Ingress; it takes the flag only where the real one does. */
function place(revisions: Kept[], live: string[]) {
  const ran: string[] = [];
  let hosts = live;
  const told = (value: unknown) => ({ code: 0, signal: null, stdout: JSON.stringify(value), stderr: '' });
  const refuses = (why: string) => ({ code: 1, signal: null, stdout: '', stderr: `Error: ${why}` });
  const changed = (next: Kept, like: Kept | undefined, args: readonly string[]) => {
    ran.push(
      args
        .filter((word) => !/^(--(namespace|timeout|labels|values|description)|blue|\d+ms)$/.test(word))
        .join(' '),
    );
    const forced = args.includes('--force-conflicts');
    if (forced && like?.applyMethod === undefined) return refuses('unknown flag: --force-conflicts');
    if (forced && like?.applyMethod === 'csa')
      return refuses('forceConflicts enabled when serverSideApply disabled');
    revisions.push(next);
    hosts = next.hosts;
    return told('done');
  };
  const helm: Helm = {
    async run(args, _signal, { onLine } = {}) {
      const at = (index: number) => revisions[Number(args[index]) - 1];
      const latest = revisions.at(-1);
      const option = (name: string) => args[args.indexOf(name) + 1] ?? '';
      const chosen = revisions[Number(option('--revision')) - 1];
      switch (args[0] === 'get' ? `get ${args[1]}` : args[0]) {
        case 'history':
          return told(
            revisions.map(({ status, description }, index) => ({
              ...{ revision: index + 1, updated: '2026-11-21 12:00:00 UTC', status, description },
              ...{ chart: 'aether-0.4.0', app_version: 'v2.4.0' },
            })),
          );
        case 'get metadata':
          return told({ labels: {}, applyMethod: chosen?.applyMethod });
        case 'get values':
          return told({});
        case 'get manifest':
          for (const line of ['---', JSON.stringify(ingressOf(chosen?.hosts ?? []))]) onLine?.(line);
          return told('');
        case 'upgrade': {
          if (latest?.status.startsWith('pending')) return refuses('another operation is in progress');
          const next = {
            ...latest,
            hosts: ['next.test'],
            status: 'deployed',
            description: option('--description'),
          };
          return changed(next, latest, args);
        }
        case 'rollback': {
          const aim = at(2);
          if (aim === undefined) return refuses(`release has no ${args[2]} version`);
          return changed({ ...aim, status: 'deployed', description: `Rollback to ${args[2]}` }, aim, args);
        }
        default:
          throw new Error(`this Helm knows no ${args.join(' ')}`);
      }
    },
  };
  const cluster = {
    read: async () => ({ ...ingressOf(hosts) }) as KubernetesObject,
  } as unknown as Cluster;
  const world = { helm: () => helm, kubernetes: () => cluster };
  const options = { world, connections: { cluster: { kind: 'kubernetes' } }, capturing: true };
  const given = { connection: 'cluster', forceConflicts: true };
  const release = { release: 'aether', namespace: 'blue', chart: 'test/charts/aether', ready: false };
  return {
    ran,
    hosts: () => hosts,
    upgrade(input: object = {}, more: ContextOptions = {}) {
      const at = contextFor(helmUpgrade, { ...given, ...release, ...input }, { ...options, ...more });
      return { at, result: helmUpgrade.run(at, never) };
    },
    rollback: (restore: Json | undefined, input: object = {}) =>
      helmRollback.run(contextFor(helmRollback, { ...given, restore, ...input }, options), never),
  };
}

const first: Kept = {
  hosts: before,
  status: 'deployed',
  description: 'Install complete',
  applyMethod: 'ssa',
};
const pending: Kept = {
  ...first,
  hosts: ['next.test'],
  status: 'pending-upgrade',
  description: 'Preparing upgrade',
};

describe('fields that a switch took', () => {
  test.each([
    ['of a release that is applied on the server', 'ssa', { forceConflicts: true }, true],
    ['and nowhere unasked', 'ssa', { forceConflicts: false }, false],
    [
      'but not where Helm 4 merges by itself, which takes them anyway',
      'csa',
      { forceConflicts: true },
      false,
    ],
    ['nor by a Helm 3, which knows no such flag', undefined, { forceConflicts: true }, false],
  ] as const)('are taken back %s', async (_, applyMethod, input, forced) => {
    const { applyMethod: _method, ...plain } = first;
    const at = place([applyMethod ? { ...plain, applyMethod } : plain], ['blue.test']);
    const { at: context, result } = at.upgrade(input);
    expect(await result).toMatchObject({ status: 'succeeded' });
    expect(at.ran).toHaveLength(1);
    expect(at.ran[0]?.includes('--force-conflicts')).toBe(forced);
    expect(context.captures).toMatchObject([{ revision: 1, movedAway: moved }]);
  });

  test('are no question for a first installation', async () => {
    const at = place([], []);
    expect(await at.upgrade().result).toMatchObject({ status: 'succeeded' });
    expect(at.ran.join()).not.toContain('--force-conflicts');
  });
});

describe('a rollback', () => {
  test.each(['ssa', 'csa', undefined] as const)(
    'never takes hosts that were moved away before (%s)',
    async (method) => {
      const { applyMethod: _, ...plain } = first;
      const at = place([method ? { ...plain, applyMethod: method } : plain], ['blue.test']);
      const { at: context, result } = at.upgrade();
      await result;
      expect(await at.rollback(context.captures[0])).toMatchObject({
        status: 'succeeded',
        summary:
          'aether in blue stays at revision 2 (deployed): with revision 1 Helm would take api.test and app.test back, which had been moved elsewhere before. The next rollout to this side deploys over it',
      });
      expect(at.ran).toHaveLength(1);
      expect(at.hosts()).toEqual(['next.test']);
    },
  );

  test('goes back to a revision whose hosts were all its own, and takes its fields back where it is asked to', async () => {
    const at = place([{ ...first, hosts: ['own.test'] }], ['own.test']);
    const { at: context, result } = at.upgrade();
    await result;
    expect(context.captures).toEqual([expect.not.objectContaining({ movedAway: expect.anything() })]);
    expect(await at.rollback(context.captures[0])).toMatchObject({ status: 'succeeded' });
    expect(at.ran[1]).toBe('rollback aether 1 --force-conflicts');
    expect(at.hosts()).toEqual(['own.test']);
  });

  test('finds that nothing was done, also where hosts were moved away', async () => {
    const at = place([first], ['blue.test']);
    expect(await at.rollback(await capturedOf(before, ['blue.test']))).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('is back at aether-0.4.0 (revision 1)'),
    });
    expect(at.ran).toEqual([]);
  });
});

describe('a release that is stuck', () => {
  test('goes on with the pending revision where going back would take hosts', async () => {
    const at = place([first, pending], ['blue.test']);
    expect(await at.upgrade({ repair: 'rollback' }).result).toMatchObject({ status: 'succeeded' });
    expect(at.ran[0]).toBe('rollback aether 2 --force-conflicts');
    expect(at.hosts()).toEqual(['next.test']);
  });

  test('goes back where no hosts were moved', async () => {
    const at = place([first, pending], before);
    expect(await at.upgrade({ repair: 'rollback' }).result).toMatchObject({ status: 'succeeded' });
    expect(at.ran[0]).toBe('rollback aether 1 --force-conflicts');
  });

  test('what was captured counts, and not what the stopped Helm has changed since', async () => {
    const at = place([{ ...first, hosts: ['own.test'] }, pending], ['next.test']);
    const captured = await capturedOf(['own.test']);
    expect(await at.upgrade({ repair: 'rollback' }, { attempt: 2, captured }).result).toMatchObject({
      status: 'succeeded',
    });
    expect(at.ran[0]).toBe('rollback aether 1 --force-conflicts');
  });

  test('is a question to people where both would take hosts, and neither is advised', async () => {
    const at = place([first, { ...pending, hosts: before }], ['blue.test']);
    const result = await at.upgrade({ repair: 'rollback' }).result;
    expect(result).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('Revisions 1 and 2 of aether both have api.test and app.test'),
    });
    expect(JSON.stringify(result)).not.toContain('helm rollback');
    expect(at.ran).toEqual([]);
  });

  test('the advice to people leaves the hosts where they are', async () => {
    const at = place([first, pending], ['blue.test']);
    expect(await at.upgrade().result).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('`helm rollback aether 2 --namespace blue` mends it'),
    });
  });
});

async function capturedOf(hosts: string[], live = hosts): Promise<Json> {
  const { at, result } = place([{ ...first, hosts }], live).upgrade();
  await result;
  return at.captures[0] ?? null;
}

test('Ingresses are found in a manifest, and nothing else of it is parsed', () => {
  const reader = ingressReader();
  const lines = [
    '---',
    '# Source: aether/templates/secret.yaml',
    'kind: Secret',
    'stringData: { broken: [',
    '---',
    ...['apiVersion: networking.k8s.io/v1', 'kind: Ingress', 'metadata: { name: web, namespace: other }'],
    ...['spec:', '  rules:', '    - host: a.test', '    - http: { paths: [] }', '    - host: "*.b.test"'],
    '---',
    ...['apiVersion: networking.k8s.io/v1', 'kind: IngressClass', 'metadata: { name: nginx }'],
    '--- # the last',
    JSON.stringify(ingressOf([])),
  ];
  for (const line of lines) reader.line(line);
  expect(reader.ingresses()).toEqual([
    { name: 'web', namespace: 'other', hosts: ['a.test', '*.b.test'] },
    { name: 'aether', hosts: [] },
  ]);
});
