import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report } from '../../src/steps/report.ts';
import { githubDouble } from '../doubles/github.ts';
import { journalOf, whole } from '../report/journal.ts';
import { contextFor, noon, runOnce } from '../support/step-context.ts';

let github: Awaited<ReturnType<typeof githubDouble>>;

beforeEach(async () => {
  github = await githubDouble({
    repository: 'aether/platform',
    token: 'value of GITHUB',
    now: () => noon,
    inputs: [],
  });
});
afterEach(() => github.stop());

const path = 'docs/AUDIT_REPORT.md';
const input = { pullRequest: { connection: 'github', path } };
const options = () => ({
  connections: {
    github: {
      kind: 'github',
      repository: 'aether/platform',
      api: github.url,
      token: '${{ secrets.GITHUB }}',
    },
  },
  journal: journalOf(whole),
});
const proposed = () => github.branches.get('cutover/test-1')?.get(path) ?? '';

describe('the entry of an audit report by pull request', () => {
  it('comes from a branch of its own, beside all that stood there, in one pull request however often it is made', async () => {
    github.branches.get('main')?.set(path, '# Audit report\n\nGrüße\n');
    const result = await runOnce(report, input, options());
    const url = 'https://github.example/aether/platform/pull/1';
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: `Report of 14 events in ${url}`,
      output: { pullRequest: url },
    });
    expect(proposed()).toMatch(
      /^# Audit report\n\nGrüße\n\n## Deployments\n\n<!-- cutover test-1: begin -->/,
    );
    expect(github.branches.get('main')?.get(path)).toBe('# Audit report\n\nGrüße\n');
    const changes = github.mutations().length;
    expect(await runOnce(report, input, options())).toEqual(result);
    expect(github.mutations()).toHaveLength(changes);
    expect(github.pulls).toMatchObject([{ head: 'cutover/test-1', base: 'main' }]);
  });

  it('makes the file where there is none', async () => {
    expect((await runOnce(report, input, options())).status).toBe('succeeded');
    expect(proposed()).toMatch(/^# Audit report\n\n## Deployments/);
  });

  it('is doubled by no answer that gets lost', async () => {
    for (const expected of ['failed', 'failed', 'succeeded']) {
      if (expected === 'failed') github.loseAnswer();
      expect((await runOnce(report, input, options())).status).toBe(expected);
    }
    expect(github.pulls).toHaveLength(1);
    expect(proposed().split('cutover test-1: begin')).toHaveLength(2);
  });

  it('fails in words, and says so in the plan', async () => {
    const wrong = { pullRequest: { ...input.pullRequest, base: 'nowhere' } };
    expect(await runOnce(report, wrong, options())).toMatchObject({
      status: 'failed',
      summary: 'GitHub answered 404: Not Found',
    });
    expect((await report.plan(contextFor(report, input, options()))).summary).toBe(
      `Write the report into a pull request for ${path}`,
    );
    expect(report.input.safeParse({ pullRequest: { connection: 'github', path: '../x.md' } }).success).toBe(
      false,
    );
  });
});
