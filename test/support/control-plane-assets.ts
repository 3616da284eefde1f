import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from './until.ts';

const token = 'administrator-of-a-test';

/** Where each program comes from, for those who lack it. */
const sources = {
  etcd: '`setup-envtest use -p path` has it',
  'kube-apiserver': '`setup-envtest use -p path` has it',
  'kube-controller-manager': 'https://dl.k8s.io/ has it; take the version of kube-apiserver',
};

/** What the controllers make in each namespace. */
const madeByControllers = '/api/v1/namespaces/default/serviceaccounts/default';

type Program = keyof typeof sources;

/** Starts the control plane whose programs lie in a folder (KUBEBUILDER_ASSETS) on three ports in a row. */
export async function startAssets(
  assets: string,
  port: number,
): Promise<{ kubeconfig: string; stop(): Promise<void> }> {
  refuseIncomplete(assets);
  const dir = await mkdtemp(join(tmpdir(), 'cutover-assets-'));
  const kubeconfig = await writeFiles(dir, port);
  const programs = programsIn(assets);
  try {
    programs.run('etcd', [`--data-dir=${dir}/etcd`, ...etcdAddresses(port + 1, port + 2)]);
    programs.run('kube-apiserver', serverArguments(dir, port));
    await until('the API server', () => programs.allRun() && answers(port, '/readyz'), 60);
    const portless = await withoutPorts(join(assets, 'kube-controller-manager'));
    programs.run('kube-controller-manager', [...controllerArguments(dir, kubeconfig), ...portless]);
    await until('the controllers', () => programs.allRun() && answers(port, madeByControllers), 60);
  } catch (error) {
    await stop();
    throw error;
  }
  async function stop(): Promise<void> {
    await programs.stop();
    await rm(dir, { recursive: true, force: true });
  }
  return { kubeconfig, stop };
}

function refuseIncomplete(assets: string): void {
  const missing = (Object.keys(sources) as Program[]).filter((name) => !existsSync(join(assets, name)));
  if (missing.length === 0) return;
  const lines = missing.map((name) => `${name}: ${sources[name]}`);
  throw new Error(`KUBEBUILDER_ASSETS (${assets}) is not complete.\n${lines.join('\n')}`);
}

/** The programs of a folder that were started; one that ends by itself is told with its last words. */
function programsIn(assets: string) {
  const stopping = new AbortController();
  const ended: Promise<void>[] = [];
  const fallen: string[] = [];
  return {
    run(program: Program, args: readonly string[]): void {
      const running = execa(join(assets, program), args, {
        cancelSignal: stopping.signal,
        reject: false,
        stdout: 'ignore',
        maxBuffer: { stderr: 100_000 },
        buffer: { stderr: false },
      });
      const last = lastOf(running.stderr);
      ended.push(
        running.then(({ exitCode }) => {
          if (!stopping.signal.aborted) fallen.push(`${program} ended (${exitCode}): ${last()}`);
        }),
      );
    },
    /** Throws where one doesn't. */
    allRun(): true {
      if (fallen.length === 0) return true;
      throw new Error(fallen.join('\n'));
    },
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(ended);
    },
  };
}

/** The last letters that a program has said. */
function lastOf(output: NodeJS.ReadableStream): () => string {
  let kept = '';
  output.on('data', (chunk: Buffer) => {
    kept = `${kept}${chunk.toString()}`.slice(-1_000);
  });
  return () => kept.trim();
}

/** Controllers serve nothing here: of those of two control planes on one machine the second would find its port taken. */
async function withoutPorts(controllers: string): Promise<string[]> {
  const { stdout } = await execa(controllers, ['--help']);
  return ['--secure-port=0', ...(/^\s+--port int/m.test(stdout) ? ['--port=0'] : [])];
}

function controllerArguments(dir: string, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${dir}/sa.key`,
    '--leader-elect=false',
    '--controllers=*,-nodeipam,-nodelifecycle,-cloud-node-lifecycle,-route,-service',
  ];
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

/** Whether an address of the API server is answered; by curl, which takes the server’s own certificate. */
async function answers(port: number, path: string): Promise<boolean> {
  const url = `https://127.0.0.1:${port}${path}`;
  const { exitCode } = await execa('curl', ['-skf', '-H', `Authorization: Bearer ${token}`, url], {
    reject: false,
  });
  return exitCode === 0;
}
