import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPolicy, loadPolicy } from '../../src/core/policy/load.ts';

const good = `timezone: Europe/Berlin
people:
  alice: { name: Alice, slack: [T1/U1], telegram: [11] }
  bob: { name: Bob, slack: [T1/U2], console: "sha256:${'a'.repeat(64)}" }
roles:
  engineer: [alice, bob]
  release-manager: [bob]
environments:
  production: { start: [engineer], approve: [release-manager], rollback: [engineer], quorum: 1 }
channels:
  slack:C1: { environment: production, playbook: aether }
freezes:
  - { name: weekend, environments: [production], every: "0 17 * * 5", for: 63h, reason: nobody is here }
  - { name: christmas, from: 2026-12-24T18:00, to: 2026-12-27T08:00, reason: holidays }
commands:
  allow: [[npm, test], [node, "sandbox/checks/*.ts", "**"]]
`;

function problems(text: string): string[] {
  const loaded = loadPolicy(text);
  return 'problems' in loaded ? loaded.problems : [];
}

test('a whole policy loads, and what it leaves out is nothing', () => {
  const loaded = loadPolicy(good);
  expect(loaded).toMatchObject({
    policy: {
      timezone: 'Europe/Berlin',
      environments: { production: { skip: [], override: [], quorum: 1 } },
    },
  });
});

test('an empty policy allows nothing and is no fault', () => {
  expect(loadPolicy('')).toMatchObject({ policy: { people: {}, environments: {}, commands: { allow: [] } } });
});

test.each([
  [
    'people: { alice: { nme: Alice } }',
    'policy.yaml:1:20 people.alice.nme: unknown key; did you mean "name"?',
  ],
  ['peple: {}', 'policy.yaml:1:1 peple: unknown key; did you mean "people"?'],
  ['timezone: Europe/Berlim', 'policy.yaml:1:1 timezone: an IANA time zone such as Europe/Berlin'],
  ['people: { Alice: { name: A } }', 'lower-case letters, digits, dots and dashes'],
  ['a: 1\na: 2', 'policy.yaml:2:1 Map keys must be unique'],
  ['people: [', 'policy.yaml:1:'],
  ['a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: [*d,*d,*d,*d,*d,*d]', 'alias'],
])('a fault in %j is placed and named', (text, expected) => {
  expect(problems(text).join('\n')).toContain(expected);
});

test.each(['roles: [opps]', 'escalate: { roles: [opps] }'])(
  'alerts that call nobody known (%s) are told',
  (given) => {
    expect(
      problems(`${good.replace('  engineer:', '  ops: [bob]\n  engineer:')}alerts: { ${given} }`).join(),
    ).toContain('unknown role "opps"; did you mean "ops"?');
  },
);

test('contradictions are all listed at once', () => {
  const text = good
    .replace('slack: [T1/U2]', 'slack: [T1/U1]')
    .replace('[alice, bob]', '[alice, bib]')
    .replace('release-manager: [bob]', 'release-manager: []')
    .replace('start: [engineer]', 'start: [enginer]')
    .replace('environment: production, playbook', 'environment: producton, playbook')
    .replace('environments: [production]', 'environments: [prod]')
    .replace('to: 2026-12-27T08:00', 'to: 2026-12-23T08:00')
    .replace('[npm, test]', '["*", test]');
  expect(problems(text)).toEqual([
    "policy.yaml:4:29 people.bob.slack.0: the Slack account T1/U1 is alice's already; one person is one vote",
    'policy.yaml:6:21 roles.engineer.1: unknown person "bib"; did you mean "bob"?',
    'policy.yaml:7:3 roles.release-manager: nobody has this role; name a person or remove it',
    'policy.yaml:9:25 environments.production.start.0: unknown role "enginer"; did you mean "engineer"?',
    'policy.yaml:9:85 environments.production.quorum: a quorum of 1, but only 0 people can approve here',
    'policy.yaml:11:15 channels.slack:C1.environment: unknown environment "producton"; did you mean "production"?',
    'policy.yaml:13:37 freezes.0.environments.0: unknown environment "prod"',
    'policy.yaml:14:5 freezes.1: `to` is not after `from`',
    'policy.yaml:16:12 commands.allow.0.0: the program must be named, without *',
  ]);
});

test('a quorum that the starter could block is still a quorum, one above the approvers is not', () => {
  expect(problems(good.replace('quorum: 1', 'quorum: 2')).join()).toContain(
    'a quorum of 2, but only 1 person can approve here',
  );
});

test('a file larger than 1 MB is refused unread', () => {
  expect(problems('a'.repeat(1_000_001))).toEqual([
    'policy.yaml: larger than 1 MB; a policy is a short file',
  ]);
});

test('a value with the shape of a policy is checked the same way', () => {
  expect(checkPolicy({ roles: { engineer: ['zoe'] } })).toEqual({
    problems: ['roles.engineer.0: unknown person "zoe"'],
  });
});

test('no text makes the loader throw', () => {
  const mutated = fc
    .tuple(fc.nat(good.length), fc.nat(8), fc.string({ maxLength: 8 }))
    .map(([at, gone, put]) => good.slice(0, at) + put + good.slice(at + gone));
  fc.assert(
    fc.property(fc.oneof(fc.string(), mutated), (text) => {
      const loaded = loadPolicy(text);
      expect('policy' in loaded || loaded.problems.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});
