import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderStore } from '../../src/adapters/artifacts/folder.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-folder-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('does not follow a link out of its folder', async () => {
  await mkdir(join(dir, 'archive'));
  await mkdir(join(dir, 'outside'));
  await symlink(join(dir, 'outside'), join(dir, 'archive', 'a'));
  const store = folderStore(join(dir, 'archive'));
  const put = store.put('a/b', new Uint8Array([1]), 'text/plain', AbortSignal.timeout(5_000));
  await expect(put).rejects.toMatchObject({ name: 'ArtifactError', reason: 'refused' });
  expect(await readdir(join(dir, 'outside'))).toEqual([]);
});

it('replaces a file whole while others write the same', async () => {
  const store = folderStore(join(dir, 'archive'));
  const bodies = Array.from({ length: 20 }, (_, index) => new Uint8Array(10_000).fill(index));
  await Promise.all(bodies.map((body) => store.put('same', body, 'text/plain', AbortSignal.timeout(5_000))));
  expect(await readdir(join(dir, 'archive'))).toEqual(['same']);
});
