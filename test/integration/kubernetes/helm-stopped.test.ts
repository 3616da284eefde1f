import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processRunner } from '../../../src/adapters/world/processes.ts';
import { helmRollback } from '../../../src/steps/helm-rollback.ts';
import { helmUpgrade } from '../../../src/steps/helm-upgrade.ts';
import type { Treatment } from '../../support/faulty-forwarding.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { type HelmPlace, openHelmPlace, releaseIn, succeeded } from '../../support/helm-place.ts';
import { nameOf } from '../../support/kube-writes.ts';
import { folderOf } from '../../support/kubernetes-programs.ts';
import { calm } from '../../support/kubernetes-step.ts';
import { isWrite } from '../../support/writes.ts';

let place: HelmPlace;
let proxy: FaultyProxy;
const table: string[] = [];

beforeAll(async () => {
  place = await openHelmPlace();
  proxy = await startFaultyProxy(place.cluster.kubeconfig);
});
afterAll(async () => {
  console.log(`\nThe API server's answer to one write of Helm, and what comes of it:\n${table.join('\n')}\n`);
  await proxy?.stop();
  await place?.stop();
});

describe('ended while a hook of the chart is at work', () => {
  /** By SIGKILL, as by a worker's end. */
  async function killed(namespace: string, values: object = {}): Promise<void> {
    const runner = processRunner({ firstOnPath: await folderOf('helm') });
    const { running } = await place.inHook(namespace, { runner, values });
    runner.killAll();
    expect(await running).toMatchObject({ status: 'failed', summary: 'helm was ended by SIGKILL' });
    expect((await place.statusesOf(namespace)).at(-1)).toContain('2 pending-upgrade');
  }

  /** By a signal, which gives Helm the time to say so. */
  async function stopped(namespace: string) {
    const stop = new AbortController();
    const { at, running } = await place.inHook(namespace, { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    return at;
  }

  test('a release left pending by a killed Helm is a question to people, with the way out', async () => {
    const namespace = place.newNamespace();
    await killed(namespace);
    const after = place.context(helmUpgrade, releaseIn(namespace), { attempt: 2, epoch: 2 });
    expect(await helmUpgrade.observe?.(after, calm)).toEqual({
      effect: 'unknown',
      known: [
        expect.stringMatching(
          /^Revision 2 of aether is pending-upgrade since 2\d{3}-\d\d-\d\d [\d:]{8} UTC, begun by step probe of test-1, attempt 2$/,
        ),
        expect.stringContaining(`\`helm rollback aether 1 --namespace ${namespace}\` mends it`),
      ],
    });
    expect(await helmUpgrade.run(after, calm)).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('is pending-upgrade since'),
      retryable: true,
    });
    expect(await place.statusesOf(namespace)).toHaveLength(2);
  });

  test('with `repair: rollback` it goes back to the revision in force first', async () => {
    const namespace = place.newNamespace();
    await killed(namespace);
    const input = { ...releaseIn(namespace), repair: 'rollback' };
    const after = place.context(helmUpgrade, input, { attempt: 2, epoch: 2 });
    expect(await helmUpgrade.observe?.(after, calm)).toEqual({ effect: 'absent' });
    await succeeded(helmUpgrade.run(after, calm));
    expect(await place.statusesOf(namespace)).toEqual([
      '1 superseded cutover test-1 probe 1',
      expect.stringContaining('2 pending-upgrade'),
      '3 superseded Rollback to 1',
      '4 deployed cutover test-1 probe 2',
    ]);
    expect(after.captures).toMatchObject([{ revision: 1 }]);
  });

  test('with `repair: rollback` it goes on with the pending revision where going back would take moved hosts', async () => {
    const namespace = place.newNamespace();
    const values = { ingress: { hosts: ['next.example.test'] } };
    const { hosts, write } = place.ingressIn(namespace);
    await killed(namespace, values);
    await write('own.example.test');
    const asking = place.context(helmUpgrade, releaseIn(namespace, values), { attempt: 2, epoch: 2 });
    expect(await helmUpgrade.observe?.(asking, calm)).toMatchObject({
      effect: 'unknown',
      known: { 1: expect.stringContaining(`\`helm rollback aether 2 --namespace ${namespace}\` mends it`) },
    });
    const input = { ...releaseIn(namespace, values), repair: 'rollback', forceConflicts: true };
    await succeeded(helmUpgrade.run(place.context(helmUpgrade, input, { attempt: 2, epoch: 2 }), calm));
    expect(await place.statusesOf(namespace)).toEqual([
      '1 superseded cutover test-1 probe 1',
      expect.stringContaining('2 pending-upgrade'),
      '3 superseded Rollback to 2',
      '4 deployed cutover test-1 probe 2',
    ]);
    expect(await hosts()).toEqual(['next.example.test']);
  });

  test('stopped at work, Helm says so itself, and the release goes back', async () => {
    const namespace = place.newNamespace();
    const { captures } = await stopped(namespace);
    await succeeded(helmRollback.run(place.context(helmRollback, { restore: captures[0] }), calm));
    expect((await place.statusesOf(namespace)).at(-1)).toBe('3 deployed Rollback to 1');
  });

  test('ended by a signal when its bot died, it is gone on with: nothing is wrong with the release', async () => {
    const namespace = place.newNamespace();
    await stopped(namespace);
    expect((await place.statusesOf(namespace)).at(-1)).toMatch(/^2 failed .*context canceled$/);
    const after = place.context(helmUpgrade, releaseIn(namespace), { attempt: 2, epoch: 2 });
    expect(await helmUpgrade.observe?.(after, calm)).toEqual({ effect: 'absent' });
    await succeeded(helmUpgrade.run(after, calm));
    expect((await place.statusesOf(namespace)).at(-1)).toBe('3 deployed cutover test-1 probe 2');
  });
});

