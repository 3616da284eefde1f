import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createForms } from '../../src/commands/forms.ts';
import { parse } from '../../src/commands/parse.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import '../support/fuzz-seed.ts';
import { aether, sapphire, scene } from './scene.ts';

const shop = playbookSchema.parse({
  apiVersion: 'cutover/v1',
  name: 'shop',
  environments: ['production', 'staging'],
  targets: ['north', 'south'],
  params: {
    version: { type: 'string', required: true, pattern: 'v\\d+', description: 'The tag of the image' },
    share: { type: 'number', default: 10 },
    size: { type: 'string', required: true, values: ['small', 'large'] },
    dry: { type: 'boolean' },
    note: { type: 'string' },
  },
  phases: [{ name: 'only', steps: [{ id: 'deploy', uses: 'command' }] }],
});

function forms(playbooks = [shop, aether, sapphire]) {
  const { deps } = scene();
  return createForms({ ...deps, playbooks: () => new Map(playbooks.map((each) => [each.name, each])) });
}
const alice = { platform: 'slack', account: 'T1/U1', channel: 'C1' } as const;
const boss = { ...alice, account: 'T1/U4' };
const atHome = { platform: 'slack', account: 'T1/U1' } as const;
const complete = {
  playbook: 'shop',
  target: 'north',
  env: 'production',
  'param.version': 'v2',
  'param.size': 'small',
};

describe('the form of a start', () => {
  it('asks for all that the playbook takes', () => {
    const form = forms([shop]).formFor(alice, 'start');
    expect(
      form?.fields.map(({ name, kind, optional }) => `${name}: ${kind}${optional ? ', optional' : ''}`),
    ).toEqual([
      'target: choice',
      'env: choice',
      'param.version: text',
      'param.share: number, optional',
      'param.size: choice',
      'param.dry: choice, optional',
      'param.note: text, optional',
      'at: time, optional',
    ]);
    const [, env, version, share] = form?.fields ?? [];
    expect(env).toMatchObject({
      initial: 'production',
      choices: [{ value: 'production' }, { value: 'staging' }],
    });
    expect(version).toMatchObject({ hint: 'The tag of the image · a text like v\\d+' });
    expect(share).toMatchObject({ initial: '10' });
    expect(form?.typed).toBe(
      'start <target> version=<a text like v\\d+> size=<one of small, large> env=<environment>',
    );
  });

  it('begins with the room’s playbook, and offers what the person may start', () => {
    const form = forms().formFor(alice, 'start');
    expect(form?.fields[0]).toMatchObject({ initial: 'aether-blue-green', decides: true });
    expect(form?.fields[0]?.choices?.map(({ value }) => value)).toEqual([
      'shop',
      'aether-blue-green',
      'sapphire',
    ]);
    const bossy = forms().formFor(boss, 'start');
    expect(bossy?.fields[0]?.choices?.map(({ value }) => value)).toEqual(['shop', 'aether-blue-green']);
    expect(bossy?.fields.find(({ name }) => name === 'env')?.choices).toHaveLength(1);
  });

  it('keeps what was typed', () => {
    const form = forms([shop]).formFor(alice, 'start north share=25 env=staging at=23:30 override="go on"');
    const initial = Object.fromEntries(form?.fields.map(({ name, initial }) => [name, initial]) ?? []);
    expect(initial).toMatchObject({
      target: 'north',
      env: 'staging',
      'param.share': '25',
      at: '2026-11-23T22:30:00.000Z',
      override: 'go on',
    });
  });

  it.each([
    ['nothing is missing', alice, 'start north version=v2 size=small env=staging'],
    ['it is another command', alice, 'status'],
    ['nothing of that name is there', alice, 'start nowhere'],
    ['the person may not start there', boss, 'start north env=staging'],
    ['the person may start nothing', { ...alice, account: 'T1/U5' }, 'start'],
    ['nobody knows the person', { ...alice, account: 'T9/U1' }, 'start'],
  ])('does not open where %s', (_, filler, text) => {
    expect(forms([shop]).formFor(filler, text)).toBeUndefined();
  });

  it('is another one for another playbook', () => {
    const again = forms().formAgain(alice, { playbook: 'sapphire', 'param.version': 'v1' });
    expect(again?.variant).toBe('sapphire');
    expect(again?.fields.map(({ name }) => name)).toEqual(['playbook', 'env', 'at']);
  });

  it('asks for the room where it was opened outside of any', () => {
    const field = (filler: typeof atHome) =>
      forms([shop])
        .formFor(filler, 'start')
        ?.fields.find(({ name }) => name === 'channel');
    expect(field(atHome)).toMatchObject({ kind: 'channel', optional: true });
    expect(field({ ...atHome, channel: 'C1' } as typeof atHome)).toBeUndefined();
  });
});

