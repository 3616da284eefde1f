import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { localFiles } from '../../src/adapters/artifacts/local-files.ts';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-local-'));
  root = join(dir, 'root');
  await mkdir(root);
  await writeFile(join(dir, 'outside.txt'), 'secret');
});
afterEach(() => rm(dir, { recursive: true }));

const soon = () => AbortSignal.timeout(5_000);

it('reads and rewrites whole files', async () => {
  const files = localFiles(root);
  await files.rewrite('docs/a.md', (text) => `${text}one\n`);
  await files.rewrite('docs/a.md', (text) => `${text}two\n`);
  expect(Buffer.from(await files.read('docs/a.md', 100, soon())).toString()).toBe('one\ntwo\n');
  expect(await readdir(join(root, 'docs'))).toEqual(['a.md']);
});

it('leads nowhere out of its folder', async () => {
  await symlink(dir, join(root, 'up'));
  await symlink(join(dir, 'outside.txt'), join(root, 'link.txt'));
  const files = localFiles(root);
  for (const path of ['../outside.txt', 'up/outside.txt', 'link.txt']) {
    await expect(files.read(path, 100, soon())).rejects.toThrow('leads out of');
  }
  for (const path of ['../outside.txt', 'up/outside.txt']) {
    await expect(files.rewrite(path, () => 'changed')).rejects.toThrow('leads out of');
  }
  expect(await readFile(join(dir, 'outside.txt'), 'utf8')).toBe('secret');
});

it('says what is missing or too large', async () => {
  await writeFile(join(root, 'large'), 'x'.repeat(200));
  const files = localFiles(root);
  await expect(files.read('none', 100, soon())).rejects.toThrow("none can't be read (ENOENT)");
  await expect(files.read('large', 100, soon())).rejects.toThrow(
    'large has 200 bytes, over the limit of 100',
  );
  const stop = new Error('stop');
  await expect(files.read('large', 999, AbortSignal.abort(stop))).rejects.toBe(stop);
});

it('leaves a file as it was when the change throws', async () => {
  await writeFile(join(root, 'a'), 'before');
  const change = () => {
    throw new Error('no');
  };
  await expect(localFiles(root).rewrite('a', change)).rejects.toThrow("a can't be written");
  expect(await readFile(join(root, 'a'), 'utf8')).toBe('before');
  expect(await readdir(root)).toEqual(['a']);
});