describe('when one of its writes is answered wrongly', () => {
  /** By the name of the write, and which of those that are called so. */
  const writes: [string, RegExp, number][] = [
    ['the new record', /^helm: POST secrets /, 1],
    ['the Deployment', /^helm: PATCH deployments \S+trader$/, 1],
    ['the Service', /^helm: PATCH services \S+trader$/, 1],
    ['the Ingress', /^helm: PATCH ingresses /, 1],
    ['the old record', /^helm: PUT secrets /, 1],
    ['the record of the end', /^helm: PUT secrets /, 2],
  ];
  const faults: [string, Treatment][] = [
    ['409', { told: { status: 409 } }],
    ['500', { told: { status: 500 } }],
    ['500, although applied', { applied: true, told: { status: 500 } }],
    ['cut off, although applied', { applied: true, told: 'cut' }],
    ['401', { told: { status: 401 } }],
  ];
  let namespace: string;
  let attempt = 1;
  const show = (fault: string, write: string, then: string) =>
    table.push(`${fault.padEnd(29)}${write.padEnd(24)}${then}`);

  beforeAll(async () => {
    namespace = place.newNamespace();
    await place.upgraded(namespace);
  });

  /** Another attempt, and other values for each object, through a proxy that treats its writes so. */
  async function upgrade(treat: (write: string) => Treatment | undefined, signal = calm) {
    attempt += 1;
    proxy.judge((asked) => (isWrite(asked) ? treat(nameOf(asked)) : undefined));
    const input = { ...releaseIn(namespace, { colour: `colour-${attempt}` }), repair: 'rollback' };
    const world = { helm: () => place.helm(place.processes, proxy.kubeconfig) };
    const at = place.context(helmUpgrade, input, { attempt, world });
    const result = await helmUpgrade.run(at, signal).finally(() => proxy.judge(() => undefined));
    return { result, at };
  }

  /** The last attempt is what is deployed, by Helm's record and by each object. */
  async function expectDeployed(): Promise<void> {
    const history = await place.statusesOf(namespace);
    expect(history.at(-1)).toMatch(new RegExp(` deployed cutover test-1 probe ${attempt}$`));
    const kinds = { Deployment: 'apps/v1', Service: 'v1', Ingress: 'networking.k8s.io/v1' };
    const lists = Object.entries(kinds).map(([kind, apiVersion]) =>
      place.cluster.admin.list(
        { apiVersion, kind, namespace, labels: 'app.kubernetes.io/part-of=aether' },
        calm,
      ),
    );
    const colours = (await Promise.all(lists))
      .flat()
      .map(({ metadata }) => metadata.labels?.['aether.example/colour']);
    expect(new Set(colours)).toEqual(new Set([`colour-${attempt}`]));
    expect(colours).toHaveLength(7);
  }

  const firstMiddleLast = writes.filter(([name]) => /new record|Deployment|end/.test(name));
  const rows = faults.flatMap(([fault, treatment]) =>
    (fault === '500' ? writes : firstMiddleLast).map((write) => ({ fault, treatment, write })),
  );

  test.each(rows)(
    '$fault to $write.0: it is deployed, or says what to do, and a retry deploys it',
    async ({ fault, treatment, write: [name, of, which] }) => {
      let came = 0;
      const { result } = await upgrade((write) => {
        if (of.test(write)) came += 1;
        return of.test(write) && came === which ? treatment : undefined;
      });
      expect(came).toBeGreaterThanOrEqual(which);
      if (result.status === 'failed') {
        show(fault, name, `asked: ${result.detail}`);
        expect(result).toMatchObject({ retryable: true, detail: expect.stringMatching(/\bA retry /) });
        expect((await upgrade(() => undefined)).result).toMatchObject({ status: 'succeeded' });
      } else {
        expect(result.status).toBe('succeeded');
        show(fault, name, 'went on by itself');
      }
      await expectDeployed();
    },
  );

  test('429 to each of them: Helm asks again by itself', async () => {
    const told = new Set<string>();
    const { result } = await upgrade((write) => {
      if (told.has(write)) return undefined;
      told.add(write);
      return { told: { status: 429, headers: { 'retry-after': '0' } } };
    });
    expect(result).toMatchObject({ status: 'succeeded' });
    expect(told.size).toBeGreaterThanOrEqual(10);
    show('429', `each of ${told.size} writes`, 'went on by itself');
    await expectDeployed();
  });

  test.each(firstMiddleLast)(
    'no answer to %s, although applied, until the step’s time is over: a retry deploys it',
    async (name, of, which) => {
      const stop = new AbortController();
      let came = 0;
      const ended = upgrade((write) => {
        if (of.test(write)) came += 1;
        if (!of.test(write) || came !== which) return undefined;
        return {
          applied: true,
          told: 'silence',
          meanwhile: async () => stop.abort(new Error('out of time')),
        };
      }, stop.signal);
      await expect(ended).rejects.toThrow('out of time');
      show(
        'no answer, although applied',
        name,
        `asked; Helm left ${(await place.statusesOf(namespace)).at(-1)}`,
      );
      expect((await upgrade(() => undefined)).result).toMatchObject({ status: 'succeeded' });
      await expectDeployed();
    },
  );
});
