import { join } from 'node:path';
import type { Bot } from '../bot.ts';
import { newTokens, startRunning } from '../running.ts';
import { configIn } from './files.ts';
import type { Inspected } from './inspect.ts';
import { openPlace, type Place, type Undo, undoAll } from './place.ts';
import { type AetherWitness, witnessOfAether } from './witness.ts';

/** Starts a bot and all that Aether's playbook acts on; what was made is taken away again when a part fails. */
export async function startAether(
  cluster: Inspected,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Bot<AetherWitness>> {
  const undo: Undo = [];
  try {
    const place = await openPlace(cluster, undo, say, signal);
    return await startOn(place, cluster, undo, say);
  } catch (error) {
    for (const left of await undoAll(undo)) say(left);
    throw error;
  }
}

async function startOn(
  { dir, sandbox, outside }: Place,
  cluster: Inspected,
  undo: Undo,
  say: (message: string) => void,
): Promise<Bot<AetherWitness>> {
  const tokens = newTokens();
  const config = await configIn(dir, { pods: cluster.pods, urls: sandbox.urls, outside, tokens });
  const env = { HELM_DRIVER: 'configmap', GITHUB_TOKEN: tokens.shared };
  const { app, faults, room } = await startRunning({ config, tokens, env, say });
  undo.push(async () => void (await app.stop(0)));
  const reading = new AbortController();
  undo.push(() => Promise.resolve(reading.abort()).then(() => undefined));
  return {
    room,
    witness: witnessOfAether(cluster.admin, sandbox, join(dir, 'sandbox'), reading.signal),
    faults,
    toldEverybody: async () => undefined,
    stop: () => undoAll(undo),
  };
}
