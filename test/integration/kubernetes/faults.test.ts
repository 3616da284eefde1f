import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectRef } from '../../../src/ports/kubernetes.ts';
import type { StepKind } from '../../../src/ports/step.ts';
import { stepKinds } from '../../../src/steps/registry.ts';
import { clusterFor, startCluster, type TestCluster } from '../../support/cluster.ts';
import type { Fault } from '../../support/faulty-forwarding.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { calm, connection, contextAt } from '../../support/kubernetes-step.ts';
import { until } from '../../support/until.ts';

const [blue, green] = ['cutover-faults-blue', 'cutover-faults-green'];
let cluster: TestCluster;
let proxy: FaultyProxy;
const table: string[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  proxy = await startFaultyProxy(cluster.kubeconfig);
  for (const name of [blue, green])
    await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, calm);
});
afterAll(async () => {
  console.log(`\nFaults of the API server, and what each step comes to:\n${table.join('\n')}\n`);
  await proxy?.stop();
  const all = Array.from({ length: namespaces }, (_, index) => made(index + 1));
  for (const name of [blue, green, ...all])
    await cluster?.admin.remove({ apiVersion: 'v1', kind: 'Namespace', name }, {}, calm);
  await cluster?.stop();
});

const object = (kind: string, name: string, more: object, namespace = blue): KubernetesObject => ({
  ...{ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, metadata: { name, namespace } },
  ...more,
});
const template = {
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'main', image: 'example.test/x:1' }] },
};

interface Scene {
  uses: string;
  input: object;
  /** What stands before, and what is taken away. */
  stands: KubernetesObject[];
  gone: ObjectRef[];
  /** Another input for each fault, where what was made is slow to take away. */
  fresh?(many: number): object;
}

const made = (many: number): string => `cutover-faults-${many}`;
let namespaces = 0;

const ports = [{ port: 80, protocol: 'TCP', targetPort: 8080 }];
const scenes: Scene[] = [
  {
    uses: 'kubernetes.namespace',
    input: {},
    stands: [],
    gone: [],
    fresh: (many) => ({ connection, name: made(many) }),
  },
  {
    uses: 'kubernetes.switch',
    input: { connection, namespace: blue, service: 'api', selector: { colour: 'green' }, minReady: 0 },
    stands: [object('Service', 'api', { spec: { selector: { colour: 'blue' }, ports } })],
    gone: [],
  },
  {
    uses: 'kubernetes.apply',
    input: {
      connection,
      namespace: blue,
      objects: [{ ...object('ConfigMap', 'limits', { data: { a: '1' } }) }],
    },
    stands: [],
    gone: [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: blue, name: 'limits' }],
  },
  {
    uses: 'kubernetes.copy',
    input: { connection, from: blue, to: green, configMaps: ['state'] },
    stands: [object('ConfigMap', 'state', { data: { a: '1' } })],
    gone: [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: green, name: 'state' }],
  },
  {
    uses: 'kubernetes.env',
    input: { connection, namespace: blue, kinds: ['Deployment'], variables: { PORT: '1' }, set: true },
    stands: [
      object('Deployment', 'trader', {
        spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template },
      }),
    ],
    gone: [],
  },
];

async function prepare(scene: Scene): Promise<void> {
  const { stands, gone } = scene;
  if (scene.fresh !== undefined) scene.input = scene.fresh(++namespaces);
  proxy.misbehave();
  await proxy.sign();
  for (const ref of gone) await cluster.admin.remove(ref, {}, calm);
  for (const one of stands) {
    const { namespace = '', name } = one.metadata;
    const ref = { apiVersion: one.apiVersion, kind: one.kind, namespace, name };
    await cluster.admin.remove(ref, {}, calm);
    await until(`${name} to be gone`, async () => (await cluster.admin.read(ref, calm)) === undefined);
    await cluster.admin.create(one, calm);
    if (one.kind === 'Deployment') await until('its controller to be done', () => isSettled(ref));
  }
}

/** Its controller writes nothing more, so that no write of ours meets one of its. */
async function isSettled(ref: ObjectRef): Promise<boolean> {
  const deployment = await cluster.admin.read(ref, calm);
  return JSON.stringify(deployment?.status ?? {}).includes('NewReplicaSetAvailable');
}

function kindOf(uses: string): StepKind {
  const kind = stepKinds.get(uses);
  if (kind === undefined) throw new Error(`no kind ${uses}`);
  return kind;
}

/** What a rollout comes to: as the loop does, an error is followed by looking whether the effect is there. */
async function outcome({ uses, input }: Scene): Promise<string> {
  const kind = kindOf(uses);
  const context = contextAt(cluster, kind, input, { kubeconfig: proxy.kubeconfig });
  try {
    const result = await kind.run(context, calm);
    if (result.status !== 'failed') return result.status;
    return result.retryable ? 'failed, may be retried' : 'failed, a person has to act';
  } catch {
    const captured = context.captures[0];
    const again = contextAt(cluster, kind, input, {
      kubeconfig: proxy.kubeconfig,
      ...(captured ? { captured } : {}),
    });
    const seen = await kind.observe?.(again, calm).catch(() => ({ effect: 'unknown' }));
    return seen?.effect === 'unknown' ? 'in doubt: a person is asked' : `looked again: ${seen?.effect}`;
  }
}

