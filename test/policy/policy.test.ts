import { expect, test } from 'vitest';
import { newEnvironment } from '../../src/core/environment/state.ts';
import { freezeAt } from '../../src/core/policy/freeze.ts';
import {
  channelOf,
  commandAllowed,
  may,
  peopleWith,
  personOf,
  quorumOf,
  rolesOf,
  whoMay,
} from '../../src/core/policy/policy.ts';
import { type Policy, policySchema } from '../../src/core/policy/schema.ts';
import { formatInstant, instantOf, localTime } from '../../src/core/policy/zoned-time.ts';

const policy: Policy = policySchema.parse({
  timezone: 'Europe/Berlin',
  people: {
    alice: { name: 'Alice', slack: ['T1/U1'], telegram: [11] },
    bob: { name: 'Bob', slack: ['T1/U2', 'T2/U2'] },
  },
  roles: { engineer: ['alice', 'bob'], manager: ['bob'] },
  environments: { production: { start: ['engineer'], approve: ['manager', 'engineer'], quorum: 2 } },
  channels: { 'slack:C1': { environment: 'production', playbook: 'aether' } },
  freezes: [
    {
      name: 'nights',
      environments: ['production'],
      every: '0 22 * * *',
      for: '8h',
      reason: 'nobody is here',
    },
    { name: 'holidays', from: '2026-12-24T18:00', to: '2026-12-27T08:00', reason: 'holidays' },
  ],
  commands: {
    allow: [
      ['npm', 'test'],
      ['node', 'sandbox/checks/*.ts'],
      ['make', '-j*', '**'],
    ],
  },
});

test.each([
  ['slack', 'T1/U1', 'alice'],
  ['slack', 'T2/U2', 'bob'],
  ['slack', 'T2/U1', undefined],
  ['slack', 'alice', undefined],
  ['telegram', '11', 'alice'],
  ['telegram', '011', undefined],
  ['telegram', 'alice', undefined],
  ['console', 'bob', 'bob'],
  ['console', 'toString', undefined],
  ['console', '', undefined],
] as const)('on %s the account %s is %s', (platform, account, id) => {
  expect(personOf(policy, platform, account)?.id).toBe(id);
});

test('no policy entry, no right', () => {
  expect(may(policy, 'production', 'start', 'alice')).toBe(true);
  expect(may(policy, 'production', 'lock', 'alice')).toBe(false);
  expect(may(policy, 'production', 'start', 'zoe')).toBe(false);
  expect(may(policy, 'staging', 'start', 'alice')).toBe(false);
  expect(may(policy, 'constructor', 'start', 'alice')).toBe(false);
});

test('people are named once, in order', () => {
  expect(whoMay(policy, 'production', 'approve')).toEqual([
    { id: 'bob', name: 'Bob' },
    { id: 'alice', name: 'Alice' },
  ]);
  expect(whoMay(policy, 'staging', 'approve')).toEqual([]);
  expect(peopleWith(policy, ['manager', 'unheard-of'])).toEqual([{ id: 'bob', name: 'Bob' }]);
  expect(rolesOf(policy, 'bob')).toEqual(['engineer', 'manager']);
  expect(quorumOf(policy, 'production')).toBe(2);
  expect(quorumOf(policy, 'staging')).toBe(1);
  expect(channelOf(policy, { platform: 'slack', id: 'C1' }).playbook).toBe('aether');
  expect(channelOf(policy, { platform: 'telegram', id: 'C1' })).toEqual({});
});

test('a topic of a Telegram group is under the entry of its group, unless it has its own', () => {
  const channels = {
    'telegram:-1001': { environment: 'staging' },
    'telegram:-1001/45': { environment: 'production' },
    'slack:C1': { playbook: 'aether' },
  };
  const of = (id: string, platform: 'telegram' | 'slack' = 'telegram') =>
    channelOf({ ...policy, channels }, { platform, id });
  expect(of('-1001/7')).toEqual({ environment: 'staging' });
  expect(of('-1001/45')).toEqual({ environment: 'production' });
  expect(of('-1002/45')).toEqual({});
  expect(of('C1/7', 'slack')).toEqual({});
});

