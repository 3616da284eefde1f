import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { type Document, parse, parseDocument, stringify, visit } from 'yaml';
import { helmAt } from '../../src/adapters/helm/helm.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import { documentsIn } from '../../src/core/yaml.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes.ts';
import { printed } from '../../src/steps/helm/release.ts';
import { githubDouble, jobOf } from '../doubles/github.ts';
import { registryDouble } from '../doubles/registry.ts';
import { tempoDouble } from '../doubles/traces.ts';
import type { Names } from './aether-names.ts';
import { consoleToken, sandboxBeside, tokenOf } from './bot-files.ts';
import { root } from './bot-process.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import { json, serve } from './http-server.ts';
import { type Fate, startKubelet } from './kubelet.ts';
import { folderOf } from './kubernetes-programs.ts';
import { startPrometheus } from './prometheus.ts';
import { redisForTest } from './redis.ts';

const never = new AbortController().signal;
const live = ['api.aether.example', 'app.aether.example'];
export const version = 'v2.4.0';

/**
 * All that the Aether playbook acts on: a control plane with blue installed, and the sandbox's processes behind the
 * names. With `names`, clients go where DNS leads them, and not where the Ingresses say.
 */
export async function openAether(dir: string, fateOf: (pod: KubernetesObject) => Fate, names?: Names) {
  const [cluster, sandbox, redis, registry, tempo, pages, github] = await Promise.all([
    startCluster(),
    sandboxBeside(dir),
    redisForTest(),
    registryDouble(),
    tempoDouble(),
    serve((_, response) => json(response, { openapi: '3.1.0', paths: {} })),
    githubDouble({
      repository: 'aether/platform',
      token: 'token-of-github',
      now: Date.now,
      inputs: ['cutover', 'target', 'version'],
    }),
  ]);
  registry.push('aether/platform', version, ['linux/amd64']);
  const { blue, green } = sandbox.urls;
  const prometheus = await startPrometheus([blue, green].map((url) => new URL(url).host));
  const kubelet = await startKubelet(cluster, fateOf);
  const helm = await folderOf('helm');
  await installBlue(cluster, helm);
  const worker = { kind: 'kubernetes', kubeconfig: await workersKubeconfig(cluster, dir) };
  const stopMirror = names
    ? mirrorNames(names, sandbox.urls.router)
    : mirrorHosts(cluster, sandbox.urls.router);
  const ci = setInterval(() => {
    for (const { id } of github.runs)
      github.progress(id, { status: 'completed', conclusion: 'success' }, [
        jobOf('targeted', 'completed', 'success'),
      ]);
    for (const { jobs } of github.runs)
      for (const { id } of jobs) github.writeLog(id, '2026-11-21T12:00:00Z 812 passed\n');
  }, 500);
  const calls = setInterval(() => {
    for (const service of ['aether-green-trader', 'aether-green-gateway'])
      tempo.calls.push({ service, at: Date.now(), duration: 84 });
  }, 50);
  const env = await files(dir, {
    connections: {
      cluster: worker,
      registry: { kind: 'oci', registry: registry.url },
      archive: { kind: 'folder', path: join(dir, 'artifacts') },
      prometheus: { kind: 'prometheus', url: prometheus.url },
      traces: { kind: 'tempo', url: tempo.url },
      github: { kind: 'github', repository: 'aether/platform', api: github.url },
      ...(names ? { dns: names.connection } : {}),
    },
    vars: names?.vars ?? {},
    urls: { ...sandbox.urls, pages: pages.url },
  });
  return {
    cluster,
    kubelet,
    sandbox,
    env: {
      ...env,
      REDIS_URL: redis.url,
      GITHUB_TOKEN: 'token-of-github',
      HELM_DRIVER: 'configmap',
      PATH: [helm, process.env.PATH].join(delimiter),
    },
    async stop() {
      clearInterval(ci);
      clearInterval(calls);
      await stopMirror();
      await kubelet.stop();
      await Promise.all(
        [sandbox, prometheus, registry, tempo, pages, github, redis].map((service) => service.stop()),
      );
      await cluster.stop();
    },
  };
}

const secret = (name: string, keys: readonly string[]): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'aether-blue' } },
  stringData: Object.fromEntries(keys.map((key) => [key, `value of ${key}`])),
});
const state = (name: string): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'aether-blue' } },
  data: { 'state.json': '{"enabled":false}' },
});

async function installBlue({ admin, connection }: TestCluster, firstOnPath: string): Promise<void> {
  for (const file of ['namespaces.yaml', 'worker.yaml'])
    for (const object of documentsIn(await readFile(join(root, 'deploy/kubernetes', file), 'utf8')))
      await admin.apply(object as KubernetesObject, never);
  const objects = [
    secret('aether-company', ['api-key']),
    secret('aether-director-accounts', ['aster-key', 'lyra-key']),
    secret('aether-state-account-keys', ['keys']),
    state('aether-state-safe-mode'),
    state('aether-state-capital-allocator'),
  ];
  for (const object of objects) await admin.create(object, never);
  const helm = helmAt(connection, { processes: processRunner({ firstOnPath }), env: {} });
  const values = ['--values', 'test/charts/aether-blue.yaml'];
  const args = ['install', 'aether', 'test/charts/aether', '--namespace', 'aether-blue', ...values];
  printed(await helm.run(args, never));
}

