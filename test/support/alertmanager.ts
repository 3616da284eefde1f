import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { portForLater } from './port.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Whether the real Alertmanager is here; where not, says aloud how to get it. */
export function alertmanagerInstalled(): boolean {
  if (spawnSync('prometheus-alertmanager', ['--version']).status === 0) return true;
  console.error(
    'NOT TESTED against the real Alertmanager: `apt-get install prometheus-alertmanager` (or put it on the PATH).',
  );
  return false;
}

export interface AlertmanagerOptions {
  /** Where it posts to, and the bearer token for that. */
  webhook: string;
  token: string;
  /** How many in a cluster; absent: one. */
  peers?: number;
  /** Absent: `alertname`. */
  groupBy?: readonly string[];
  /** Absent: 1s and 2s. */
  groupWait?: string;
  groupInterval?: string;
}

/** An alert as Prometheus posts it to Alertmanager. */
export interface PostedAlert {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  startsAt?: string;
  endsAt?: string;
  generatorURL?: string;
}

export interface Alertmanagers {
  /** One for each peer. */
  urls: readonly string[];
  /** Posts alerts to every peer, as Prometheus does. */
  post(alerts: readonly PostedAlert[]): Promise<void>;
  /** Runs `amtool` against the first; answers what it printed. */
  amtool(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

function configuration(options: AlertmanagerOptions): string {
  const { webhook, token, groupBy = ['alertname'], groupWait = '1s', groupInterval = '2s' } = options;
  return JSON.stringify({
    route: {
      receiver: 'cutover',
      group_by: groupBy,
      group_wait: groupWait,
      group_interval: groupInterval,
      repeat_interval: '4h',
    },
    receivers: [
      {
        name: 'cutover',
        webhook_configs: [{ url: webhook, http_config: { authorization: { credentials: token } } }],
      },
    ],
  });
}

/** Real Alertmanagers on free ports. Peers send without waiting for each other, so that every alert comes doubled. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanagers> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-alertmanager-'));
  const config = join(dir, 'alertmanager.yml');
  await writeFile(config, configuration(options));
  const peers: Peer[] = [];
  const stop = async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    for (let n = 0; n < (options.peers ?? 1); n += 1)
      peers.push(
        await startPeer(config, join(dir, `data-${n}`), options.peers === undefined ? undefined : peers),
      );
    await Promise.all(peers.map((peer) => untilSettled(peer, peers.length)));
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = peers;
  return {
    urls: peers.map(({ url }) => url),
    async post(alerts) {
      await Promise.all(peers.map(({ url }) => postAlerts(url, alerts)));
    },
    async amtool(...args) {
      const { stdout } = await run('amtool', [`--alertmanager.url=${first?.url ?? ''}`, ...args]);
      return stdout;
    },
    stop,
  };
}

interface Peer {
  url: string;
  gossip: string;
  child: ChildProcess;
  output(): string;
  stop(): Promise<void>;
}

async function startPeer(config: string, data: string, others: readonly Peer[] | undefined): Promise<Peer> {
  const [port, gossipPort] = [await portForLater(), await portForLater()];
  const gossip = `127.0.0.1:${gossipPort}`;
  const cluster = others
    ? [
        `--cluster.listen-address=${gossip}`,
        '--cluster.peer-timeout=1ms',
        '--cluster.settle-timeout=10s',
        ...others.map((peer) => `--cluster.peer=${peer.gossip}`),
      ]
    : ['--cluster.listen-address='];
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...cluster,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  const ended = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    gossip,
    child,
    output: () => output,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Until it answers and knows its peers. */
async function untilSettled({ url, child, output }: Peer, peers: number): Promise<void> {
  await until(`Alertmanager to be ready`, async () => {
    if (child.exitCode !== null) throw new Error(`alertmanager ended: ${output()}`);
    const response = await fetch(`${url}/api/v2/status`).catch(() => undefined);
    if (!response?.ok) return false;
    const { cluster } = (await response.json()) as { cluster: { status: string; peers?: unknown[] } };
    return cluster.status === 'disabled' || (cluster.status === 'ready' && cluster.peers?.length === peers);
  });
}

async function postAlerts(url: string, alerts: readonly PostedAlert[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
}