test.each([
  [['npm', 'test'], true],
  [['npm'], false],
  [['npm', 'test', '--watch'], false],
  [['node', 'sandbox/checks/preflight.ts'], true],
  [['node', 'sandbox/checks/../../evil.ts'], false],
  [['node', 'sandbox/checks/a/b.ts'], false],
  [['node', 'sandbox/checks/.ts'], true],
  [['node', 'sandbox/checks/x.tsx'], false],
  [['make', '-j4'], true],
  [['make', '-j4', 'all', 'install; rm'], true],
  [['make', 'all'], false],
  [['/usr/bin/npm', 'test'], false],
  [[], false],
])('the allow-list answers %j with %s', (argv, allowed) => {
  expect(commandAllowed(policy, argv)).toBe(allowed);
});

const at = (text: string) => Date.parse(text);
const production = newEnvironment('production');

test.each([
  ['2026-07-01T19:59:59.999Z', undefined],
  ['2026-07-01T20:00:00Z', '2026-07-02T04:00:00.000Z'],
  ['2026-07-02T03:59:59.999Z', '2026-07-02T04:00:00.000Z'],
  ['2026-07-02T04:00:00Z', undefined],
  ['2026-01-10T21:00:00Z', '2026-01-11T05:00:00.000Z'],
  // The clock is put forward in the night of 29 March: eight hours that pass end at 07:00 by the clock.
  ['2026-03-29T04:30:00Z', '2026-03-29T05:00:00.000Z'],
  // Put back in the night of 25 October: they end at 05:00.
  ['2026-10-25T03:30:00Z', '2026-10-25T04:00:00.000Z'],
  ['2026-10-25T04:00:00Z', undefined],
  // The holidays outlast the night.
  ['2026-12-24T22:00:00Z', '2026-12-27T07:00:00.000Z'],
])('at %s the environment is frozen until %s', (instant, until) => {
  expect(freezeAt(policy, production, at(instant))?.until).toBe(until);
});

test('a window of the journal freezes its environment, and of several the last one is said', () => {
  const frozen = {
    ...newEnvironment('staging'),
    freezes: [
      {
        id: 'staging-f1',
        from: '2026-07-01T12:00:00.000Z',
        to: '2026-07-01T14:00:00.000Z',
        reason: 'database move',
        by: { kind: 'bot' as const, id: 'cutover' },
      },
    ],
  };
  expect(freezeAt(policy, frozen, at('2026-07-01T13:00:00Z'))).toEqual({
    name: 'staging-f1',
    reason: 'database move',
    until: '2026-07-01T14:00:00.000Z',
  });
  expect(freezeAt(policy, frozen, at('2026-07-01T14:00:00Z'))).toBeUndefined();
  expect(freezeAt(policy, frozen, at('2026-07-01T23:00:00Z'))).toBeUndefined();
});

test.each([
  ['2026-07-01T14:30', { kind: 'once', at: at('2026-07-01T12:30:00Z') }],
  ['2026-01-01 14:30', { kind: 'once', at: at('2026-01-01T13:30:00Z') }],
  ['2026-03-29T02:30', { kind: 'never', next: at('2026-03-29T01:30:00Z') }],
  ['2026-03-29T03:00', { kind: 'once', at: at('2026-03-29T01:00:00Z') }],
  [
    '2026-10-25T02:30',
    { kind: 'twice', first: at('2026-10-25T00:30:00Z'), second: at('2026-10-25T01:30:00Z') },
  ],
  ['2026-02-30T02:30', undefined],
  ['2026-01-01T24:30', undefined],
  ['soon', undefined],
])('in Berlin %s is %j', (text, expected) => {
  expect(localTime(text, 'Europe/Berlin')).toEqual(expected);
});

test('an instant with an offset means the same in every zone', () => {
  expect(instantOf('2026-07-01T14:30:00+02:00', 'Asia/Tokyo')).toBe(at('2026-07-01T12:30:00Z'));
  expect(formatInstant(at('2026-07-01T12:30:00Z'), 'Europe/Berlin')).toBe('2026-07-01 14:30 (Europe/Berlin)');
});
