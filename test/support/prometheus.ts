import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { portForLater } from './port.ts';

/** Whether the real Prometheus is here; where not, says aloud how to get it. */
export function prometheusInstalled(): boolean {
  if (spawnSync('prometheus', ['--version']).status === 0) return true;
  console.error(
    'NOT TESTED against the real Prometheus: `apt-get install prometheus` (or put it on the PATH).',
  );
  return false;
}

/** A rule of Prometheus that makes alerts. */
export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Where alerts of what is scraped go. */
export interface Alerting {
  rules: readonly AlertRule[];
  /** Addresses of Alertmanagers; each is told of every alert. */
  alertmanagers: readonly string[];
  /** On everything that is scraped, and so on its alerts. */
  labels: Record<string, string>;
}

function configuration(targets: readonly string[], rules: string, alerting: Alerting | undefined): string {
  const scraped = { targets, ...(alerting ? { labels: alerting.labels } : {}) };
  const managers = alerting?.alertmanagers.map((url) => new URL(url).host) ?? [];
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'platform', static_configs: [scraped] }],
    ...(alerting
      ? {
          rule_files: [rules],
          alerting: { alertmanagers: [{ static_configs: [{ targets: managers }] }] },
        }
      : {}),
  });
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${output()}`);
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    await ready?.body?.cancel();
    if (ready?.ok) return;
  }
  throw new Error(`prometheus is not ready after a minute: ${output()}`);
}

/** A real Prometheus on a free port that scrapes these targets (`host:port`) every second. */
export async function startPrometheus(
  targets: readonly string[],
  alerting?: Alerting,
): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-prometheus-'));
  const rules = join(dir, 'rules.yml');
  await writeFile(rules, JSON.stringify({ groups: [{ name: 'sandbox', rules: alerting?.rules ?? [] }] }));
  await writeFile(join(dir, 'prometheus.yml'), configuration(targets, rules, alerting));
  const port = await portForLater();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  const ended = once(child, 'exit');
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true });
  }
  try {
    await untilReady(url, child, () => output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