/** The kubeconfig of the bot's ServiceAccount: it has the rights that `deploy/kubernetes` gives it, and no others. */
async function workersKubeconfig({ kubeconfig }: TestCluster, dir: string): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name: 'cutover-worker',
    namespace: 'cutover',
    body: { spec: { audiences: [], expirationSeconds: 3_600 } },
  });
  const [server] = config.getClusters();
  if (server === undefined || status === undefined) throw new Error('no token for the worker');
  config.loadFromClusterAndUser(server, { name: 'cutover-worker', token: status.token ?? '' });
  const path = join(dir, 'kubeconfig');
  await writeFile(path, config.exportConfig());
  return path;
}

async function sendTo(router: string, side: 'blue' | 'green'): Promise<void> {
  await fetch(`${router}/_router/hosts`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api: side, app: side }),
  });
}

/** Plays the clients' resolver: they go where it leads them, a little later. */
function mirrorNames(names: Names, router: string): () => Promise<void> {
  let going = true;
  const follow = async (): Promise<void> => {
    while (going) {
      await names.side().then(
        (side) => sendTo(router, side),
        () => undefined,
      );
      await sleep(100);
    }
  };
  const followed = follow();
  return async () => {
    going = false;
    await followed;
  };
}

/** Plays the ingress controller: the sandbox's router sends each host where the Ingresses say. */
function mirrorHosts({ admin }: TestCluster, router: string): () => Promise<void> {
  const stopping = new AbortController();
  const hosts = new Map<string, string[]>();
  const follow = async (): Promise<void> => {
    for await (const event of admin.watch(
      { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
      stopping.signal,
    )) {
      const objects = event.type === 'listed' ? event.objects : [event.object];
      for (const { metadata, spec } of objects) {
        const { rules = [] } = (spec ?? {}) as { rules?: { host?: string }[] };
        hosts.set(
          metadata.namespace ?? '',
          rules.map(({ host = '' }) => host),
        );
      }
      const side = hosts.get('aether-green')?.includes(live[0] ?? '') ? 'green' : 'blue';
      await sendTo(router, side);
    }
  };
  const followed = follow().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return async () => {
    stopping.abort(new Error('the test is over'));
    await followed;
  };
}

interface Places {
  /** Variables of the environment beside the usual ones. */
  vars: object;
  connections: Record<string, object>;
  urls: Record<'router' | 'blue' | 'green' | 'pages', string>;
}

/** The examples of `deploy/examples` with this place's addresses, and the playbook with a short window. */
async function files(dir: string, places: Places): Promise<Record<string, string>> {
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  const playbook = parseDocument(await readFile(join(root, 'playbooks/aether-blue-green.yaml'), 'utf8'));
  playbook.setIn(['hypercare', 'window'], '5s');
  hurryDns(playbook);
  await writeFile(join(playbooks, 'aether-blue-green.yaml'), String(playbook));
  await writeFile(join(dir, 'environments.yaml'), stringify(await environments(places)));
  await writeFile(join(dir, 'policy.yaml'), stringify(await policy()));
  return {
    PLAYBOOKS_DIR: playbooks,
    ENVIRONMENTS_FILE: join(dir, 'environments.yaml'),
    POLICY_FILE: join(dir, 'policy.yaml'),
    DATA_DIR: join(dir, 'data'),
    CONSOLE_TOKEN: consoleToken,
    PORT: '0',
    SANDBOX: '0',
  };
}

/** Name servers are asked more often than the playbook has it. */
function hurryDns(playbook: Document): void {
  visit(playbook, {
    Map(_, step) {
      if (step.get('uses') === 'dns.switch') step.setIn(['with', 'interval'], '500ms');
    },
  });
}

async function environments({ connections, vars: more, urls: { router, blue, green, pages } }: Places) {
  const example = parse(await readFile(join(root, 'deploy/examples/environments.yaml'), 'utf8'));
  const service = (url: string) => ({ platform: { health: `${url}/healthz`, metrics: `${url}/metrics` } });
  const vars = {
    ...example.staging.vars,
    hosts: { ...example.staging.vars.hosts, live },
    live: router,
    platforms: { blue, green },
    metrics: { blue: `${blue}/metrics`, green: `${green}/metrics` },
    contracts: { blue: `${pages}/openapi.json`, green: `${pages}/openapi.json` },
    services: { blue: service(blue), green: service(green) },
    scalingCycle: '4s',
    ciInterval: '1s',
    auditReport: 'test/output/aether/AUDIT_REPORT.md',
    ...more,
  };
  return { staging: { vars, connections, channels: [] } };
}

async function policy() {
  const example = parse(await readFile(join(root, 'deploy/examples/policy.yaml'), 'utf8'));
  const people = Object.entries<{ name: string }>(example.people).map(([id, { name }]) => {
    const digest = createHash('sha256').update(tokenOf(id)).digest('hex');
    return [id, { name, console: `sha256:${digest}` }];
  });
  return {
    ...example,
    people: Object.fromEntries(people),
    channels: { 'console:rollouts': { environment: 'staging', playbook: 'aether-blue-green' } },
  };
}
