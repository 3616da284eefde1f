import { z } from 'zod';
import { durationSchema, milliseconds } from '../../core/playbook/duration.ts';
import { shown } from '../../core/step/shown.ts';
import type { StepContext } from '../../ports/step.ts';
import { localPathSchema } from '../evidence/local-path.ts';
import { paceFields } from '../waiting/poll.ts';
import { conflictFields } from './conflicts.ts';
import { descriptionOf, labelsOf } from './marks.ts';
import { printed, releaseFields } from './release.ts';
import { readValues } from './values.ts';
import { helmOf } from './world.ts';

const chartSchema = z
  .string()
  .regex(/^[A-Za-z0-9]/, 'a chart begins with a letter or a digit')
  .describe('A folder or package below the bot’s folder, `oci://…`, or a name in `repo`');

export const upgradeInput = z
  .strictObject({
    ...releaseFields,
    chart: chartSchema,
    repo: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The chart repository that `chart` is a name in'),
    version: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9.+-]*$/, 'one exact version')
      .optional()
      .describe('The version of the chart; needed unless it is a file'),
    valuesFiles: z.array(localPathSchema).max(20).default([]).describe('The later ones count more'),
    values: z
      .record(z.string(), z.json())
      .default({})
      .describe('Put over those of the files; handed to Helm as its input, never as arguments'),
    comparedWith: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'the name of a namespace')
      .optional()
      .describe(
        'The namespace of the release that clients use now: where this one is not installed yet, a plan shows the difference to it',
      ),
    createNamespace: z.boolean().default(false),
    ...conflictFields,
    hooks: durationSchema.default('5m').describe('How long each hook of the chart may take'),
    repair: z
      .enum(['ask', 'rollback'])
      .default('ask')
      .describe(
        'When a Helm that died left the release pending: `ask` people, or `rollback` to the revision in force and go on',
      ),
    ready: z.boolean().default(true).describe('Wait until the workloads of the release are ready'),
    within: durationSchema.default('10m').describe('How long they have'),
    interval: paceFields.interval,
  })
  .superRefine(({ chart, repo, version }, check) => {
    const isFile = repo === undefined && !chart.startsWith('oci://');
    if (isFile && !localPathSchema.safeParse(chart).success)
      check.addIssue({ code: 'custom', path: ['chart'], message: 'a path without hidden parts' });
    if (!isFile && version === undefined)
      check.addIssue({ code: 'custom', path: ['version'], message: 'needed for a chart from elsewhere' });
  });
export type UpgradeInput = z.infer<typeof upgradeInput>;

/** The chart as Helm takes it: what is a file is never taken for a name in some repository. */
export function chartArguments({
  chart,
  repo,
  version,
}: Pick<UpgradeInput, 'chart' | 'repo' | 'version'>): string[] {
  const named = repo !== undefined || chart.startsWith('oci://');
  return [
    named ? chart : `./${chart}`,
    ...(repo === undefined ? [] : ['--repo', repo]),
    ...(version === undefined ? [] : ['--version', version]),
  ];
}

/**
 * `helm upgrade --install`, with its output in the thread. Waiting for workloads is left to us: a Helm that waits and
 * dies leaves the release pending. Throws `HelmError`, and `LocalFileError` for values that can't be read.
 */
export async function upgrade(
  context: StepContext<UpgradeInput>,
  force: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { input, tail, world } = context;
  const files = await readValues(world.files, input.valuesFiles, signal);
  for (const { file, sha256 } of files) tail(`Values from ${file}, ${sha256}`);
  const labels = Object.entries(labelsOf(context)).map(([name, value]) => `${name}=${value}`);
  const [chart = '', ...source] = chartArguments(input);
  const exit = await helmOf(context).run(
    [
      ...['upgrade', input.release, chart, ...source, '--install', '--namespace', input.namespace],
      ...(input.createNamespace ? ['--create-namespace'] : []),
      ...force,
      ...files.flatMap(({ file }) => ['--values', `./${file}`]),
      ...['--values', '-', '--reset-values', '--hide-notes'],
      ...['--timeout', `${milliseconds(input.hooks)}ms`],
      ...['--description', descriptionOf(context), '--labels', labels.join(',')],
    ],
    signal,
    { stdin: JSON.stringify(input.values), onLine: (line) => tail(shown(line, 500)) },
  );
  printed(exit);
}
