import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localFiles } from '../../src/adapters/artifacts/local-files.ts';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { sha256 } from '../../src/core/json.ts';
import { report } from '../../src/steps/report.ts';
import { expectedReport, journalOf, whole } from '../report/journal.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-report-'));
});
afterEach(() => rm(dir, { recursive: true }));

const options = () => ({
  connections: { archive: { kind: 'folder', path: dir } },
  world: { artifacts: (connection: { kind: string }) => artifactStore(connection, { fetch, env: {} }) },
  journal: journalOf(whole),
});

describe('report', () => {
  it('keeps the report in the archive, with its hash and the head of the journal', async () => {
    const result = await runOnce(report, { connection: 'archive' }, options());
    const text = await expectedReport();
    expect(await readFile(join(dir, 'test-1', 'report.md'), 'utf8')).toBe(text);
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringMatching(/^Report of 14 events in file:/),
      output: { sha256: sha256(text), events: 14, head: journalOf(whole).at(-1)?.hash },
    });
    expect(await runOnce(report, { connection: 'archive' }, options())).toEqual(result);
  });

  it('keeps the page and the entry for an audit report beside it, each with its hash', async () => {
    const result = await runOnce(report, { connection: 'archive' }, options());
    const [page, entry] = await Promise.all(
      ['report.html', 'audit.md'].map((name) => readFile(join(dir, 'test-1', name), 'utf8')),
    );
    expect(page).toMatch(/^<!doctype html>[\s\S]*<svg /);
    expect(entry).toMatch(/^### aether-7: /);
    expect(result).toMatchObject({
      output: {
        html: { uri: expect.stringMatching(/report\.html$/), sha256: sha256(page ?? '') },
        audit: { uri: expect.stringMatching(/audit\.md$/), sha256: sha256(entry ?? '') },
      },
    });
  });

  it('puts its entry into an audit report', async () => {
    const given = { path: 'docs/AUDIT_REPORT.md' };
    const world = { files: localFiles(dir) };
    const result = await runOnce(report, given, { ...options(), world });
    expect(result).toMatchObject({ status: 'succeeded', output: { path: 'docs/AUDIT_REPORT.md' } });
    const text = await readFile(join(dir, 'docs', 'AUDIT_REPORT.md'), 'utf8');
    expect(text).toMatch(/^# Audit report\n\n## Deployments\n\n<!-- cutover test-1: begin -->\n### aether-7/);
    await runOnce(report, given, { ...options(), world });
    expect(await readFile(join(dir, 'docs', 'AUDIT_REPORT.md'), 'utf8')).toBe(text);
  });

  it('stores nothing once it is stopped', async () => {
    const stop = new Error('stop');
    const running = report.run(
      contextFor(report, { connection: 'archive' }, options()),
      AbortSignal.abort(stop),
    );
    await expect(running).rejects.toBe(stop);
  });

  it.each([{}, { path: '../x.md' }, { path: 'docs/.x.md' }, { path: 'package.json' }, { conection: 'x' }])(
    'refuses the input %j',
    (input) => {
      expect(report.input.safeParse(input).success).toBe(false);
    },
  );
});
