import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { outsideNamespaces } from '../../sandbox/aether/ground.ts';
import { publicCommand } from '../../sandbox/aether/pods.ts';
import { node } from '../../sandbox/kubernetes/kubelet.ts';
import { root } from '../architecture/source.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { startDemo } from '../support/demo.ts';
import { folderOf } from '../support/kubernetes-programs.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
let cluster: TestCluster;
let helm: string;
let dir: string;

beforeAll(async () => {
  [cluster, helm] = await Promise.all([startCluster(), folderOf('helm')]);
});
afterAll(async () => {
  await cluster?.stop();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-demo-aether-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

function demo(...options: string[]) {
  const PATH = [helm, process.env.PATH].join(delimiter);
  return startDemo(dir, ['aether', ...options], { PATH, KUBECONFIG: cluster.kubeconfig });
}

/** What is left of a demo in the cluster and on this machine. */
async function leftovers(): Promise<string[]> {
  const refs = [...(await outsideNamespaces()), { apiVersion: 'v1', kind: 'Node', name: node }];
  const there = await Promise.all(refs.map((ref) => cluster.admin.describe(ref, never)));
  const objects = refs
    .filter((_, index) => there[index] !== undefined)
    .map(({ kind, name }) => `${kind} ${name}`);
  const folders = (await readdir(dir)).filter((name) => name.startsWith('cutover'));
  const reports = existsSync(join(root, 'data')) ? await readdir(join(root, 'data')) : [];
  return [...objects, ...folders, ...reports.filter((name) => name.startsWith('cutover-demo-aether'))];
}

test('where something of the same name stands already, it refuses and touches nothing', async () => {
  const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'aether-green' } };
  await cluster.admin.create(other, never);
  const child = demo();
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  expect(code).toBe(1);
  expect(await output).toMatch(/Namespace aether-green: already in this cluster, and not the demo’s/);
  expect(await leftovers()).toEqual(['Namespace aether-green']);
  await cluster.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'aether-green' }, {}, never);
  await until('the namespace to be gone', async () => (await leftovers()).length === 0, 120);
});

test('Ctrl-C in the middle removes what was made in the cluster', async () => {
  const child = demo();
  let seen = '';
  const begun = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk) => {
    seen += String(chunk);
    if (/Migrat/.test(seen)) begun.resolve();
  });
  const ended = once(child, 'exit');
  void ended.then(() => begun.reject(new Error(`it ended too early:\n${seen}`)));
  await begun.promise;
  expect(await leftovers()).toEqual(expect.arrayContaining(['Namespace aether-blue']));
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  const [code] = await ended;
  expect(code).not.toBe(0);
  await until('nothing to be left', async () => (await leftovers()).length === 0, 150);
});

test('it plays to the end, all is as expected, and nothing is left', async () => {
  const child = demo();
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  const said = await output;
  const lines = said.split('\n');
  expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
  expect(code, said).toBe(0);
  expect(said.indexOf('It makes the namespaces cutover, aether-blue and aether-green')).toBeLessThan(
    said.indexOf('Making the namespaces'),
  );
  expect(lines).toContain('✓ Ingresses, Services and Deployments are as before, field by field');
  expect(lines).toContain('✓ The journal of aether-2 verifies');
  expect(lines.filter((line) => line.startsWith('✓')).length).toBeGreaterThan(20);
  expect(await leftovers()).toEqual([]);
});

test('the chart runs a command where it is given one, as it is on real nodes', async () => {
  const rendered = async (values: object) => {
    const args = ['template', 'aether', 'test/charts/aether', '--values', '-'];
    return (await execa(join(helm, 'helm'), args, { cwd: root, input: JSON.stringify(values) })).stdout;
  };
  expect(await rendered({ command: publicCommand })).toContain(
    `command: ${JSON.stringify(publicCommand).slice(0, 16)}`,
  );
  expect(await rendered({})).not.toContain('command:');
});
