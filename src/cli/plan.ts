import { Command } from 'commander';
import { loadCatalogue } from '../compose/catalogue.ts';
import { startSandboxFor } from '../compose/sandbox.ts';
import { createWorld } from '../compose/world.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read.ts';
import { resolvePlan } from '../core/playbook/resolve.ts';
import { checkInsOf, quorumOf } from '../core/policy/policy.ts';
import { type Plan, planDigest } from '../core/rollout/plan.ts';
import { createPreview, type PreviewLine, staysAfterRollback } from '../jobs/preview.ts';
import { stepKinds } from '../steps/registry.ts';

interface Options {
  env?: string;
  target?: string;
}

/** `cutover plan`: what would happen, step by step, with nothing touched. */
export function plan(): Command {
  return new Command('plan')
    .description('show what a rollout would do, step by step, with nothing touched')
    .argument('<playbook>')
    .argument('[name=value...]', 'parameters')
    .option('--env <environment>', 'absent: the only one of the playbook')
    .option('--target <target>', 'absent: the playbook has none')
    .action(run);
}

async function run(name: string, given: string[], options: Options): Promise<void> {
  const read = readConfig(process.env);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  const sandbox = read.config.sandbox.on
    ? await startSandboxFor(read.config, () => undefined).catch(() => undefined)
    : undefined;
  try {
    process.stdout.write(`${await describe(read.config, sandbox, name, given, options)}\n`);
  } finally {
    await sandbox?.stop();
  }
}

async function describe(
  config: Config,
  sandbox: Awaited<ReturnType<typeof startSandboxFor>> | undefined,
  name: string,
  given: readonly string[],
  { env, target }: Options,
): Promise<string> {
  const catalogue = await loadCatalogue(config, stepKinds, sandbox);
  const playbook = catalogue.playbooks().get(name);
  if (!playbook)
    throw new Error(`no playbook ${name}; there are ${[...catalogue.playbooks().keys()].join(', ')}`);
  const environment = env ?? playbook.environments[0] ?? '';
  const settings = catalogue.environments().get(environment);
  if (!settings) throw new Error(`no environment ${environment} in environments.yaml`);
  const resolved = resolvePlan({
    playbook,
    environment: { name: environment, ...settings },
    target: target ?? null,
    params: Object.fromEntries(given.map(parameter)),
    quorum: quorumOf(catalogue.policy(), environment),
    checkIns: checkInsOf(catalogue.policy(), environment),
  });
  if ('problems' in resolved) throw new Error(resolved.problems.join('\n'));
  const world = createWorld({ env: process.env, policy: catalogue.policy, secret: async () => undefined });
  return render(resolved.plan, await createPreview(stepKinds, world)(resolved.plan));
}

function parameter(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`${text} is no parameter; write name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function render(planned: Plan, lines: readonly PreviewLine[]): string {
  const { playbook, environment, target } = planned;
  const title = `${playbook.name}${target ? ` · ${target}` : ''} → ${environment.name} · plan ${planDigest(planned)}`;
  let phase: string | null | undefined;
  const body = lines.flatMap((line) => {
    const heading = line.phase === phase ? [] : ['', line.phase ?? 'rollback'];
    phase = line.phase;
    const diff = line.diff.map(({ what, before, after }) => `      ${what}: ${before} → ${after}`);
    const stays = line.does === 'change for good' ? ` · ${staysAfterRollback}` : '';
    return [...heading, `  ${line.step.padEnd(20)} ${line.summary}${stays}`, ...diff];
  });
  return [title, ...body].join('\n');
}
