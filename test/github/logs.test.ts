import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { github as githubAt } from '../../src/adapters/github/github.ts';
import { sha256 } from '../../src/core/json.ts';
import { artifactArchive } from '../../src/steps/artifact-archive.ts';
import { githubDouble, jobOf } from '../doubles/github.ts';
import { noon, runOnce } from '../support/step-context.ts';

const token = 'value of GITHUB';
const leaked = `ghp_${'a1B2'.repeat(9)}`;

let dir: string;
let github: Awaited<ReturnType<typeof githubDouble>>;
let run: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-logs-'));
  github = await githubDouble({ repository: 'aether/platform', token, now: () => noon, inputs: [] });
  run = github.start('CI', 'cutover-bot').id;
  const jobs = [jobOf('build', 'completed', 'success'), jobOf('test', 'completed', 'failure')];
  github.progress(run, { status: 'completed', conclusion: 'failure' }, jobs);
  github.writeLog(run * 10, `Step 1\nusing ${leaked}\n`);
  github.writeLog(run * 10 + 1, '811 passed, 1 failed');
});
afterEach(async () => {
  await github.stop();
  await rm(dir, { recursive: true });
});

const connection = () => ({
  kind: 'github',
  repository: 'aether/platform',
  api: github.url,
  token: '${{ secrets.GITHUB }}',
});

const archive = (more: object = {}) =>
  runOnce(
    artifactArchive,
    {
      connection: 'archive',
      items: [{ name: 'ci.log', from: { workflow: { connection: 'github', run } } }],
      ...more,
    },
    {
      connections: { archive: { kind: 'folder', path: dir }, github: connection() },
      world: { artifacts: (given: { kind: string }) => artifactStore(given, { fetch, env: {} }) },
    },
  );

const workflows = () =>
  githubAt(connection(), {
    fetch: (input, init) => fetch(input, { ...init, headers: { 'user-agent': 'x', ...init?.headers } }),
    env: {},
    secret: async () => token,
    pause: async () => undefined,
  }).workflows;
const soon = () => AbortSignal.timeout(5_000);

describe('the logs of a run', () => {
  it('are archived job by job, without secrets, and stand in the manifest with their hash', async () => {
    expect(await archive()).toMatchObject({ status: 'succeeded' });
    const text = await readFile(join(dir, 'test-1', 'ci.log'), 'utf8');
    expect(text).toBe(
      '===== build: success =====\nStep 1\nusing [redacted]\n\n===== test: failure =====\n811 passed, 1 failed\n',
    );
    const manifest = JSON.parse(await readFile(join(dir, 'test-1', 'manifest.json'), 'utf8'));
    expect(manifest.items).toEqual([
      {
        name: 'ci.log',
        source: `run ${run} in github`,
        sha256: sha256(text),
        bytes: Buffer.byteLength(text),
      },
    ]);
  });

  it('are fetched from where GitHub leads to, and no credentials go there', async () => {
    await archive();
    expect(github.blobs.map(({ path }) => path)).toEqual([
      `/logs/${run * 10}?sig=once`,
      `/logs/${run * 10 + 1}?sig=once`,
    ]);
    expect(JSON.stringify(github.blobs)).not.toContain(token);
    expect(github.blobs.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('of a long job are its end, and how much is missing is said', async () => {
    const log = await workflows().log(run * 10 + 1, 8, soon());
    expect(log).toEqual({ text: '1 failed', cut: '\uFEFF811 passed, '.length + 2 });
    github.writeLog(run * 10, 'x'.repeat(3 * 1024 * 1024));
    const long = await workflows().log(run * 10, 1024 * 1024, soon());
    expect(long).toEqual({ text: 'x'.repeat(1024 * 1024), cut: 2 * 1024 * 1024 + 3 });
  });

  it('that GitHub does not keep are told of, and one that is too long altogether is refused', async () => {
    github.progress(run, {}, [
      jobOf('build', 'completed', 'success'),
      jobOf('a', 'completed', 'skipped'),
      jobOf('b', 'completed', 'skipped'),
    ]);
    await archive();
    expect(await readFile(join(dir, 'test-1', 'ci.log'), 'utf8')).toContain(
      '===== b: skipped =====\nGitHub keeps no log of this job.',
    );
    expect(await archive({ maxBytes: 20 })).toMatchObject({
      status: 'failed',
      summary: `the logs of run ${run} are over 20 bytes`,
    });
  });

  it('are asked for again by a retry while GitHub is away', async () => {
    github.limit(20);
    expect(await archive()).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('GitHub answered 429'),
      retryable: true,
    });
  });
});
