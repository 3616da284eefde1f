import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineLimit, outputLimit, outputReader } from '../../src/adapters/world/output.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import { type Invocation, NotStarted } from '../../src/ports/world.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-processes-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function node(source: string, more: Partial<Invocation> = {}): Invocation {
  return { argv: [process.execPath, '-e', source], ...more };
}

function run(invocation: Invocation, grace = 200) {
  return processRunner({ grace }).run(invocation, new AbortController().signal);
}

/** Whether a process is there and not merely waiting to be collected. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** A program whose child ignores SIGTERM, as it does itself; each writes its number where the test finds it. */
const stubborn = `
  process.on('SIGTERM', () => {});
  const { spawn } = require('node:child_process');
  const child = "process.on('SIGTERM', () => {}); console.log('child ' + process.pid); setInterval(() => {}, 1000)";
  spawn(process.execPath, ['-e', child], { stdio: 'inherit' });
  console.log('parent ' + process.pid);
  setInterval(() => {}, 1000);
`;

describe('a program', () => {
  test('gets its arguments as they are, its input, its folder, and a minimal environment', async () => {
    process.env.SLACK_BOT_TOKEN = 'xoxb-not-for-programs';
    const lines: string[] = [];
    const exit = await run({
      argv: [
        process.execPath,
        '-e',
        'process.stdin.on("data", (text) => console.log(String(text), process.argv[1], process.cwd(), Object.keys(process.env).sort().join()))',
        '$(id); `id` | x',
      ],
      cwd: dir,
      env: { STAGE: 'green' },
      stdin: 'hello',
      onLine: (line) => lines.push(line),
    });
    delete process.env.SLACK_BOT_TOKEN;
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(lines[0]).toMatch(new RegExp(`^hello \\$\\(id\\); \`id\` \\| x ${dir} [A-Z,]*\\bSTAGE$`));
    expect(lines[0]).not.toContain('SLACK');
  });

  test('that fails says its code, and both its outputs', async () => {
    const exit = await run(node('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(exit).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  test('that ends by itself takes with it what it left running', async () => {
    const quitter = stubborn.replace(
      'setInterval(() => {}, 1000);\n',
      'setTimeout(() => process.exit(0), 300)',
    );
    const exit = await run(node(quitter));
    const child = Number(/child (\d+)/.exec(exit.stdout)?.[1]);
    expect(child).toBeGreaterThan(0);
    expect(await isAlive(child)).toBe(false);
  });

  test.each<[string, Partial<Invocation>, string]>([
    ['a program that is not there', { argv: ['no-such-program'] }, 'there is no such program on the PATH'],
    ['a folder that is not there', { cwd: '/no/such' }, 'there is no folder /no/such'],
    ['a file that is no program', { argv: ['./notes.txt'] }, 'it may not be executed'],
  ])('%s is a clear failure', async (_, given, message) => {
    await writeFile(join(dir, 'notes.txt'), 'notes', { mode: 0o644 });
    const failure = await run({ argv: ['node'], cwd: dir, ...given }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotStarted);
    expect(String(failure)).toContain(message);
  });
});

describe('an abort', () => {
  test('before the start starts nothing', async () => {
    const marker = join(dir, 'ran');
    const running = processRunner().run(
      node(`require('fs').writeFileSync(${JSON.stringify(marker)}, '')`),
      AbortSignal.abort(new Error('rolled back')),
    );
    await expect(running).rejects.toThrow('rolled back');
    await expect(readFile(marker)).rejects.toThrow('ENOENT');
  });

  test('ends a willing program at once', async () => {
    const aborting = new AbortController();
    const running = processRunner({ grace: 60_000 }).run(
      node('console.log("up"); setInterval(() => {}, 1000)', {
        onLine: () => aborting.abort(new Error('stop')),
      }),
      aborting.signal,
    );
    const started = performance.now();
    await expect(running).rejects.toThrow('stop');
    expect(performance.now() - started).toBeLessThan(30_000);
  }, 40_000);

  test('ends grandchildren that ignore SIGTERM before it rejects', async () => {
    const aborting = new AbortController();
    const pids: number[] = [];
    const onLine = (line: string) => {
      pids.push(Number(line.split(' ')[1]));
      if (pids.length === 2) aborting.abort(new Error('timed out'));
    };
    await expect(
      processRunner({ grace: 300 }).run(node(stubborn, { onLine }), aborting.signal),
    ).rejects.toThrow('timed out');
    expect(pids).toHaveLength(2);
    expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  });
});

describe('an output', () => {
  test('is kept as its last 64 KiB', async () => {
    const exit = await run(node('process.stdout.write("a".repeat(200000) + "end")'));
    expect(exit.stdout).toHaveLength(outputLimit);
    expect(exit.stdout.endsWith('aend')).toBe(true);
  });

  test('with a line of 100 kB is handed on as its beginning, and the next line is whole', async () => {
    const lines: string[] = [];
    await run(
      node('process.stdout.write("b".repeat(100000) + "\\nnext\\n")', { onLine: (line) => lines.push(line) }),
    );
    expect(lines).toHaveLength(2);
    expect(lines[0]).toHaveLength(lineLimit + 1);
    expect(lines[1]).toBe('next');
  });

  test('is read line by line, however it comes in pieces', () => {
    const lines: string[] = [];
    const reader = outputReader((line) => lines.push(line));
    const bytes = Buffer.from('größe\r\n10%\r20%\rdone\n\nlast');
    for (const byte of bytes) reader.push(Buffer.from([byte]));
    reader.end();
    expect(lines).toEqual(['größe', '10%', '20%', 'done', 'last']);
    expect(reader.tail()).toBe(bytes.toString());
  });
});
