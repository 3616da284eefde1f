import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { freePort } from '../../adapters/redis/embedded/port.ts';
import { readConfig } from '../../config/read.ts';
import type { Room } from './room.ts';
import { startRunning } from './running.ts';
import { type Witness, witnessOf } from './witness.ts';

const playbook = new URL('../../../playbooks/sandbox.yaml', import.meta.url);

/** What of the playbook is too slow to watch: hypercare takes seconds here instead of minutes. */
const quicker = [
  [['hypercare', 'window'], '25s'],
  [['hypercare', 'watch', 'with', 'interval'], '2s'],
] as const;

/** Said before anything happens. */
export const introduction =
  'A bot, its Redis and two real colours start on free ports of this machine. Hypercare lasts 25 s here instead of 3 min.';

/** A whole bot with its own Redis, beside any other on this machine. */
export interface Bot<W = Witness> {
  room: Room;
  witness: W;
  /** What it logged as an error, in its own words. */
  faults: readonly string[];
  /** Waits until every channel that looks on shows what happened: chats take so many messages a minute only. */
  toldEverybody(signal: AbortSignal): Promise<void>;
  /** Stops everything that was started, and removes what was made; answers what is left, in words. */
  stop(): Promise<readonly string[]>;
}

/** What the demo takes of this process's settings where it names channels that look on. */
const ofChats = /^(?:SLACK|TELEGRAM)_|^SANDBOX_CHANNELS$/;

/**
 * Starts a bot on free ports with its data in a temporary folder. Of this process's settings only those of chats
 * count, and only where `SANDBOX_CHANNELS` names channels to show the demo in.
 */
export async function startBot(onProgress: (message: string) => void): Promise<Bot> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-demo-'));
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  try {
    const config = await configIn(dir, process.env);
    const { app, faults, room } = await startRunning({ config, say: onProgress });
    const { sandbox } = app;
    if (!sandbox) throw new Error('The bot came up without its sandbox.');
    return {
      room,
      witness: witnessOf(sandbox, join(config.dataDir, 'sandbox')),
      faults,
      async toldEverybody(signal) {
        while ((await app.store.threads.behind()).length > 0) await pause(200, undefined, { signal });
      },
      async stop() {
        await app.stop();
        await remove();
        return [];
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function chatSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => ofChats.test(name)));
}

async function configIn(dir: string, env: NodeJS.ProcessEnv) {
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks);
  await writeFile(join(playbooks, 'sandbox.yaml'), await quickPlaybook());
  const read = readConfig({
    DATA_DIR: join(dir, 'data'),
    PLAYBOOKS_DIR: playbooks,
    PORT: String(await freePort()),
    SANDBOX: '1',
    SANDBOX_PORT: '0',
    ...(env.SANDBOX_CHANNELS ? chatSettings(env) : {}),
  });
  if ('faults' in read) throw new Error(read.faults.join(' '));
  return read.config;
}

async function quickPlaybook(): Promise<string> {
  const document = parseDocument(await readFile(playbook, 'utf8'));
  for (const [path, value] of quicker) {
    if (!document.hasIn(path)) throw new Error(`The sandbox’s playbook has no ${path.join('.')} any more.`);
    document.setIn(path, value);
  }
  return String(document);
}
