import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from '../../../../sandbox/aether/ground.ts';
import { NotStarted, type ProcessRunner } from '../../../ports/world.ts';

/** Why the demo can't be played from this folder on this machine, in words; undefined: it can. */
export async function whatIsMissing(
  root: string,
  processes: ProcessRunner,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!existsSync(join(root, chart, 'Chart.yaml')))
    return 'This demo is played from a checkout of Cutover: the chart that it installs is not here.';
  const run = async (...argv: [string, ...string[]]) =>
    processes.run({ argv, cwd: root }, signal).catch((error: unknown) => {
      if (error instanceof NotStarted) return undefined;
      throw error;
    });
  const helm = await run('helm', 'version', '--short');
  if (helm === undefined)
    return 'Helm is not on the PATH. Get it by `brew install helm` or from https://helm.sh/docs/intro/install/, and play again.';
  if (!/^v[34]\./.test(helm.stdout))
    return `Helm 3 or 4 is needed; \`helm version\` says ${JSON.stringify(helm.stdout.trim())}.`;
  const git = await run(
    'git',
    'diff',
    '--quiet',
    'HEAD',
    '--',
    chart,
    `${chart}-blue.yaml`,
    `${chart}-green.yaml`,
  );
  if (git?.code === 0) return undefined;
  return git?.code === 1
    ? `The files of ${chart} differ from what is committed, and the playbook refuses that. Commit or undo the change.`
    : 'The playbook proves that its values file is committed, so this demo needs git and a checkout made with it.';
}
