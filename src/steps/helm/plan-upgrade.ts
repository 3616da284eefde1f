import { z } from 'zod';
import { shown } from '../../core/step/shown.ts';
import { documentsIn } from '../../core/yaml.ts';
import type { Helm } from '../../ports/helm.ts';
import type { PlanContext, PlanLine } from '../../ports/step.ts';
import { deployedOf, printed, type Revision, releaseAt } from './release.ts';
import { chartArguments, type UpgradeInput } from './upgrade.ts';
import { changedValues, merged, readValues, type Values } from './values.ts';
import { helmOf } from './world.ts';

/** Milliseconds that a plan waits for a cluster. */
const patience = 10_000;

const chartSchema = z.object({
  name: z.string(),
  version: z.string(),
  appVersion: z.coerce.string().optional(),
});
const valuesSchema = z.record(z.string(), z.json()).nullable();

interface Before {
  /** The namespace of another release, where there was none at its own place. */
  elsewhere?: string;
  deployed: Revision | undefined;
  values: Values;
}

/** What will change: the chart, and each value that differs from those in force. */
export async function planUpgrade(context: PlanContext<UpgradeInput>): Promise<PlanLine> {
  const { input, world } = context;
  const { release, namespace } = input;
  const signal = AbortSignal.timeout(patience);
  const files = await readValues(world.files, input.valuesFiles, signal);
  const after = files.map(({ values }) => values).concat(input.values as Values);
  const wanted = after.reduce(merged, {});
  const seen = await look(context, signal).catch((error: unknown) => ({ unread: reasonOf(error) }));
  const chart = 'unread' in seen ? input.chart : seen.chart;
  const summary = `Helm deploys ${chart} as ${release} in ${namespace}`;
  if ('unread' in seen)
    return { summary: `${summary}; what stands there could not be read: ${seen.unread}`, diff: [] };
  const { deployed, values, elsewhere } = seen.before;
  const there = deployed && `${deployed.chart} (revision ${deployed.revision})`;
  const was =
    elsewhere === undefined ? (there ?? 'not installed') : `not installed; in ${elsewhere} ${there}`;
  return {
    summary,
    diff: [
      { what: `${release} in ${namespace}`, before: was, after: chart },
      ...changedValues(values, wanted),
    ],
  };
}

async function look(
  context: PlanContext<UpgradeInput>,
  signal: AbortSignal,
): Promise<{ chart: string; before: Before }> {
  const helm = helmOf(context);
  const [chart, before] = await Promise.all([
    chartOf(helm, context.input, signal),
    comparable(helm, context.input, signal),
  ]);
  return { chart, before };
}

async function chartOf(helm: Helm, input: UpgradeInput, signal: AbortSignal): Promise<string> {
  const told = printed(await helm.run(['show', 'chart', ...chartArguments(input)], signal));
  const { name, version, appVersion } = chartSchema.parse(documentsIn(told)[0]);
  return shown(`${name}-${version}${appVersion === undefined ? '' : ` (${appVersion})`}`, 120);
}

/** The release itself, or, before there is one, that which clients use now. */
async function comparable(helm: Helm, input: UpgradeInput, signal: AbortSignal): Promise<Before> {
  const own = await inForce(helm, input, signal);
  if (own.deployed !== undefined || input.comparedWith === undefined) return own;
  const other = await inForce(helm, { ...input, namespace: input.comparedWith }, signal);
  return other.deployed === undefined ? own : { ...other, elsewhere: input.comparedWith };
}

async function inForce(helm: Helm, input: UpgradeInput, signal: AbortSignal): Promise<Before> {
  const deployed = deployedOf(await releaseAt(helm, input, signal).history());
  if (deployed === undefined) return { deployed, values: {} };
  const args = ['get', 'values', input.release, '--revision', String(deployed.revision)];
  const told = printed(await helm.run([...args, '--namespace', input.namespace, '--output', 'json'], signal));
  return { deployed, values: (valuesSchema.parse(JSON.parse(told)) ?? {}) as Values };
}

function reasonOf(error: unknown): string {
  return shown(error instanceof Error ? error.message : String(error));
}
