import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { readPlaybooks } from '../adapters/playbook-files.ts';
import { reportProblems } from '../core/playbook/report-problems.ts';
import { stepKinds } from '../steps/registry.ts';

/** `cutover lint`: every fault of the playbooks, with its place and the nearest known word. */
export function lint(): Command {
  return new Command('lint')
    .description('check playbooks: every fault with file, line and the nearest known word')
    .argument('[path]', 'a playbook or a folder of them', process.env.PLAYBOOKS_DIR ?? './playbooks')
    .action(run);
}

async function run(path: string): Promise<void> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const read = await readPlaybooks(isFolder ? path : dirname(path), stepKinds);
  const wanted = ({ file }: { file: string }) => isFolder || basename(file) === basename(path);
  const problems = read.problems.filter(wanted);
  const findings = [...problems, ...read.warnings.filter(wanted)];
  if (findings.length > 0)
    process.stderr.write(`${reportProblems(findings, (file) => read.texts.get(file))}\n`);
  const good = [...read.files].filter(([, file]) => wanted({ file })).map(([name]) => name);
  process.stdout.write(`${good.length} good: ${good.join(', ') || 'none'}; ${problems.length} faults.\n`);
  if (problems.length > 0 || good.length === 0) process.exitCode = 1;
}
