import { Command } from 'commander';
import { createScreen } from '../adapters/terminal/screen.ts';
import { acts } from './demo/acts.ts';
import { playDemo } from './demo/play.ts';

/** `cutover demo`: two rollouts in the terminal, on real processes; the exit status says whether all went as it should. */
export function demo(): Command {
  return new Command('demo')
    .description('play a rollout, a rollback and a clean rollout in the terminal, and check what happened')
    .action(run);
}

/** The first signal stops everything in order, the second ends the process at once. A reader that goes away (`| head`) stops it too. */
async function run(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  process.stdout.on('error', () => stopping.abort());
  const screen = createScreen(process.stdout);
  const good = await playDemo({ acts, screen, signal: stopping.signal }).catch((error: unknown) => {
    screen.say(`The demo could not be played: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  });
  process.exit(stopping.signal.aborted ? 130 : good ? 0 : 1);
}
