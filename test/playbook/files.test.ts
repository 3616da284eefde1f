import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironments, readPlaybooks } from '../../src/adapters/playbook-files.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cutover-playbooks-'));
  dir = join(root, 'playbooks');
  await mkdir(dir);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const named = (name: string) => goodPlaybook.replace('aether-blue-green', name);
const put = (name: string, text: string) => writeFile(join(dir, name), text);

describe('the playbooks folder', () => {
  it('gives the good playbooks, and the problems of the bad ones', async () => {
    await put('a.yaml', named('one'));
    await put('b.yml', named('two'));
    await put('bad.yaml', named('three').replace('onFailure', 'onFailur'));
    await put('notes.txt', 'not a playbook');
    await put('.hidden.yaml', 'x');
    await mkdir(join(dir, 'folder.yaml'));
    const read = await readPlaybooks(dir, testKinds);
    expect([...read.playbooks.keys()]).toEqual(['one', 'two']);
    expect([...read.files]).toEqual([
      ['one', join(dir, 'a.yaml')],
      ['two', join(dir, 'b.yml')],
    ]);
    expect(read.problems.map(({ file, message }) => `${file.slice(dir.length + 1)} ${message}`)).toEqual([
      'bad.yaml unknown key "onFailur"',
      'folder.yaml not a file',
    ]);
  });

  it('refuses a second playbook of one name', async () => {
    await put('a.yaml', named('one'));
    await put('b.yaml', named('one'));
    const read = await readPlaybooks(dir, testKinds);
    expect(read.files.get('one')).toBe(join(dir, 'a.yaml'));
    expect(read.problems).toEqual([
      {
        file: join(dir, 'b.yaml'),
        line: 1,
        column: 1,
        message: 'the playbook "one" stands in a.yaml already',
        hint: 'give one of them another name',
      },
    ]);
  });

  it('follows no link that leads out of it, and one that stays inside', async () => {
    await writeFile(join(root, 'outside.yaml'), named('outside'));
    await writeFile(`${dir}-outside.yaml`, named('beside'));
    await put('real.yaml', named('real'));
    await symlink(join(root, 'outside.yaml'), join(dir, 'a.yaml'));
    await symlink(`${dir}-outside.yaml`, join(dir, 'b.yaml'));
    await symlink(join(root, 'nowhere.yaml'), join(dir, 'c.yaml'));
    await symlink(join(dir, 'real.yaml'), join(dir, 'z.yaml'));
    const read = await readPlaybooks(dir, testKinds);
    expect([...read.playbooks.keys()]).toEqual(['real']);
    expect(read.problems.map(({ message }) => message)).toEqual([
      'a link that leads out of the playbooks folder is not followed',
      'a link that leads out of the playbooks folder is not followed',
      "can't be read: there is no such file or folder",
      'the playbook "real" stands in real.yaml already',
    ]);
  });

  it('does not read a file of 5 MB', async () => {
    await put('a.yaml', 'x'.repeat(5_000_000));
    const read = await readPlaybooks(dir, testKinds);
    expect(read.problems.map(({ message }) => message)).toEqual([
      'the file has 5000000 bytes; at most 1000000 are read',
    ]);
    expect(read.texts.size).toBe(0);
  });

  it('that is not there is a problem, not a fault', async () => {
    const read = await readPlaybooks(join(root, 'nowhere'), testKinds);
    expect(read.problems.map(({ message }) => message)).toEqual([
      "the playbooks folder can't be read: there is no such file or folder",
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read is a problem too', async () => {
    await put('a.yaml', goodPlaybook);
    await chmod(join(dir, 'a.yaml'), 0o000);
    const read = await readPlaybooks(dir, testKinds);
    expect(read.problems.map(({ message }) => message)).toEqual([
      "can't be read: it may not be read: check its permissions",
    ]);
  });
});

describe('the environments file', () => {
  it('is read', async () => {
    await writeFile(join(root, 'environments.yaml'), 'staging: {}\n');
    const read = await readEnvironments(join(root, 'environments.yaml'), new Map());
    expect('environments' in read && [...read.environments.keys()]).toEqual(['staging']);
  });

  it('that is not there is a problem', async () => {
    const file = join(root, 'environments.yaml');
    expect(await readEnvironments(file, new Map())).toEqual({
      problems: [
        {
          file,
          line: 1,
          column: 1,
          message: "can't be read: there is no such file or folder",
          hint: 'write one, or set ENVIRONMENTS_FILE to where it is',
        },
      ],
    });
  });
});
