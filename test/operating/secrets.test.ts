import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretSource } from '../../src/adapters/secrets.ts';

let dir: string;
let remembered: string[];
const remember = (value: string): void => {
  remembered.push(value);
};

beforeEach(async () => {
  remembered = [];
  dir = await mkdtemp(join(tmpdir(), 'cutover-secrets-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('files come before the environment, one line end is taken off, and what is handed out is remembered', async () => {
  await writeFile(join(dir, 'ASTER_KEY'), 'from-file\n');
  const source = secretSource({
    dir,
    env: { SECRET_ASTER_KEY: 'from-env', SECRET_OTHER: 'other' },
    remember,
  });
  expect(await source.get('ASTER_KEY')).toBe('from-file');
  expect(await source.get('OTHER')).toBe('other');
  expect(await source.get('NONE')).toBeUndefined();
  expect(remembered).toEqual(['from-file', 'other']);
});

test('a rotated secret counts at once', async () => {
  const source = secretSource({ dir, env: {}, remember });
  await writeFile(join(dir, 'KEY'), 'old-value');
  expect(await source.get('KEY')).toBe('old-value');
  await writeFile(join(dir, 'KEY'), 'new-value');
  expect(await source.get('KEY')).toBe('new-value');
});

test('names, never values; folders, hidden files and empty variables are none', async () => {
  await writeFile(join(dir, 'B'), 'x');
  await writeFile(join(dir, '..data.json'), 'x');
  await mkdir(join(dir, 'folder'));
  const source = secretSource({ dir, env: { SECRET_A: 'x', SECRET_EMPTY: '', OTHER: 'x' }, remember });
  expect(await source.names()).toEqual(['A', 'B']);
  expect(remembered).toEqual([]);
});

test.each(['../etc/passwd', '/etc/passwd', 'a/b', '', '.', '..', 'x\0y'])(
  'no way out of the folder: %j',
  async (name) => {
    expect(await secretSource({ dir, env: {}, remember }).get(name)).toBeUndefined();
  },
);

test('a file that can not be read is a fault that names it', async () => {
  await mkdir(join(dir, 'KEY'));
  await expect(secretSource({ dir, env: {}, remember }).get('KEY')).rejects.toThrow(
    "The file of the secret KEY under SECRETS_DIR can't be read.",
  );
});

test('without a folder the environment alone counts', async () => {
  const source = secretSource({ env: { SECRET_A: 'value-a' }, remember });
  expect(await source.get('A')).toBe('value-a');
  expect(await source.names()).toEqual(['A']);
});
