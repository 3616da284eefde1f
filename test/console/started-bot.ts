import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** The first of six ports in a row that were free a moment ago, below those that the system gives away. */
async function sixPorts(): Promise<number> {
  for (let base = 20_000 + (process.pid % 1_000) * 10; base < 32_000; base += 6) {
    const servers = await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => listen(base + offset)));
    for (const server of servers) server?.close();
    if (servers.every((server) => server !== undefined)) return base;
  }
  throw new Error('no six free ports in a row');
}

/** The whole bot as a newcomer starts it: sandbox, embedded Redis, console; everything ends and goes with `stop`. */
export async function startedBot() {
  const base = await sixPorts();
  const dataDir = await mkdtemp(join(tmpdir(), 'cutover-console-'));
  const child = spawn(process.execPath, ['src/main.ts', 'start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: process.env.HOME,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      PORT: String(base + 5),
      SANDBOX: '1',
      SANDBOX_PORT: String(base),
      DATA_DIR: dataDir,
    },
  });
  let said = '';
  const gone = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /ready: (http:\/\/\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void gone.then(() => reject(new Error(`the bot ended before it was ready:\n${said}`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      await gone;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
