import { Command } from 'commander';
import { createScreen, type Screen } from '../adapters/terminal/screen.ts';
import { nearest } from '../core/nearest.ts';
import { listed } from '../core/step/shown.ts';
import { acts } from './demo/acts.ts';
import type { AetherOptions } from './demo/aether/options.ts';
import { introduction, startBot } from './demo/bot.ts';
import { playDemo } from './demo/play.ts';
import { actsOfSapphire, introduction as introductionToSapphire } from './demo/sapphire/acts.ts';
import { startSapphire } from './demo/sapphire/bot.ts';

/** `cutover demo`: rollouts in the terminal, on real things; the exit status says whether all went as it should. */
export function demo(): Command {
  const command = new Command('demo')
    .description('play a rollout, a rollback and a clean rollout in the terminal, and check what happened')
    .argument('[name]', 'which one; absent: sandbox')
    .helpCommand(true)
    .action((name: string | undefined) => (name === undefined ? onScreen(playSandbox) : unknown(name)));
  command
    .command('sandbox')
    .description(
      'on two real colours on this machine; about a minute, and nothing is needed (this one is usual)',
    )
    .action(() => onScreen(playSandbox));
  command
    .command('aether')
    .description(
      'the Aether blue/green playbook in your own Kubernetes cluster, with Helm: docs/demo-aether.md',
    )
    .option('--context <name>', 'a context of the kubeconfig; absent: the current one')
    .option('--allow <context>', 'play there although this context does not look like a test cluster')
    .option('--clean', 'play nothing: remove what a demo that was killed left in the cluster')
    .action((options: AetherOptions) => onScreen((screen, signal) => playAether(options, screen, signal)));
  command
    .command('sapphire')
    .description(
      'the Sapphire launch on Cloud Run against a double of Google Cloud on this machine; some minutes, no account',
    )
    .action(() => onScreen(playSapphire));
  return command;

  function unknown(name: string): void {
    const names = command.commands.map((each) => each.name());
    const meant = nearest(name, names);
    const hint = meant === undefined ? `There are ${listed(names)}.` : `Did you mean “${meant}”?`;
    command.error(`There is no demo “${name}”. ${hint} \`npm run demo -- help\` says what each plays.`);
  }
}

type Play = (screen: Screen, signal: AbortSignal) => Promise<boolean>;

const playSandbox: Play = (screen, signal) =>
  playDemo({ demo: { introduction, start: startBot, acts }, screen, signal });

/** Milliseconds that three launches may take on a machine that is busy with other things. */
const limitOfSapphire = 600_000;

const playSapphire: Play = (screen, signal) => {
  const demo = { introduction: introductionToSapphire, start: startSapphire, acts: actsOfSapphire };
  return playDemo({ demo, screen, signal, limit: limitOfSapphire });
};

/** Loaded only now: it needs packages that are for development, which an image of the bot is without. */
async function playAether(options: AetherOptions, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const { aether } = await import('./demo/aether/aether.ts');
  return aether(options, screen, signal);
}

/** The first signal stops everything in order, the second ends the process at once. A reader that goes away (`| head`) stops it too. */
async function onScreen(play: Play): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  process.stdout.on('error', () => stopping.abort());
  const screen = createScreen(process.stdout);
  const good = await play(screen, stopping.signal).catch((error: unknown) => {
    screen.say(`The demo could not be played: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  });
  process.exit(stopping.signal.aborted ? 130 : good ? 0 : 1);
}
