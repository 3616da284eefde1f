import { styleText } from 'node:util';
import { Command } from 'commander';
import { createLog, type Log } from '../adapters/log.ts';
import { type App, startApp } from '../compose/app.ts';
import { faultsIn } from '../compose/together.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read.ts';
import { stopOnSignals } from './start/signals.ts';

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
  if ('faults' in read) return refuse(read.faults, 'Every variable is explained in .env.example.');
  const { config } = read;
  const secrets = new Set(config.secrets);
  const log = createLog({ level: config.logLevel, secrets, destination: process.stderr });
  const app = await startApp({ config, log, secrets, env: process.env, onProgress: say }).catch(giveUp(log));
  if (!app) return;
  stopOnSignals({ app, log, say, grace: graceOf(app, config) });
  for (const line of welcome(app, config)) say(line);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Every fault in calm words; nothing is left running. */
function refuse(faults: readonly string[], advice?: string): void {
  const [only = ''] = faults;
  const listed = faults.map((fault) => `  - ${indented(fault, 4)}`);
  const said = faults.length === 1 ? [indented(only, 2)] : [`${faults.length} faults.`, ...listed];
  process.stderr.write(`Cutover does not start: ${said.join('\n')}\n${advice ? `${advice}\n` : ''}`);
  process.exit(1);
}

function indented(text: string, by: number): string {
  return text.trimEnd().replaceAll('\n', `\n${' '.repeat(by)}`);
}

function giveUp(log: Log): (error: unknown) => undefined {
  return (error) => {
    log.debug({ err: error }, 'Cutover does not start');
    refuse(faultsIn(error));
    return undefined;
  };
}

/** Nothing in the sandbox is worth waiting for: it is gone on with at the next start. */
function graceOf({ sandbox }: App, { shutdownGrace }: Config): number {
  return sandbox ? Math.min(shutdownGrace, 2_000) : shutdownGrace;
}

function welcome({ url, catalogue, sandbox }: App, { role }: Config): string[] {
  const bold = (text: string) => styleText('bold', text, { stream: process.stdout });
  if (role === 'worker') return [`Cutover is ready (worker); its health is at ${url}/readyz`];
  if (!sandbox) return [`Cutover is ready${role === 'all' ? '' : ` (${role})`}: ${bold(url)}`];
  const first = [...catalogue.playbooks().values()].find(({ environments }) =>
    environments.includes('sandbox'),
  );
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
