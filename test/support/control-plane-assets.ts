import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './until.ts';

const token = 'administrator-of-a-test';

/** Starts the control plane whose programs lie in a folder (KUBEBUILDER_ASSETS) on three ports in a row. */
export async function startAssets(
  assets: string,
  port: number,
): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  const missing = ['etcd', 'kube-apiserver', 'kube-controller-manager'].filter(
    (program) => !existsSync(join(assets, program)),
  );
  if (missing.length > 0)
    throw new Error(
      `KUBEBUILDER_ASSETS (${assets}) lacks ${missing.join(' and ')}: take all from https://dl.k8s.io/ in one version`,
    );
  const dir = await mkdtemp(join(tmpdir(), 'cutover-assets-'));
  const kubeconfig = await writeFiles(dir, port);
  const stopping = new AbortController();
  const run = (program: string, ...args: string[]) =>
    execa(join(assets, program), args, { cancelSignal: stopping.signal, reject: false, stdio: 'ignore' });
  const ended = [
    run('etcd', `--data-dir=${dir}/etcd`, ...etcdAddresses(port + 1, port + 2)),
    run('kube-apiserver', ...serverArguments(dir, port)),
  ];
  await until('the API server', () => ready(port), 60);
  ended.push(
    run(
      'kube-controller-manager',
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${dir}/sa.key`,
      '--leader-elect=false',
      '--controllers=*,-nodeipam,-nodelifecycle,-cloud-node-lifecycle,-route,-service',
    ),
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(ended);
    await rm(dir, { recursive: true, force: true });
  };
  return { kubeconfig, stop };
}

async function writeFiles(dir: string, port: number): Promise<string> {
  await execa('openssl', ['genrsa', '-out', join(dir, 'sa.key'), '2048']);
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  const path = join(dir, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

function etcdAddresses(client: number, peer: number): string[] {
  return [
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
  ];
}

function serverArguments(dir: string, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${port + 1}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${dir}/certs`,
    `--service-account-issuer=https://127.0.0.1:${port}/`,
    `--service-account-key-file=${dir}/sa.key`,
    `--service-account-signing-key-file=${dir}/sa.key`,
    `--token-auth-file=${dir}/tokens.csv`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
  ];
}

/** Asked by curl, which takes the server’s own certificate. */
async function ready(port: number): Promise<boolean> {
  const url = `https://127.0.0.1:${port}/readyz`;
  const { exitCode } = await execa('curl', ['-skf', '-H', `Authorization: Bearer ${token}`, url], {
    reject: false,
  });
  return exitCode === 0;
}
