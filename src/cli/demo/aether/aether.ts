import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Screen } from '../../../adapters/terminal/screen.ts';
import { processRunner } from '../../../adapters/world/processes.ts';
import { playDemo } from '../play.ts';
import { actsOfAether } from './acts.ts';
import { startAether } from './bot.ts';
import { type Chosen, chooseCluster } from './cluster.ts';
import { inspect, openCluster, whoRunsPods } from './inspect.ts';
import type { AetherOptions } from './options.ts';
import { playNode, removeFrom, type Undo, undoAll } from './place.ts';
import { whatIsMissing } from './programs.ts';
import { introductionTo } from './words.ts';

const root = join(import.meta.dirname, '../../../..');

/** Milliseconds that all of it may take: on real nodes images have to come first. */
const limit = 900_000;

/**
 * Plays Aether's playbook in the person's own cluster, or says why not before anything is touched. Answers whether all
 * was as expected, and nothing is left.
 */
export async function aether(options: AetherOptions, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const refused = (refusal: string): false => {
    screen.say(refusal);
    return false;
  };
  const chosen = chooseCluster(options, { env: process.env, home: homedir() });
  if ('refusal' in chosen) return refused(chosen.refusal);
  if (options.clean) return cleaned(chosen, screen, signal);
  process.chdir(root);
  const missing = await whatIsMissing(root, processRunner(), signal);
  if (missing !== undefined) return refused(missing);
  const cluster = await inspect(chosen, signal);
  if ('refusal' in cluster) return refused(cluster.refusal);
  signal.addEventListener('abort', () => screen.say(stopping(cluster)), { once: true });
  const demo = {
    introduction: introductionTo(cluster),
    start: (say: (message: string) => void) => startAether(cluster, say, signal),
    acts: actsOfAether(),
  };
  return playDemo({ demo, screen, signal, limit });
}

async function cleaned(chosen: Chosen, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const say = (message: string) => screen.say(message);
  const admin = openCluster(chosen, false);
  const cluster = { ...chosen, admin, pods: await whoRunsPods(admin, signal) };
  const undo: Undo = [];
  if (cluster.pods === 'played') await playNode(cluster, undo);
  undo.push(() => removeFrom(cluster, say));
  const left = await undoAll(undo);
  say(left.length === 0 ? 'Nothing of a demo is left there.' : left.join('\n'));
  return left.length === 0;
}

function stopping({ context }: Chosen): string {
  return `Stopping. What was made in the cluster is removed first; Ctrl-C again leaves it there, and \`npm run demo -- aether --context ${context} --clean\` removes it later.`;
}
