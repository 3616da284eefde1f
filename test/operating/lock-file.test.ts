import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeLockFile, readLockFile } from '../../.ci/lock-file.ts';
import { root } from '../architecture/source.ts';

describe('package-lock.json', () => {
  const lock = readLockFile(join(root, 'package-lock.json'));
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');

  test('holds the optional packages of every system, so that npm ci takes it (else: npm run lock)', () => {
    const missing = Object.keys(completeLockFile(lock).packages).filter((path) => !lock.packages[path]);
    expect(missing).toEqual([]);
  });

  test('names no host that packages were fetched from', () => {
    expect(entries.filter(([, entry]) => entry.resolved).map(([path]) => path)).toEqual([]);
  });

  test('has a checksum for every package that is not for another system, nor within one that has', () => {
    const unchecked = entries.filter(
      ([, entry]) => !entry.integrity && !entry.optional && entry.inBundle !== true,
    );
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  test('needs no install script', () => {
    const scripted = entries.filter(([, entry]) => entry.hasInstallScript && !entry.optional);
    expect(scripted.map(([path]) => path)).toEqual([]);
  });
});

test('a missing optional package is added with its system, one that is there stays', () => {
  const parent = {
    version: '2.0.0',
    dev: true,
    optionalDependencies: {
      '@x/cli-linux-x64': '2.0.0',
      '@x/cli-linux-arm64-musl': '2.0.0',
      loose: '^1.0.0',
    },
  };
  const there = { version: '2.0.0', integrity: 'sha512-x', optional: true };
  const lock = { packages: { '': {}, 'node_modules/x': parent, 'node_modules/@x/cli-linux-x64': there } };
  expect(completeLockFile(lock).packages).toEqual({
    '': {},
    'node_modules/@x/cli-linux-arm64-musl': {
      version: '2.0.0',
      cpu: ['arm64'],
      libc: ['musl'],
      os: ['linux'],
      dev: true,
      optional: true,
    },
    'node_modules/@x/cli-linux-x64': there,
    'node_modules/x': parent,
  });
});
