import { type ChildProcess, spawn } from 'node:child_process';
import { root } from '../architecture/source.ts';

export type Demo = ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> };

/** `npm run demo` in a process group of its own, with `dir` for its temporary files. */
export function startDemo(dir: string, names: readonly string[], env: Record<string, string> = {}): Demo {
  const child = spawn('npm', ['run', 'demo', '--', ...names], {
    cwd: root,
    env: { ...process.env, TMPDIR: dir, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  return Object.assign(child, { stdout: child.stdout });
}
