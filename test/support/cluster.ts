import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { execa } from 'execa';
import { kubernetes } from '../../src/adapters/kubernetes/cluster.ts';
import type { Patience } from '../../src/adapters/kubernetes/requests.ts';
import type { Connection } from '../../src/core/rollout/plan.ts';
import type { Cluster, KubernetesObject } from '../../src/ports/kubernetes.ts';
import type { Caller } from '../../src/ports/service.ts';
import { root } from '../architecture/source.ts';
import { startAssets } from './control-plane-assets.ts';
import { portForLater } from './port.ts';
import { until } from './until.ts';

/** A real API server, with an administrator's kubeconfig. */
export interface TestCluster {
  kubeconfig: string;
  config: KubeConfig;
  connection: Connection;
  /** The port of the bot, as the administrator. */
  admin: Cluster;
  stop(): Promise<void>;
}

const script = join(root, '../shared/kubernetes/cluster');
const binaries = ['kube-apiserver', 'kube-controller-manager'];

const howToGetOne = `These tests need a Kubernetes control plane, and found none. They take, in this order:
1. KUBECONFIG: any cluster that may be played with, for instance \`kind create cluster\`;
2. KUBEBUILDER_ASSETS: a folder with etcd and kube-apiserver (\`setup-envtest use -p path\`), and with
   kube-controller-manager of the same version (https://dl.k8s.io/);
3. ${script}, which needs Debian's etcd-server, curl, openssl and xz-utils.`;

/**
 * A control plane for one test file: the one that KUBECONFIG leads to, else one of our own. Namespaces in it are the
 * file's to name; on a cluster of others they have to be unlike any other.
 */
export async function startCluster(): Promise<TestCluster> {
  const { kubeconfig, stop } = await found();
  const connection = { kind: 'kubernetes', kubeconfig };
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return { kubeconfig, config, connection, admin: clusterFor(connection), stop };
}

/** The bot's port to a cluster. */
export function clusterFor(connection: Connection, caller?: Caller, patience?: Patience): Cluster {
  const open = kubernetes({ env: {}, agent: () => 'cutover-test', ...(patience ? { patience } : {}) });
  return open(connection, caller);
}

/** Server-side apply under another manager's name, as Helm or a person would. */
export async function applyAs(
  manager: string,
  cluster: TestCluster,
  object: KubernetesObject,
): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(cluster.config);
  const strategy = PatchStrategy.ServerSideApply;
  await api.patch(JSON.parse(JSON.stringify(object)), undefined, undefined, manager, true, strategy);
}

async function found(): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  const { KUBECONFIG, KUBEBUILDER_ASSETS } = process.env;
  if (KUBECONFIG) return { kubeconfig: KUBECONFIG, stop: async () => undefined };
  if (KUBEBUILDER_ASSETS) return startAssets(KUBEBUILDER_ASSETS, await portsInARow());
  if (existsSync(script)) return startScript();
  throw new Error(howToGetOne);
}

async function startScript(): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-cluster-'));
  const env = { CLUSTER_DIR: dir, CLUSTER_PORT: String(await portsInARow()) };
  const unpacked = join(tmpdir(), 'cutover-control-plane');
  const kept = binaries.every((binary) => existsSync(join(unpacked, binary)));
  if (kept) await Promise.all(binaries.map((binary) => symlink(join(unpacked, binary), join(dir, binary))));
  const { stdout } = await execa(script, ['up'], { env });
  await restartControllers(dir);
  if (!kept) await keep(dir, unpacked);
  const stop = async (): Promise<void> => {
    await execa(script, ['down'], { env });
    await rm(dir, { recursive: true, force: true });
  };
  return { kubeconfig: stdout.trim(), stop };
}

/**
 * Starts the controllers of a control plane again, without ports: the script's own take fixed ones, so that those of
 * a second control plane on the machine would not start, and nothing but a test that waits in vain would say so.
 */
async function restartControllers(dir: string): Promise<void> {
  const pidFile = join(dir, 'kube-controller-manager.pid');
  const before = Number(await readFile(pidFile, 'utf8'));
  if (isAlive(before)) process.kill(before, 'SIGKILL');
  await until('the first controllers to be gone', () => !isAlive(before));
  const controllers = spawn(
    join(dir, 'kube-controller-manager'),
    [
      `--kubeconfig=${join(dir, 'kubeconfig')}`,
      `--service-account-private-key-file=${join(dir, 'sa.key')}`,
      '--leader-elect=false',
      '--controllers=*,-nodeipam,-nodelifecycle,-cloud-node-lifecycle,-route,-service',
      '--port=0',
      '--secure-port=0',
    ],
    { detached: true, stdio: 'ignore' },
  );
  controllers.unref();
  await writeFile(pidFile, String(controllers.pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Unpacking the programs takes seconds, so that is done once on a machine. */
async function keep(dir: string, unpacked: string): Promise<void> {
  await mkdir(unpacked, { recursive: true });
  for (const binary of binaries) {
    const part = join(unpacked, `${binary}.${process.pid}`);
    await copyFile(join(dir, binary), part);
    await rename(part, join(unpacked, binary));
  }
}

/** The server takes the port, etcd the two after it. */
async function portsInARow(): Promise<number> {
  for (;;) {
    const ports = [await portForLater(), await portForLater(), await portForLater()];
    const [first = 0] = ports;
    if (ports.every((port, index) => port === first + index)) return first;
  }
}
