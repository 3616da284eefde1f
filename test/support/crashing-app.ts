import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Playbook } from '../../src/core/playbook/playbook.ts';
import { until } from '../sandbox/support.ts';

const root = join(import.meta.dirname, '../..');

export interface App {
  pid: number;
  url: string;
  /** What it has logged so far, a JSON object each. */
  logged(): string[];
  hasEnded(): boolean;
  /** Ends it as a person does by Ctrl-C. */
  stop(): Promise<void>;
}

/** The whole bot as `npm start` runs it, with a playbook of the test. Data is kept in `dir`. */
export async function startAppProcess(options: {
  dir: string;
  playbook: Playbook;
  redisUrl: string;
  sandboxPort: number;
}): Promise<App> {
  const playbooks = join(options.dir, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  await writeFile(join(playbooks, 'sandbox.yaml'), stringify(options.playbook));
  const child = spawn(process.execPath, ['src/main.ts', 'start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' },
      ...{ PORT: '0', SANDBOX: '1', SANDBOX_PORT: `${options.sandboxPort}` },
      ...{ REDIS_URL: options.redisUrl, DATA_DIR: options.dir, PLAYBOOKS_DIR: playbooks },
    },
  });
  let said = '';
  let logged = '';
  let ended = false;
  const exit = once(child, 'exit').then(() => {
    ended = true;
  });
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    logged += String(chunk);
  });
  const url = await until(
    async () => /ready: (http:\S+)/.exec(said)?.[1],
    (found) => found !== undefined || ended,
    60_000,
  );
  if (url === undefined) throw new Error(`the bot did not start:\n${said}${logged}`);
  return {
    pid: child.pid ?? 0,
    url,
    logged: () => logged.split('\n').filter((line) => line !== ''),
    hasEnded: () => ended,
    async stop() {
      child.kill('SIGINT');
      await exit;
    },
  };
}
