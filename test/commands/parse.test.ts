import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCommand } from '../../src/commands/format.ts';
import { type Command, commandNames, grammar, usageOf } from '../../src/commands/grammar.ts';
import { parse } from '../../src/commands/parse.ts';
import { canonicalJson } from '../../src/core/json.ts';

function commandOf(text: string): Command | undefined {
  const parsed = parse(text);
  return 'command' in parsed ? parsed.command : undefined;
}

function refusalOf(text: string) {
  const parsed = parse(text);
  return 'refusal' in parsed ? parsed.refusal : undefined;
}

test.each<[string, unknown]>([
  ['', { name: 'help' }],
  ['   ', { name: 'help' }],
  ['help', { name: 'help' }],
  ['help freeze add', { name: 'help', command: 'freeze add' }],
  ['start green', { name: 'start', what: 'green' }],
  ['alerts', { name: 'alerts' }],
  ['alerts aether-7', { name: 'alerts', id: 'aether-7' }],
  ['ack aether-7', { name: 'ack', alert: 'aether-7' }],
  ['ack AETHER-7.2 looking', { name: 'ack', alert: 'aether-7.2', reason: 'looking' }],
  [
    'silence aether-7.2 1h30m database failover',
    { name: 'silence', alert: 'aether-7.2', duration: 5_400_000, reason: 'database failover' },
  ],
  ['unsilence aether-7.2', { name: 'unsilence', alert: 'aether-7.2' }],
  ['START green', { name: 'start', what: 'green' }],
  ['/rollout start green', { name: 'start', what: 'green' }],
  ['`start green`', { name: 'start', what: 'green' }],
  [
    'start green version=v2.4.0 env=staging',
    { name: 'start', what: 'green', settings: { params: { version: 'v2.4.0' }, env: 'staging' } },
  ],
  [
    'start green note="two words" other=\'x y\' third=“smart ones”',
    {
      name: 'start',
      what: 'green',
      settings: { params: { note: 'two words', other: 'x y', third: 'smart ones' } },
    },
  ],
  ['start green note=', { name: 'start', what: 'green', settings: { params: { note: '' } } }],
  ['start green note=a=b', { name: 'start', what: 'green', settings: { params: { note: 'a=b' } } }],
  [
    'start green url=<https://example.com/a?b=1&amp;c=2>',
    { name: 'start', what: 'green', settings: { params: { url: 'https://example.com/a?b=1&c=2' } } },
  ],
  [
    'start green host=<http://api.example.com|api.example.com>',
    { name: 'start', what: 'green', settings: { params: { host: 'api.example.com' } } },
  ],
  ['start\u00a0green\u200b', { name: 'start', what: 'green' }],
  ['rollback aether-7 half \ud83d of it', { name: 'rollback', id: 'aether-7', reason: 'half \ufffd of it' }],
  ['rollback aether-7 \ud83d\u200b\udd25', { name: 'rollback', id: 'aether-7', reason: '🔥' }],
  [
    'start green at=14:30',
    {
      name: 'start',
      what: 'green',
      settings: { params: {}, at: { kind: 'wall', day: 'next', time: '14:30' } },
    },
  ],
  [
    'start green at=tomorrow 9:05 env=staging',
    {
      name: 'start',
      what: 'green',
      settings: { params: {}, at: { kind: 'wall', day: 'tomorrow', time: '09:05' }, env: 'staging' },
    },
  ],
  [
    'start green at="tomorrow 14:30"',
    {
      name: 'start',
      what: 'green',
      settings: { params: {}, at: { kind: 'wall', day: 'tomorrow', time: '14:30' } },
    },
  ],
  [
    'start green at=2026-11-22T14:30 override="the fix for the outage"',
    {
      name: 'start',
      what: 'green',
      settings: {
        params: {},
        at: { kind: 'wall', day: '2026-11-22', time: '14:30' },
        override: 'the fix for the outage',
      },
    },
  ],
  ['plan green at=14:30', { name: 'plan', what: 'green', settings: { params: { at: '14:30' } } }],
  ['status', { name: 'status' }],
  ['status Aether-7', { name: 'status', id: 'aether-7' }],
  ['list', { name: 'list' }],
  ['history production', { name: 'history', env: 'production' }],
  ['approve aether-7', { name: 'approve', id: 'aether-7' }],
  ['approve aether-7 nonce=ab12', { name: 'approve', id: 'aether-7', nonce: 'ab12' }],
  [
    'approve aether-7 nonce=ab12 looks  good',
    { name: 'approve', id: 'aether-7', nonce: 'ab12', reason: 'looks  good' },
  ],
  [
    'reject aether-7 nonce=ab12 errors=5% &amp; rising',
    { name: 'reject', id: 'aether-7', nonce: 'ab12', reason: 'errors=5% & rising' },
  ],
  ["reject aether-7 it's broken", { name: 'reject', id: 'aether-7', reason: "it's broken" }],
  ["reject aether-7 'tis broken", { name: 'reject', id: 'aether-7', reason: "'tis broken" }],
  ['reject aether-7 "all of it"', { name: 'reject', id: 'aether-7', reason: 'all of it' }],
  ['reject aether-7 "all" of "it"', { name: 'reject', id: 'aether-7', reason: '"all" of "it"' }],
  ['pause aether-7', { name: 'pause', id: 'aether-7' }],
  ['rollback aether-7 errors', { name: 'rollback', id: 'aether-7', reason: 'errors' }],
  ['rollback checkout errors', { name: 'rollback', reason: 'checkout errors' }],
  ['retry aether-7 flip', { name: 'retry', id: 'aether-7', step: 'flip' }],
  ['skip aether-7 flip why not', { name: 'skip', id: 'aether-7', step: 'flip', reason: 'why not' }],
  ['done aether-7 migrate v42', { name: 'done', id: 'aether-7', step: 'migrate', evidence: 'v42' }],
  ['extend aether-7 1h30m', { name: 'extend', id: 'aether-7', duration: 5_400_000 }],
  ['extend aether-7 15m soak', { name: 'extend', id: 'aether-7', duration: 900_000, step: 'soak' }],
  ['lock production database failover', { name: 'lock', env: 'production', reason: 'database failover' }],
  ['unlock production', { name: 'unlock', env: 'production' }],
  ['freeze', { name: 'freeze list' }],
  ['freeze list', { name: 'freeze list' }],
  ['freeze remove production-f3', { name: 'freeze remove', freeze: 'production-f3' }],
  [
    'freeze add production tomorrow 18:00 2026-12-01T08:00 billing run',
    {
      name: 'freeze add',
      env: 'production',
      from: { kind: 'wall', day: 'tomorrow', time: '18:00' },
      to: { kind: 'wall', day: '2026-12-01', time: '08:00' },
      reason: 'billing run',
    },
  ],
  [
    'freeze add production now +2h billing',
    {
      name: 'freeze add',
      env: 'production',
      from: { kind: 'now' },
      to: { kind: 'in', duration: 7_200_000, text: '2h' },
      reason: 'billing',
    },
  ],
])('%j is understood', (text, command) => {
  expect(commandOf(text)).toEqual(command);
});

