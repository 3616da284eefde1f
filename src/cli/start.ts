import { styleText } from 'node:util';
import { Command } from 'commander';
import { createLog, type Log } from '../adapters/log.ts';
import { type App, startApp } from '../compose/app.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read.ts';

/** `cutover start`: the bot, until it is told to stop. */
export function start(): Command {
  return new Command('start')
    .description(
      'start the bot: chat, console, workers; with an embedded Redis and the sandbox when nothing is configured',
    )
    .action(run);
}

async function run(): Promise<void> {
  const read = readConfig(process.env);
  if ('faults' in read) return refuse(read.faults);
  const { config } = read;
  const secrets = new Set(config.secrets);
  const log = createLog({ level: config.logLevel, secrets, destination: process.stderr });
  const app = await startApp({ config, log, secrets, env: process.env, onProgress: say }).catch(giveUp(log));
  if (!app) return;
  stopOnSignals(app, config, log);
  for (const line of welcome(app, config)) say(line);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function refuse(faults: readonly string[]): void {
  process.stderr.write(
    `Cutover does not start: ${faults.length === 1 ? 'one fault' : `${faults.length} faults`} in its configuration.\n`,
  );
  for (const fault of faults) process.stderr.write(`  - ${fault}\n`);
  process.stderr.write('Every variable is explained in .env.example.\n');
  process.exitCode = 1;
}

function giveUp(log: Log): (error: unknown) => undefined {
  return (error) => {
    log.fatal({ err: error }, 'Cutover did not start');
    process.stderr.write(
      `Cutover did not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  };
}

/** The first signal stops everything in order; when that takes too long, or at a second signal, the process ends at once. */
function stopOnSignals(app: App, config: Config, log: Log): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'Stopping');
    setTimeout(() => process.exit(1), config.shutdownGrace).unref();
    void app.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

function welcome({ url, catalogue, sandbox }: App, config: Config): string[] {
  const bold = (text: string) => styleText('bold', text, { stream: process.stdout });
  if (!sandbox || url === undefined)
    return [`Cutover is ready (${config.role})${url ? `: ${bold(url)}` : '.'}`];
  const [first] = [...catalogue.playbooks().values()];
  return [
    '',
    `  Cutover is ready: ${bold(url)}`,
    '',
    `  Open it, and type ${bold(`/rollout start ${first?.targets[1] ?? first?.name ?? ''}`)} as Alice.`,
    '  Bob, Carol or Dan can approve: choose them under “Act as”.',
    `  Everything here is a sandbox: two real colours on localhost, no cluster, no token. ${bold('Ctrl-C')} stops it all.`,
    '',
  ];
}
