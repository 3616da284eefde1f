import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostsIn } from '../../sandbox/aether/ingress.ts';
import { helmAt } from '../../src/adapters/helm/helm.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import type { Helm } from '../../src/ports/helm.ts';
import type { StepKind, StepResult } from '../../src/ports/step.ts';
import { type Revision, releaseAt } from '../../src/steps/helm/release.ts';
import { helmUpgrade } from '../../src/steps/helm-upgrade.ts';
import { startCluster } from './cluster.ts';
import { folderOf } from './kubernetes-programs.ts';
import { calm } from './kubernetes-step.ts';
import { type ContextOptions, contextFor, type TestContext } from './step-context.ts';
import { until } from './until.ts';

/** The end of a step that went well; else a fault that shows how it ended. */
export async function succeeded(result: StepResult | Promise<StepResult>) {
  const ended = await result;
  if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended));
  return ended;
}

/** The release `aether` of the test's chart in a namespace, by its bare objects: nobody runs pods here. */
export const releaseIn = (namespace: string, values: object = {}) => ({
  release: 'aether',
  namespace,
  chart: 'test/charts/aether',
  createNamespace: true,
  ready: false,
  values,
});

/** A control plane and a real Helm, for steps that are called one by one. */
export async function openHelmPlace() {
  const cluster = await startCluster();
  const home = await mkdtemp(join(tmpdir(), 'cutover-helm-'));
  const processes = processRunner({ firstOnPath: await folderOf('helm') });
  let namespaces = 0;

  /** Helm at the cluster, or through another kubeconfig; by another runner where a test looks or kills. */
  const helm = (runner = processes, kubeconfig = cluster.kubeconfig): Helm =>
    helmAt({ kind: 'kubernetes', kubeconfig }, { processes: runner, env: { HELM_CACHE_HOME: home } });

  function context<Input>(
    kind: StepKind<Input>,
    input: object,
    options: ContextOptions = {},
  ): TestContext<Input> {
    const world = { helm: () => helm(), kubernetes: () => cluster.admin, ...options.world };
    const connections = { cluster: cluster.connection };
    return contextFor(
      kind,
      { connection: 'cluster', ...input },
      { ...options, world, connections, capturing: true },
    );
  }

  const upgraded = (namespace: string, values?: object, options?: ContextOptions) =>
    succeeded(helmUpgrade.run(context(helmUpgrade, releaseIn(namespace, values), options), calm));

  return {
    cluster,
    processes,
    helm,
    context,
    upgraded,
    /** A name that no other test of this process has. */
    newNamespace: (): string => `cutover-helm-${process.pid}-${++namespaces}`,
    historyOf: (namespace: string): Promise<Revision[]> =>
      releaseAt(helm(), { release: 'aether', namespace }, calm).history(),
    /** `1 superseded cutover test-1 probe 1`, oldest first. */
    async statusesOf(namespace: string): Promise<string[]> {
      const view = releaseAt(helm(), { release: 'aether', namespace }, calm);
      const history = await view.history();
      return history.map(({ revision, status, description }) => `${revision} ${status} ${description}`);
    },
    /** Revision 1 stands, and a second one is being made whose hook never ends: how it ends is the test's to say. */
    async inHook(namespace: string, { signal = calm, runner = processes, values = {} } = {}) {
      await upgraded(namespace);
      const at = context(helmUpgrade, releaseIn(namespace, { migrations: { hook: true }, ...values }), {
        attempt: 2,
        world: { helm: () => helm(runner) },
      });
      const running = helmUpgrade.run(at, signal);
      running.catch(() => undefined);
      const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'aether-migrations' };
      await until('the hook to be at work', () => cluster.admin.read(job, calm));
      return { at, running };
    },
    /** The Ingress of the release, whose hosts are written as `kubernetes.switch` does. */
    ingressIn(namespace: string) {
      const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name: 'aether' };
      const service = { name: 'gateway', port: { name: 'http' } };
      const http = { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] };
      return {
        hosts: async () => hostsIn((await cluster.admin.read(ref, calm))?.spec),
        async write(...hosts: string[]): Promise<void> {
          const rules = hosts.map((host) => ({ host, http }));
          await cluster.admin.patch(
            ref,
            { spec: { rules, tls: [{ hosts, secretName: 'aether-tls' }] } },
            calm,
          );
        },
      };
    },
    async stop(): Promise<void> {
      processes.killAll();
      await cluster.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
export type HelmPlace = Awaited<ReturnType<typeof openHelmPlace>>;