describe('what was filled in', () => {
  it('becomes the command that could have been typed', () => {
    const read = forms().read(alice, { ...complete, at: '2026-11-24T08:00:00.000Z' });
    expect(read).toEqual({
      text: 'start shop version=v2 size=small env=production target=north at=2026-11-24T08:00:00.000Z',
      channel: 'C1',
    });
  });

  it.each([
    ['a pattern', { 'param.version': '2' }, { 'param.version': 'version must match v\\d+, and 2 does not.' }],
    [
      'a missing value',
      { 'param.size': undefined },
      { 'param.size': 'size is missing: give size=<one of small, large>.' },
    ],
    ['a number', { 'param.share': 'ten' }, { 'param.share': 'share must be a number, not ten.' }],
    [
      'a time that is past',
      { at: '2026-11-23T09:00:00.000Z' },
      { at: '2026-11-23 10:00 (Europe/Berlin) is past; it is 2026-11-23 11:00 (Europe/Berlin) now.' },
    ],
    [
      'a time far away',
      { at: '2027-11-23T09:00:00.000Z' },
      { at: 'A start can be planned 90 days ahead at most.' },
    ],
    ['a missing target', { target: undefined }, { env: 'shop needs a target: north or south' }],
    [
      'a playbook that is gone',
      { playbook: 'gone' },
      { playbook: 'It can no longer be started by you. Close this window and look again.' },
    ],
  ])('is refused at its field for %s', (_, change, faults) => {
    const filled = Object.fromEntries(
      Object.entries({ ...complete, ...change }).filter(([, value]) => value !== undefined),
    );
    expect(forms().read(alice, filled as Record<string, string>)).toEqual({ faults });
  });

  it('is refused where the right is missing, with who could', () => {
    expect(forms().read(boss, { ...complete, env: 'staging' })).toEqual({
      faults: { env: 'You have no right to start rollouts in staging. Alice can.' },
    });
  });

  it('counts for the room that follows the environment, or the one that was chosen', () => {
    expect(forms().read(atHome, complete)).toMatchObject({ channel: 'C1' });
    expect(forms().read(atHome, { ...complete, channel: 'C7' })).toMatchObject({ channel: 'C7' });
    expect(forms().read(atHome, { ...complete, env: 'staging' })).toEqual({
      faults: { channel: 'No channel follows staging. Choose one.' },
    });
  });

  it('is read back as it was, whatever was written', () => {
    const check = (note: string) => {
      const read = forms().read(alice, { ...complete, 'param.note': note });
      if ('faults' in read) throw new Error(JSON.stringify(read.faults));
      const parsed = parse(read.text);
      expect('command' in parsed && parsed.command).toMatchObject({
        settings: { params: { note, version: 'v2' }, target: 'north', env: 'production' },
      });
    };
    check('two words & <b>"quoted"</b>\nand a line');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abc "\'\\=<>&;|@#`\n/'), maxLength: 60 }), check),
      { numRuns: 500 },
    );
  });
});