test.each([
  ['strat green', 'not-understood', 'There is no command `strat`.', 'Did you mean `start`?'],
  ['aprove aether-7', 'not-understood', 'There is no command `aprove`.', 'Did you mean `approve`?'],
  ['zzzzzz', 'not-understood', 'There is no command `zzzzzz`.', '/rollout help'],
  ['freeze ad x', 'not-understood', 'There is no command `freeze ad`.', 'Did you mean `freeze add`?'],
  ['freeze quickly', 'not-understood', 'There is no command `freeze quickly`.', '`freeze list`'],
  ['start', 'not-understood', '`start` needs <playbook|target>.', 'start <playbook|target> [name=value …]'],
  ['start green blue', 'bad-input', '`blue` is no name=value.', 'start green version=v2.4.0'],
  ['start green a=1 a=2', 'bad-input', '`a` is given twice.', 'start <'],
  ['start green env=', 'bad-input', '`env=` has no value.', 'start <'],
  ['start green at=soon', 'bad-input', '`soon` is no time', 'start <'],
  ['start green at=25:00', 'bad-input', '`25:00` is no time', 'start <'],
  ['approve', 'not-understood', '`approve` needs <id>.', 'approve <id> [reason]'],
  ['approve green', 'bad-input', '`green` is no rollout id; ids look like aether-7.', 'approve <id>'],
  ['reject aether-7', 'not-understood', '`reject` needs a reason.', 'reject <id> <reason>'],
  ['reject aether-7 nonce=ab12', 'not-understood', '`reject` needs a reason.', 'reject <id> <reason>'],
  ['rollback', 'not-understood', '`rollback` needs a reason.', 'rollback [id] <reason>'],
  ['rollback aether-7 ""', 'not-understood', '`rollback` needs a reason.', 'rollback [id] <reason>'],
  ['retry aether-7', 'not-understood', '`retry` needs <step>.', 'retry <id> <step> [reason]'],
  ['extend aether-7 long', 'bad-input', '`long` is no duration', 'extend <id> <duration>'],
  ['extend aether-7 0s', 'bad-input', '`0s` is no duration', 'extend <id> <duration>'],
  ['whoami please', 'not-understood', '`whoami` takes no `please`.', 'whoami'],
  ['status production', 'not-understood', '`status` takes no `production`.', 'status [id]'],
  [`start ${'x'.repeat(4_000)}`, 'not-understood', 'longer than 4,000 characters', 'help'],
])('%j is refused', (text, reason, why, next) => {
  const refusal = refusalOf(text);
  expect(refusal?.reason).toBe(reason);
  expect(refusal?.why).toContain(why);
  expect(refusal?.next).toContain(next);
});

