import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Document, parseDocument, stringify, visit } from 'yaml';
import { writeAccount } from '../../sandbox/aether/account.ts';
import { aetherEnvironments, aetherPolicy, type Places } from '../../sandbox/aether/environment.ts';
import { installBlue, layGround } from '../../sandbox/aether/ground.ts';
import { mirrorHosts, moveHosts } from '../../sandbox/aether/ingress.ts';
import { type Fate, startKubelet } from '../../sandbox/kubernetes/kubelet.ts';
import { helmAt } from '../../src/adapters/helm/helm.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes.ts';
import { githubDouble, jobOf } from '../doubles/github.ts';
import { registryDouble } from '../doubles/registry.ts';
import { tempoDouble } from '../doubles/traces.ts';
import type { Names } from './aether-names.ts';
import { consoleToken, sandboxBeside, tokenOf } from './bot-files.ts';
import { root } from './bot-process.ts';
import { startCluster } from './cluster.ts';
import { hardenedIngress } from './hardened-ingress.ts';
import { json, serve } from './http-server.ts';
import { folderOf } from './kubernetes-programs.ts';
import { startPrometheus } from './prometheus.ts';
import { redisForTest } from './redis.ts';

const never = new AbortController().signal;
export const version = 'v2.4.0';

interface AetherOptions {
  /** Clients go where DNS leads them, and not where the Ingresses say. */
  names?: Names;
  /** How long hypercare is; absent: five seconds. */
  window?: string;
  /** Puts something between the worker and the API server: takes a kubeconfig, answers the one to use. */
  through?(kubeconfig: string): Promise<string>;
}

export type Aether = Awaited<ReturnType<typeof openAether>>;

/** All that the Aether playbook acts on: a control plane with blue installed, and the sandbox's processes behind the names. */
export async function openAether(
  dir: string,
  fateOf: (pod: KubernetesObject) => Fate,
  { names, window = '5s', through = async (kubeconfig) => kubeconfig }: AetherOptions = {},
) {
  let contract: object = { openapi: '3.1.0', paths: {} };
  const [cluster, sandbox, redis, registry, tempo, pages, github] = await Promise.all([
    startCluster(),
    sandboxBeside(dir),
    redisForTest(),
    registryDouble(),
    tempoDouble(),
    serve((_, response) => json(response, contract)),
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
  const ingress = await hardenedIngress(sandbox.urls.router);
  const kubelet = await startKubelet(cluster, fateOf);
  const firstOnPath = await folderOf('helm');
  await layGround(cluster.admin, never);
  const helm = helmAt(cluster.connection, {
    processes: processRunner({ firstOnPath }),
    env: { HELM_DRIVER: 'configmap' },
  });
  await installBlue(helm, never);
  const account = join(dir, 'kubeconfig');
  await writeAccount(cluster.config, account);
  const stopMirror = names
    ? mirrorNames(names, sandbox.urls.router)
    : mirrorHosts(cluster.admin, sandbox.urls.router);
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
  const reports = join('test/output', basename(dir));
  const places = {
    connections: {
      cluster: { kind: 'kubernetes' },
      registry: { kind: 'oci', registry: registry.url },
      archive: { kind: 'folder', path: join(dir, 'artifacts') },
      prometheus: { kind: 'prometheus', url: prometheus.url },
      traces: { kind: 'tempo', url: tempo.url, link: `${tempo.url}/{service}?from={from}&to={to}` },
      github: { kind: 'github', repository: 'aether/platform', api: github.url },
      ...(names ? { dns: names.connection } : {}),
    },
    vars: { live: ingress.url, ...names?.vars },
    urls: { ...sandbox.urls, pages: pages.url },
    auditReport: join(reports, 'AUDIT_REPORT.md'),
  };
  const env = await files(dir, places, window);
  return {
    cluster,
    kubelet,
    sandbox,
    auditReport: join(root, places.auditReport),
    /** From now on the new side answers with this API contract. */
    publish(given: object): void {
      contract = given;
    },
    env: {
      ...env,
      REDIS_URL: redis.url,
      GITHUB_TOKEN: 'token-of-github',
      KUBECONFIG: await through(account),
      HELM_DRIVER: 'configmap',
      PATH: [firstOnPath, process.env.PATH].join(delimiter),
    },
    async stop() {
      clearInterval(ci);
      clearInterval(calls);
      await stopMirror();
      await kubelet.stop();
      await Promise.all(
        [sandbox, prometheus, registry, tempo, pages, github, redis, ingress].map((service) =>
          service.stop(),
        ),
      );
      await cluster.stop();
      await rm(join(root, reports), { recursive: true, force: true });
    },
  };
}

/** Plays the clients' resolver: they go where it leads them, a little later. */
function mirrorNames(names: Names, router: string): () => Promise<void> {
  let going = true;
  const follow = async (): Promise<void> => {
    while (going) {
      await names.side().then(
        (side) => moveHosts(router, side),
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

/** The examples of `deploy/examples` with this place's addresses, and the playbook with a short window. */
async function files(dir: string, places: Places, window: string): Promise<Record<string, string>> {
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  const playbook = parseDocument(await readFile(join(root, 'playbooks/aether-blue-green.yaml'), 'utf8'));
  playbook.setIn(['hypercare', 'window'], window);
  hurryDns(playbook);
  await writeFile(join(playbooks, 'aether-blue-green.yaml'), String(playbook));
  await writeFile(join(dir, 'environments.yaml'), stringify(await aetherEnvironments(places)));
  await writeFile(join(dir, 'policy.yaml'), stringify(await aetherPolicy(tokenOf)));
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

/** The new version runs on green's process, as it will when the chart is installed. */
export async function deployGreen({ sandbox }: Pick<Aether, 'sandbox'>): Promise<void> {
  const answer = await fetch(`${sandbox.urls.supervisor}/deployments/green`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version }),
  });
  if (!answer.ok) throw new Error(`green was not deployed: ${answer.status}`);
}
