import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { sha256 } from '../../src/core/json.ts';
import { artifactArchive } from '../../src/steps/artifact-archive.ts';
import { journalOf, whole } from '../report/journal.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

let server: TestServer;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-archive-'));
  server = await serve(({ path }, response) =>
    path === '/openapi.json' ? json(response, { openapi: '3.1.0' }) : json(response, {}, 404),
  );
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

const options = () => ({
  connections: { archive: { kind: 'folder', path: dir } },
  world: { artifacts: (connection: { kind: string }) => artifactStore(connection, { fetch, env: {} }) },
  journal: journalOf(whole),
});
const archive = (items: object[], more: object = {}) =>
  runOnce(artifactArchive, { connection: 'archive', items, ...more }, options());

describe('artifact.archive', () => {
  it('stores every kind of item, and the manifest of their hashes', async () => {
    const result = await archive(
      [
        { name: 'openapi.json', from: { url: `${server.url}/openapi.json` } },
        { name: 'notes.txt', from: { text: 'é' } },
        { name: 'state.json', from: { json: { b: 1, a: [null] } } },
        { name: 'package.json', from: { file: 'package.json' } },
        { name: 'journal.jsonl', from: { journal: true } },
      ],
      { prefix: 'audit/2026' },
    );
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('Archived 5 artefacts'),
    });
    const folder = join(dir, 'audit', '2026');
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    expect(await read('openapi.json')).toBe('{"openapi":"3.1.0"}');
    expect(await read('state.json')).toBe('{"a":[null],"b":1}\n');
    expect(await read('package.json')).toBe(await readFile('package.json', 'utf8'));
    const journal = (await read('journal.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(journal).toEqual(journalOf(whole));
    const manifest = JSON.parse(await read('manifest.json'));
    expect(manifest).toMatchObject({ v: 1, rollout: 'test-1', step: 'probe' });
    expect(manifest.items).toHaveLength(5);
    for (const { name, sha256: digest, bytes } of manifest.items) {
      const body = await readFile(join(folder, name));
      expect({ name, digest, bytes }).toEqual({ name, digest: sha256(body), bytes: body.length });
    }
  });

  it('ends the same when it is repeated', async () => {
    const items = [{ name: 'notes.txt', from: { text: 'x' } }];
    const first = await archive(items);
    expect(await archive(items)).toEqual(first);
    expect((await readdir(join(dir, 'test-1'))).sort()).toEqual(['manifest.json', 'notes.txt']);
  });

  it.each([
    [{ url: '/missing' }, /answered 404/],
    [{ file: 'no-such-file.txt' }, /can't be read \(ENOENT\)/],
    [{ file: 'package-lock.json' }, /over the limit of 1000/],
  ])('fails, to be tried again, on %j, and writes no manifest', async (from, message) => {
    const given = 'url' in from ? { url: server.url + from.url } : from;
    const result = await archive(
      [
        { name: 'a', from: { text: 'x' } },
        { name: 'b', from: given },
      ],
      { maxBytes: 1_000 },
    );
    expect(result).toMatchObject({
      status: 'failed',
      retryable: true,
      summary: expect.stringMatching(message),
    });
    expect(await readdir(join(dir, 'test-1'))).toEqual(['a']);
  });

  it('stores nothing once it is stopped, and nothing to plan', async () => {
    const context = contextFor(
      artifactArchive,
      { connection: 'archive', items: [{ name: 'a', from: { text: 'x' } }] },
      options(),
    );
    expect(await artifactArchive.plan(context)).toEqual({ summary: 'Archive a in archive', diff: [] });
    const stop = new Error('stop');
    await expect(artifactArchive.run(context, AbortSignal.abort(stop))).rejects.toBe(stop);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([
    [[]],
    [[{ name: '../up', from: { text: 'x' } }]],
    [[{ name: 'a', from: { file: '.env' } }]],
    [[{ name: 'a', from: { file: '/etc/passwd' } }]],
    [[{ name: 'a', from: { file: 'src/../../x' } }]],
    [[{ name: 'a', from: { text: 'x', url: 'http://a' } }]],
    [[{ name: 'manifest.json', from: { text: 'x' } }]],
    [
      [
        { name: 'a', from: { text: 'x' } },
        { name: 'a', from: { text: 'y' } },
      ],
    ],
  ])('refuses the items %j', (items) => {
    expect(artifactArchive.input.safeParse({ connection: 'archive', items }).success).toBe(false);
  });
});