describe('the table', () => {
  test.each(commandNames)('the example of %s is such a command', (name) => {
    expect(commandOf(grammar[name].example)?.name).toBe(name);
  });

  test.each([
    ['approve', 'approve <id> [reason]'],
    ['rollback', 'rollback [id] <reason>'],
    ['done', 'done <id> <step> <evidence>'],
    ['freeze add', 'freeze add <env> <from> <to> <reason>'],
    ['start', 'start <playbook|target> [name=value …] [env=<environment>] [at=<time>] [override="<reason>"]'],
  ] as const)('the usage of %s', (name, usage) => {
    expect(usageOf(name)).toBe(usage);
  });
});

const id = fc.constantFrom('aether-7', 'a-1', 'aether-blue-2-33');
const alert = fc.constantFrom('aether-7', 'aether-7.2', 'a-1.200');
const free = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.constantFrom('"a" b', "it's", 'a & b', 'nonce=x', '<@U1|x>'),
  )
  .map((text) => text.replace(/[^\x20-\x7eäé“”‘’„«»]/g, '').trim())
  .filter((text) => text !== '');
const word = free.filter((text) => !text.includes('\n'));
const clock = fc.constantFrom('00:00', '09:05', '23:59');
const when = fc.oneof(
  fc.constant({ kind: 'now' as const }),
  fc.record({
    kind: fc.constant('wall' as const),
    day: fc.constantFrom('next', 'today', 'tomorrow', '2026-11-22'),
    time: clock,
  }),
  fc.constant({ kind: 'in' as const, duration: 5_400_000, text: '1h30m' }),
  fc.constant({ kind: 'instant' as const, at: '2026-11-22T14:30:00Z' }),
);
const settings = fc.record(
  {
    params: fc.dictionary(fc.constantFrom('version', 'note', 'a_b'), fc.oneof(free, fc.constant('')), {
      minKeys: 1,
      noNullPrototype: true,
    }),
    env: word,
    target: word,
    at: when,
    override: free,
  },
  { requiredKeys: ['params'] },
);
const reason = { reason: free };
const commands: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ name: fc.constant('start'), what: word, settings }, { requiredKeys: ['name', 'what'] }),
  fc.record({ name: fc.constantFrom('list', 'history'), env: word }, { requiredKeys: ['name'] }),
  fc.record({ name: fc.constant('status'), id }, { requiredKeys: ['name'] }),
  fc.record(
    { name: fc.constant('approve'), id, nonce: fc.constantFrom('ab12', 'z_-9'), ...reason },
    { requiredKeys: ['name', 'id'] },
  ),
  fc.record({ name: fc.constant('reject'), id, ...reason }),
  fc.record({ name: fc.constant('rollback'), id, ...reason }, { requiredKeys: ['name', 'reason'] }),
  fc.record(
    { name: fc.constantFrom('retry', 'skip', 'proceed'), id, step: word, ...reason },
    { requiredKeys: ['name', 'id', 'step'] },
  ),
  fc.record(
    { name: fc.constant('done'), id, step: word, evidence: free },
    { requiredKeys: ['name', 'id', 'step'] },
  ),
  fc.record(
    { name: fc.constant('extend'), id, duration: fc.integer({ min: 1, max: 10 ** 9 }), step: word },
    { requiredKeys: ['name', 'id', 'duration'] },
  ),
  fc.record({ name: fc.constant('ack'), alert, ...reason }, { requiredKeys: ['name', 'alert'] }),
  fc.record({ name: fc.constant('unsilence'), alert, ...reason }, { requiredKeys: ['name', 'alert'] }),
  fc.record({
    name: fc.constant('silence'),
    alert,
    duration: fc.integer({ min: 1, max: 10 ** 9 }),
    ...reason,
  }),
  fc.record({ name: fc.constant('freeze add'), env: word, from: when, to: when, ...reason }),
  fc.record({ name: fc.constant('freeze remove'), freeze: word }),
  fc.record({ name: fc.constant('lock'), env: word, ...reason }),
);

test('what a button carries reads back as what was meant', () => {
  fc.assert(
    fc.property(commands, (command) => {
      expect(commandOf(formatCommand(command as Command))).toEqual(command);
    }),
    { numRuns: 2_000 },
  );
});

const start = fc.constantFrom(...commandNames, 'freeze', '/rollout', '');
const noise = fc.array(
  fc.oneof(
    fc.string(),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
    fc.constantFrom('"', "'", '“', '=', 'at=', 'nonce=', 'aether-7', '2h', '<', '|', '&amp;'),
  ),
);

test('no text makes the parser throw, and every refusal says what, why and what next', () => {
  fc.assert(
    fc.property(start, noise, (first, rest) => {
      const parsed = parse([first, ...rest].join(' '));
      if ('command' in parsed) {
        expect(commandNames).toContain(parsed.command.name);
        expect(() => canonicalJson(parsed.command)).not.toThrow();
      }
      if ('refusal' in parsed)
        expect(Object.values(parsed.refusal).every((part) => part.trim() !== '')).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
