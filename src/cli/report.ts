import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { localFiles } from '../adapters/artifacts/local-files.ts';
import { drawSvg } from '../adapters/chart/draw.ts';
import type { Config } from '../config/config.ts';
import { loadPolicy } from '../core/policy/load.ts';
import { withDeployment } from '../core/report/audit.ts';
import { deploymentOf, htmlOf, type ReportScope, reportOf } from '../core/report/report.ts';
import { type RolloutEvent, rolloutEventSchema } from '../core/rollout/event.ts';
import { type Folded, fold } from '../core/rollout/fold.ts';
import { type Journals, withJournals } from './journals.ts';

interface Options {
  format: 'md' | 'html' | 'audit';
  into?: string;
}

/** `cutover report`: a rollout's report from its journal, beside a running bot or without one. */
export function report(): Command {
  const formats = new Option(
    '--format <format>',
    'Markdown, one HTML page, or the entry for an audit report',
  );
  return new Command('report')
    .description('print the report of a rollout, made from its journal')
    .argument('<id>', 'such as aether-7')
    .addOption(formats.choices(['md', 'html', 'audit']).default('md'))
    .option('--into <file>', 'write the entry into this audit report, such as docs/AUDIT_REPORT.md')
    .action((id: string, options: Options) =>
      withJournals((journals, config) => write(journals, config, id, options)),
    );
}

async function write(
  journals: Journals,
  config: Config,
  id: string,
  { format, into }: Options,
): Promise<void> {
  const events = await eventsOf(journals, id);
  const folded = fold(undefined, events);
  if (!folded) {
    process.stderr.write(`There is no rollout ${id}.\n`);
    process.exitCode = 1;
    return;
  }
  const scope = { timezone: await timezoneOf(config), earlier: await earlierOf(journals, folded) };
  if (into === undefined) process.stdout.write((await textOf(events, format, scope)) ?? '');
  else await writeInto(into, id, deploymentOf(events, scope) ?? '');
}

async function textOf(
  events: readonly RolloutEvent[],
  format: Options['format'],
  scope: ReportScope,
): Promise<string | undefined> {
  switch (format) {
    case 'md':
      return reportOf(events, scope);
    case 'html':
      return htmlOf(events, drawSvg, scope);
    case 'audit':
      return deploymentOf(events, scope);
  }
}

async function writeInto(path: string, id: string, entry: string): Promise<void> {
  await localFiles(process.cwd()).rewrite(path, (text) => withDeployment(text, id, entry));
  process.stdout.write(`The entry of ${id} is in ${path}.\n`);
}

async function eventsOf({ lines }: Journals, id: string): Promise<RolloutEvent[]> {
  return (await lines(id)).map((line) => rolloutEventSchema.parse(JSON.parse(line)));
}

/** So many rollouts are looked at for the last ones of the same environment. */
const searched = 200;

async function earlierOf(journals: Journals, { plan, state }: Folded): Promise<Folded[]> {
  const found: Folded[] = [];
  for (const id of (await journals.ids()).toReversed().slice(0, searched)) {
    const other = id === state.id ? undefined : fold(undefined, await eventsOf(journals, id));
    if (other?.plan.environment.name === plan.environment.name) found.push(other);
  }
  return found;
}

/** The policy's; UTC where there is no policy to read. */
async function timezoneOf({ files }: Config): Promise<string> {
  const text = await readFile(files.policy, 'utf8').catch(() => undefined);
  const loaded = text === undefined ? undefined : loadPolicy(text, files.policy);
  return loaded && 'policy' in loaded ? loaded.policy.timezone : 'UTC';
}
