import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openSapphire, type SapphireGround } from '../../../../sandbox/sapphire/place.ts';
import { readConfig } from '../../../config/read.ts';
import type { Bot } from '../bot.ts';
import type { Tokens } from '../room.ts';
import { newTokens, startRunning } from '../running.ts';
import { type SapphireWitness, witnessOfSapphire } from './witness.ts';

/** Hypercare is this short, so that people can see its end. */
export const hypercareWindow = '8s';

type Undo = (() => Promise<unknown>)[];

/** Starts a bot and all that Sapphire's playbook acts on; what was started is stopped again when a part fails. */
export async function startSapphire(say: (message: string) => void): Promise<Bot<SapphireWitness>> {
  const undo: Undo = [];
  const stop = async (): Promise<readonly string[]> => {
    for (const each of undo.splice(0).reverse()) await each();
    return [];
  };
  try {
    const tokens = newTokens();
    const ground = await openGround(tokens, undo, say);
    return { ...(await startOn(ground, tokens, undo, say)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reports of tests are written below the working folder; everything else lies among the temporary files. */
async function openGround(
  tokens: Tokens,
  undo: Undo,
  say: (message: string) => void,
): Promise<SapphireGround> {
  const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 3 });
  const folder = await mkdtemp(join(tmpdir(), 'cutover-demo-sapphire-'));
  undo.push(() => remove(folder));
  const checkout = join(process.cwd(), 'data', basename(folder));
  undo.push(() => remove(checkout));
  await mkdir(checkout, { recursive: true });
  say('Starting two projects of Google Cloud, as doubles with real revisions of both services.');
  const ground = await openSapphire({
    folder,
    checkout,
    environments: ['staging', 'production'],
    window: hypercareWindow,
    consoleToken: tokens.shared,
    tokenOf: tokens.of,
  });
  undo.push(() => ground.stop());
  return ground;
}

async function startOn(
  ground: SapphireGround,
  tokens: Tokens,
  undo: Undo,
  say: (message: string) => void,
): Promise<Omit<Bot<SapphireWitness>, 'stop'>> {
  const read = readConfig(ground.settings);
  if ('faults' in read) throw new Error(read.faults.join(' '));
  const { app, faults, room } = await startRunning({ config: read.config, tokens, say });
  undo.push(() => app.stop(0));
  return {
    room,
    witness: witnessOfSapphire(ground),
    faults,
    toldEverybody: async () => undefined,
  };
}
