import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../../src/steps/command.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

function node(source: string, ...args: string[]) {
  return { argv: [process.execPath, '-e', source, ...args] };
}

test('streams its lines without control characters, and ends with its last', async () => {
  const context = contextFor(
    command,
    node('console.log("\\u001b[32mchecking\\u001b[0m"); console.log("812 passed")'),
  );
  const result = await command.run(context, new AbortController().signal);
  expect(context.tails).toEqual(['checking', '812 passed']);
  expect(result).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(/^812 passed \(node, .*\)$/),
  });
  expect(result.status === 'succeeded' && result.output).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('812'),
  });
});

test('a failure tells the code and the end of both outputs', async () => {
  const result = await runOnce(
    command,
    node('console.log("3 failed"); console.error("see log"); process.exit(4)'),
  );
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('node ended with exit code 4'),
    detail: '3 failed\nsee log',
    retryable: true,
  });
});

test.each([
  ['stdout.trim() == ""', '', 'succeeded'],
  ['stdout.trim() == ""', 'console.log(" M values.yaml")', 'failed'],
  ['stdout.startsWith("4f1c") && code == 0', 'console.log("4f1c0ffee")', 'succeeded'],
  ['stderr.contains("x")', 'console.log("x")', 'failed'],
])('%s of what %j prints: %s', async (expectation, source, status) => {
  const result = await runOnce(command, { ...node(source), expect: expectation });
  expect(result.status).toBe(status);
  if (result.status !== 'failed') return;
  expect(result.summary).toContain(`ended with exit code 0, and this does not hold: ${expectation}`);
});

test('the values file of a release is committed, and at the revision that it should be', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-git-'));
  const git = (...args: string[]) => ({ argv: ['git', '-C', dir, ...args] });
  const as = ['-c', 'user.name=a', '-c', 'user.email=a@example.test', '-c', 'commit.gpgsign=false'];
  const clean = { ...git('status', '--porcelain', '--', 'values.yaml'), expect: 'stdout.trim() == ""' };
  try {
    await runOnce(command, git('init', '-q'));
    await writeFile(join(dir, 'values.yaml'), 'replicas: 3\n');
    expect((await runOnce(command, clean)).status).toBe('failed');
    await runOnce(command, git('add', 'values.yaml'));
    expect(await runOnce(command, git(...as, 'commit', '-qm', 'values'))).toMatchObject({
      status: 'succeeded',
    });
    expect((await runOnce(command, clean)).status).toBe('succeeded');
    const tracked = {
      ...git('ls-files', '--error-unmatch', 'values.yaml'),
      expect: 'stdout.contains("values.yaml")',
    };
    expect((await runOnce(command, tracked)).status).toBe('succeeded');
    const head = await runOnce(command, git('rev-parse', 'HEAD'));
    const revision =
      head.status === 'succeeded' ? String((head.output as { stdout: string }).stdout).trim() : '';
    const same = { ...git('rev-parse', 'HEAD'), expect: `stdout.trim() == "${revision}"` };
    expect((await runOnce(command, same)).status).toBe('succeeded');
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('other codes can be a success', async () => {
  const result = await runOnce(command, { ...node('process.exit(4)'), okCodes: [0, 4] });
  expect(result.status).toBe('succeeded');
});

test('a program that ends itself by a signal is a failure that says so', async () => {
  const result = await runOnce(command, node('process.kill(process.pid, "SIGKILL")'));
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('was ended by SIGKILL'),
  });
});

test('a program that is not there was never started: no doubt about it', async () => {
  expect(await runOnce(command, { argv: ['no-such-program'] })).toEqual({
    status: 'failed',
    summary: "no-such-program can't start: there is no such program on the PATH.",
    retryable: false,
  });
});

test('what the policy does not allow is not run, and the plan says so', async () => {
  const asked: (readonly string[])[] = [];
  const world = {
    commandAllowed(argv: readonly string[]) {
      asked.push(argv);
      return false;
    },
    processes: { run: () => Promise.reject(new Error('it was run')) },
  };
  expect(await runOnce(command, { argv: ['rm', '-rf', '/'] }, { world })).toEqual({
    status: 'failed',
    summary: "The policy doesn't allow rm -rf /",
    detail: 'Add it to `commands.allow` in the policy, or take another step kind.',
    retryable: false,
  });
  const line = await command.plan(contextFor(command, { argv: ['rm', '-rf', '/'] }, { world }));
  expect(line.summary).toContain('Run rm -rf /: not allowed by the policy');
  expect(asked).toEqual([
    ['rm', '-rf', '/'],
    ['rm', '-rf', '/'],
  ]);
});

test('an abort ends the program', async () => {
  const aborting = new AbortController();
  const context = contextFor(command, node('console.log("up"); setInterval(() => {}, 1000)'));
  const running = command.run(
    { ...context, tail: () => aborting.abort(new Error('rolled back')) },
    aborting.signal,
  );
  await expect(running).rejects.toThrow('rolled back');
});

test.each([
  [{ argv: [] }, 'argv'],
  [{ argv: 'rm -rf /' }, 'argv'],
  [{ argv: ['x'], env: { PATH: '/tmp' } }, 'round the allow-list'],
  [{ argv: ['x'], env: { LD_PRELOAD: 'x.so' } }, 'round the allow-list'],
  [{ argv: ['x'], env: { 'A=B': 'x' } }, 'the name of a variable'],
  [{ argv: ['x'], okCodes: [] }, 'okCodes'],
  [{ argv: ['x'], shell: true }, 'shell'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(command.input.safeParse(input).error?.issues)).toContain(message);
});
