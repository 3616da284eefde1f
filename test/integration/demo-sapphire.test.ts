import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../architecture/source.ts';
import { startDemo } from '../support/demo.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-demo-sapphire-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Folders that it made: among the temporary files, and below the working folder. */
async function leftovers(): Promise<string[]> {
  const data = join(root, 'data');
  const found = [...(await readdir(dir)), ...(existsSync(data) ? await readdir(data) : [])];
  return found.filter((name) => name.startsWith('cutover-demo-sapphire'));
}

test('npm run demo -- sapphire launches, goes back from a bad revision by itself, and launches cleanly', async () => {
  const child = startDemo(dir, ['sapphire']);
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  const lines = (await output).split('\n');
  expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
  expect(code).toBe(0);
  expect(lines).toContain('✓ The soak failed, and nobody had to press anything');
  expect(lines).toContain('✓ The captured revisions get 100 %, by name');
  expect(lines).toContain('✓ Production runs what staging ran, digest by digest');
  expect(lines).toContain('✓ Logs are kept as long as before');
  expect(await leftovers()).toEqual([]);
});