const writes = (method: string): boolean => method !== 'GET';
const always = 1_000;

const faults: [string, () => Fault[], string, number][] = [
  ['409 once', () => [{ of: writes, times: 1, told: { status: 409 } }], 'succeeded', 1],
  ['409 for ever', () => [{ of: writes, times: always, told: { status: 409 } }], 'failed, may be retried', 0],
  [
    '429 once',
    () => [{ of: writes, times: 1, told: { status: 429, headers: { 'retry-after': '0' } } }],
    'succeeded',
    1,
  ],
  ['429 for ever', () => [{ of: writes, times: always, told: { status: 429 } }], 'failed, may be retried', 0],
  ['500 once', () => [{ of: writes, times: 1, told: { status: 500 } }], 'succeeded', 1],
  [
    '500 although applied',
    () => [{ of: writes, times: 1, applied: true, told: { status: 500 } }],
    'succeeded',
    1,
  ],
  ['500 for ever', () => [{ of: writes, times: always, told: { status: 500 } }], 'looked again: absent', 0],
  ['cut before applied', () => [{ of: writes, times: 1, told: 'cut' }], 'succeeded', 1],
  ['cut after applied', () => [{ of: writes, times: 1, applied: true, told: 'cut' }], 'succeeded', 1],
  [
    'timed out after applied',
    () => [{ of: writes, times: 1, applied: true, told: 'silence' }],
    'succeeded',
    1,
  ],
  [
    'cut after applied, then gone',
    () => [gone(), { of: writes, times: 1, applied: true, told: 'cut', meanwhile: async () => leave() }],
    'in doubt: a person is asked',
    1,
  ],
  [
    'reads answer 500 twice',
    () => [{ of: (method) => method === 'GET', times: 2, told: { status: 500 } }],
    'succeeded',
    1,
  ],
  ['401 once', () => [{ of: writes, times: 1, told: { status: 401 } }], 'succeeded', 1],
  [
    '401 for ever',
    () => [{ of: writes, times: always, told: { status: 401 } }],
    'failed, a person has to act',
    0,
  ],
  ['403', () => [{ of: writes, times: always, told: { status: 403 } }], 'failed, a person has to act', 0],
];

let left = false;
function leave(): void {
  left = true;
}
/** From the moment that it left, the server answers nobody. */
function gone(): Fault {
  return { of: () => left, times: always, told: 'cut' };
}

describe.each(scenes)('$uses', (scene) => {
  beforeEach(async () => {
    left = false;
    await prepare(scene);
  });

  test.each(faults)('%s', async (name, made, expected, effects) => {
    proxy.misbehave(...made());
    const came = await outcome(scene);
    table.push(`${name.padEnd(30)}${scene.uses.padEnd(20)}${came} (${proxy.taken().length} writes taken up)`);
    expect([came, proxy.taken().length]).toEqual([expected, effects]);
    proxy.misbehave();
    expect(['succeeded', 'looked again: present']).toContain(
      await outcome(scene).then((again) => (effects > 0 ? 'succeeded' : again)),
    );
  });

  test('an expired token that is renewed meanwhile is taken from the kubeconfig', async () => {
    await proxy.sign('expired');
    proxy.misbehave({ of: () => true, times: 1, told: { status: 401 }, meanwhile: () => proxy.sign() });
    const came = await outcome(scene);
    table.push(
      `${'token expired, renewed'.padEnd(30)}${scene.uses.padEnd(20)}${came} (${proxy.taken().length} writes taken up)`,
    );
    expect([came, proxy.taken().length]).toEqual(['succeeded', 1]);
  });

  test('an expired token is told in words', async () => {
    await proxy.sign('expired');
    const kind = kindOf(scene.uses);
    const result = await kind.run(
      contextAt(cluster, kind, scene.input, { kubeconfig: proxy.kubeconfig }),
      calm,
    );
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('The token may have expired'),
    });
  });
});

const isWatch = (_: string, path: string): boolean => path.includes('watch=true');
const gone410 = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

test.each([
  ['410 as an answer', { status: 410, body: gone410 }],
  ['410 within the stream', { status: 200, body: { type: 'ERROR', object: gone410 } }],
  ['a watch that is cut', 'cut' as const],
])('a watch goes on after %s', async (name, told) => {
  await proxy.sign();
  proxy.misbehave({ of: isWatch, times: 1, told });
  const stop = new AbortController();
  const port = clusterFor({ kind: 'kubernetes', kubeconfig: proxy.kubeconfig });
  const seen: string[] = [];
  const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace: green, fields: 'metadata.name=seen' };
  const reading = (async () => {
    for await (const event of port.watch(selection, stop.signal)) {
      seen.push(
        event.type === 'listed'
          ? `listed ${event.objects.length}`
          : `${event.type} ${event.object.metadata.name}`,
      );
    }
  })();
  await until('the first list', () => seen.length > 0);
  await cluster.admin.apply(object('ConfigMap', 'seen', { data: {} }, green), calm);
  await until('the change', () => seen.includes('changed seen') || seen.includes('listed 1'));
  stop.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  table.push(`${`watch: ${name}`.padEnd(50)}${seen.join(', ')}`);
  await cluster.admin.remove(
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: green, name: 'seen' },
    {},
    calm,
  );
});
