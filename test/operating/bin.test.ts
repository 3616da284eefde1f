import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../architecture/source.ts';

const program = `
type Words = readonly string[];
const words: Words = process.argv.slice(2);
process.on('SIGTERM', () => process.exit(9));
console.log(JSON.stringify({ major: Number.parseInt(process.versions.node), words }));
if (words[0] === 'wait') setInterval(() => undefined, 1_000);
else process.exitCode = 7;
`;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cutover-bin-'));
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
  mkdirSync(join(dir, 'src'));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  writeFileSync(join(dir, 'src/main.ts'), program);
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function start(node: string, ...words: string[]) {
  const child = spawn(node, [join(dir, 'bin/cutover.js'), ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, stdout: text(child.stdout), stderr: text(child.stderr), end: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, 'close');
  return code;
}

/** A Node older than 24 on this machine's PATH, beside the one that runs the tests. */
function olderNode(): string | undefined {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  return folders.map((folder) => join(folder, 'node')).find((node) => majorOf(node) < 24);
}

function majorOf(node: string): number {
  try {
    return Number(
      execFileSync(node, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8', stdio: 'pipe' }),
    );
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

test('under Node 24 the program runs in the same process, with its words and its exit status', async () => {
  const run = start(process.execPath, 'lint', 'a b');
  expect(await run.end).toBe(7);
  expect(JSON.parse(await run.stdout)).toEqual({ major: 24, words: ['lint', 'a b'] });
  expect(await run.stderr).toBe('');
});

test('a .env file of the working folder adds to the environment, which wins', async () => {
  writeFileSync(join(dir, '.env'), 'ROLE=worker\nPORT=1234\n');
  writeFileSync(join(dir, 'src/main.ts'), 'console.log(process.env.ROLE, process.env.PORT);');
  const env = { ...process.env, PORT: '99' };
  const run = spawnSync(process.execPath, [join(dir, 'bin/cutover.js')], { cwd: dir, env, encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stdout: 'worker 99\n', stderr: '' });
});

const older = olderNode();

describe.runIf(older)('under an older Node', () => {
  test('the Node 24 of the packages takes over', async () => {
    const run = start(older ?? '', 'lint', 'a b');
    expect(await run.end).toBe(7);
    expect(JSON.parse(await run.stdout)).toEqual({ major: 24, words: ['lint', 'a b'] });
  });

  test('SIGTERM reaches the program, and its exit status comes back', async () => {
    const run = start(older ?? '', 'wait');
    await once(run.child.stdout, 'readable');
    run.child.kill('SIGTERM');
    expect(await run.end).toBe(9);
  });

  test('without one among the packages, what to do is said', async () => {
    rmSync(join(dir, 'node_modules'));
    const run = start(older ?? '');
    expect(await run.end).toBe(1);
    expect(await run.stderr).toMatch(/needs Node 24 or newer; this is v\d+[\s\S]*npm ci/);
  });
});
