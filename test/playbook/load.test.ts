import { describe, expect, it } from 'vitest';
import { loadPlaybook, type Problem } from '../../src/core/playbook/load.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

const load = (text: string) => loadPlaybook(text, { file: 'p.yaml', kinds: testKinds });

function lines(found: readonly Problem[]): string[] {
  return found.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` (${hint})` : ''}`,
  );
}

function problemsOf(text: string): string[] {
  const loaded = load(text);
  return 'problems' in loaded ? lines(loaded.problems) : [];
}

/** What stands in the good playbook, what stands there instead, and every problem that must be said. */
const mistakes: [string | RegExp, string, string[]][] = [
  ['onFailure: rollback', 'onFailur: rollback', ['27:9 unknown key "onFailur" (did you mean "onFailure"?)']],
  [
    'onFailure: rollback',
    'whatever: rollback',
    [
      '27:9 unknown key "whatever" (known: id, name, uses, with, when, timeout, retry, repeatable, onFailure, capture)',
    ],
  ],
  ['targets: [blue, green]', 'target: [blue, green]', ['9:1 unknown key "target" (did you mean "targets"?)']],
  ['uses: approval', 'uses: aproval', ['30:15 there is no step kind "aproval" (did you mean "approval"?)']],
  [
    'uses: approval',
    'uses: kubernetes.apply',
    [
      '30:15 there is no step kind "kubernetes.apply" (known: wait, http.request, approval, monitor, restore)',
    ],
  ],
  [
    'onFailure: rollback',
    'onFailure: rolback',
    ['27:20 onFailure must be one of pause, rollback, continue, not "rolback" (did you mean "rollback"?)'],
  ],
  [
    'onFailure: rollback',
    'onFailure: explode',
    ['27:20 onFailure must be one of pause, rollback, continue, not "explode"'],
  ],
  [
    `phases:
`,
    `phases: 3
x:
`,
    [
      '10:9 phases must be a list, not 3',
      '11:1 unknown key "x" (known: apiVersion, name, description, short, environments, params, targets, phases, rollback, hypercare)',
    ],
  ],
  [
    `        uses: approval
`,
    '',
    ['29:9 "uses" is missing in item 2 of steps'],
  ],
  ['with: { for: 1s }', 'with: {}', ['16:15 "for" is missing in with']],
  [
    `        with: { for: 1s }
`,
    '',
    ['14:9 "for" is missing in with'],
  ],
  ['with: { for: 1s }', 'with: { for: 1s, unti: 2 }', ['16:26 unknown key "unti" (known: for)']],
  ['with: { for: 1s }', 'with: { for: soon }', ['16:22 for must be a duration such as 30s, 15m or 24h']],
  [
    'roles: [release-manager], quorum: 2',
    'roles: release-manager, quorum: two',
    ['31:24 roles must be a list, not "release-manager"', '31:49 quorum must be a number, not "two"'],
  ],
  [
    'roles: [release-manager], quorum: 2',
    'roles: [], quorum: 0',
    ['31:24 roles needs at least one entry', '31:36 quorum must be at least 1'],
  ],
  [
    'quorum: 2',
    'quorum: "a ${{ params.cycles }}"',
    ['31:51 quorum must be a number, not "a ${{ params.cycles }}"'],
  ],
  [
    'provider: prometheus',
    'provider: promethius',
    ['35:27 provider must be one of prometheus, scrape, not "promethius" (did you mean "prometheus"?)'],
  ],
  ['provider: prometheus, ', '', ['35:15 "provider" is missing in with']],
  ['url: "${{ env.api }}/health"', 'url: nope', ['19:35 url must be a URL, not "nope"']],
  ['to: "${{ steps.freeze-writes.before }}"', 'to: 3', ['41:17 to must be a text or a map, not 3']],
  [
    'to: "${{ steps.freeze-writes.before }}"',
    'to: { revision: x }',
    ['41:29 revision must be a number, not "x"'],
  ],
  [
    'to: "${{ steps.freeze-writes.before }}"',
    'to: { revisio: 3 }',
    ['41:17 "revision" is missing in to', '41:19 unknown key "revisio" (did you mean "revision"?)'],
  ],
  ['id: approve-switch', 'id: tools', ['29:13 there is already a step "tools"']],
  ['id: restore-writes', 'id: tools', ['38:9 there is already a step "tools"']],
  ['name: switch', 'name: preflight', ['20:11 there is already a phase "preflight"']],
  [
    '[blue, green]',
    '[blue, blue]',
    ['9:17 there is already a target "blue"', '32:30 the playbook has no target "green" (known: blue, blue)'],
  ],
  [
    'id: approve-switch',
    'id: Approve_Switch',
    ['29:13 id must be lower-case letters, digits and dashes, starting with a letter, not "Approve_Switch"'],
  ],
  [
    'name: aether-blue-green',
    'name: Aether',
    ['2:7 name must be lower-case letters, digits and dashes, starting with a letter, not "Aether"'],
  ],
  [
    'cutover/v1',
    'cutover/v2',
    ['1:13 apiVersion must be "cutover/v1", not "cutover/v2" (did you mean "cutover/v1"?)'],
  ],
  [/phases:[\s\S]*/, '', ['1:1 "phases" is missing']],
  [/phases:[\s\S]*/, 'phases: []', ['10:9 phases needs at least one entry']],
  [
    'pattern: "^v\\\\d+\\\\.\\\\d+$"',
    'pattern: "^v(?=x)"',
    ['6:53 not a regular expression that RE2 knows: invalid or unsupported Perl syntax: `(?=`'],
  ],
  [
    'pattern: "^v\\\\d+\\\\.\\\\d+$"',
    'pattern: "["',
    ['6:53 not a regular expression that RE2 knows: missing closing ]: `[`'],
  ],
  [
    'pattern: "^v\\\\d+\\\\.\\\\d+$"',
    `pattern: "${'a'.repeat(201)}"`,
    ['6:53 the pattern is longer than 200 characters'],
  ],
  [
    'type: number, default: 3',
    'type: number, pattern: x, default: 3',
    ['7:36 only a text has a pattern, and this is a number'],
  ],
  [
    'type: boolean, default: false',
    'type: boolean, default: maybe',
    ['8:34 the default does not fit: dry must be true or false, not maybe'],
  ],
  ['default: 3', 'default: 4', ['7:36 the default does not fit: cycles must be one of 1, 3, 5, not 4']],
  [
    'required: true, pattern',
    'default: v1, pattern',
    ['6:37 the default does not fit: version must match ^v\\d+\\.\\d+$, and v1 does not'],
  ],
  ['values: [1, 3, 5]', 'values: [1, "3"]', ['7:47 the values of cycles must be of type number']],
  ['type: boolean', 'type: bool', ['8:16 type must be one of string, number, boolean, not "bool"']],
  ['dry: {', 'dry-run: {', ['8:3 the key "dry-run" must be a text like /^[a-zA-Z][a-zA-Z0-9_]*$/']],
  ['target == "green"', 'tagret == "green"', ['32:19 unknown name "tagret" (did you mean "target"?)']],
  [
    'target == "green"',
    'vars.x == "green"',
    ['32:19 unknown name "vars" (known: env, params, target, other, environment, rollout, steps)'],
  ],
  [
    'steps.freeze-writes.started',
    'steps.freeze-write.started',
    ['39:21 there is no step "freeze-write" (did you mean "freeze-writes"?)'],
  ],
  [
    'steps.freeze-writes.started',
    'steps.freeze-writes.strated',
    ['39:35 a step has no "strated" (did you mean "started"?)'],
  ],
  [
    `        capture: before
`,
    '',
    ['40:28 "freeze-writes" keeps nothing from before (add capture: before to freeze-writes)'],
  ],
  [
    'target == "green"',
    'steps.soak.succeeded',
    [`32:25 "soak" runs later than this step, so it can't be read here`],
  ],
  ['target == "green"', 'steps.approve-switch.succeeded', [`32:25 "approve-switch" can't read itself`]],
  [
    'url: "${{ env.api }}/health"',
    'url: "${{ steps.tools.output }}"',
    [`19:46 "tools" runs side by side with this step, so it can't be read here`],
  ],
  [
    'target == "green"',
    'steps.restore-writes.succeeded',
    [`32:25 "restore-writes" belongs to the rollback list, so it can't be read here`],
  ],
  [
    'labels: {',
    'labels: { version: "${{ params.versoin }}",',
    ['44:34 there is no parameter "versoin" (did you mean "version"?)'],
  ],
  ['params.dry', 'params.dri', ['32:48 there is no parameter "dri" (did you mean "dry"?)']],
  ['rollout.startedBy', 'rollout.by', ['25:99 rollout has no "by" (known: id, startedBy, startedAt)']],
  [
    'target == "green"',
    'target == "gren"',
    ['32:30 the playbook has no target "gren" (did you mean "green"?)'],
  ],
  [
    'target == "green"',
    'environment in ["prod", "staging"]',
    ['32:36 the playbook has no environment "prod" (known: staging, production)'],
  ],
  [
    'target == "green"',
    'secrets.K == "x"',
    ['32:19 a secret can only stand alone (write ${{ secrets.NAME }}, with text around it if need be)'],
  ],
  [
    'target == "green"',
    'target = "green"',
    ['32:26 in ${{ target = "green" && !params.dry }}: unexpected "=": two values are compared with =='],
  ],
  [
    'target == "green"',
    'siz(target) == 2',
    ['32:19 in ${{ siz(target) == 2 && !params.dry }}: there is no function "siz": did you mean "size"?'],
  ],
  ['${{ target == "green" && !params.dry }}', '${{ target', ['32:15 a ${{ has no }} after it']],
  ['attempts: 2', 'attempts: 99', ['36:28 attempts must be at most 20']],
  ['attempts: 2', 'attempts: 2.5', ['36:28 attempts must be a whole number, not 2.5']],
  ['window: 24h', 'window: one day', ['43:11 window must be a duration such as 30s, 15m or 24h']],
  ['labels: { app: aether }', 'labels: { app: 3 }', ['44:18 app must be a text, not 3']],
  ['cycles: 1 }', 'cycles: 0 }', ['45:80 cycles must be at least 1']],
  ['capture: before', 'capture: after', ['26:18 capture must be "before", not "after"']],
  [
    /rollback:[\s\S]*/,
    `rollback:
`,
    ['37:10 rollback must be a list, not empty'],
  ],
  ['for: 1s', 'for: .nan', ['16:22 for must be a finite number, not NaN']],
  [
    'timeout: 30s',
    `timeout: 30s
        timeout: 31s`,
    ['29:9 the key "timeout" stands here twice'],
  ],
  ['        timeout', '	timeout', ['28:1 a tab: YAML is indented with spaces']],
  [
    '- id: approve-switch',
    `- approve-switch
      - id: approve-switch`,
    ['29:9 item 2 of steps must be a map, not "approve-switch"'],
  ],
  ['id: approve-switch', 'id: 3', ['29:13 id must be a text, not 3']],
  ['environments: [staging, production]', 'environments: []', ['4:15 environments needs at least one entry']],
];

describe('a mistake in a playbook', () => {
  it.each(mistakes)('%s -> %s', (before, after, expected) => {
    const text = goodPlaybook.replace(before, () => after);
    expect(text).not.toBe(goodPlaybook);
    expect(problemsOf(text)).toEqual(expected);
  });

  it('does not hide another one', () => {
    const text = goodPlaybook
      .replace('description:', 'descripton:')
      .replace('uses: approval', 'uses: aproval')
      .replace('steps.freeze-writes.started', 'steps.freeze.started')
      .replace('default: 3', 'default: 4');
    expect(problemsOf(text)).toEqual([
      '3:1 unknown key "descripton" (did you mean "description"?)',
      '7:36 the default does not fit: cycles must be one of 1, 3, 5, not 4',
      '30:15 there is no step kind "aproval" (did you mean "approval"?)',
      '39:21 there is no step "freeze" (known: tools, look, freeze-writes, approve-switch, soak, restore-writes)',
    ]);
  });

  it('is said fifty times at most', () => {
    const wrong = Array.from({ length: 80 }, (_, index) => `      - { id: s${index}, uses: nothing }`).join(
      '\n',
    );
    const text = `${goodPlaybook.slice(0, goodPlaybook.indexOf('phases:'))}phases:\n  - name: one\n    steps:\n${wrong}\n`;
    expect(problemsOf(text)).toHaveLength(50);
  });
});

describe('a good playbook', () => {
  it('is read with its defaults', () => {
    const loaded = load(goodPlaybook);
    expect(loaded).toMatchObject({
      warnings: [],
      playbook: {
        name: 'aether-blue-green',
        targets: ['blue', 'green'],
        phases: [
          { parallel: true },
          { steps: [{ onFailure: 'rollback', capture: 'before' }, { onFailure: 'pause' }, {}] },
        ],
        hypercare: { onFailure: 'propose' },
      },
    });
  });

  it.each([
    ['an expression in place of a number', 'quorum: 2', 'quorum: "${{ params.cycles }}"'],
    ['an expression in place of a list', '[release-manager]', '"${{ env.roles }}"'],
    ['an anchor and a merge', 'with: { for: 1s }', 'with: &w { for: 1s, <<: {} }'],
    ['a secret in a text', '"${{ env.api }}/health"', '"${{ env.api }}/${{ secrets.KEY }}"'],
    ['an escape', '"${{ env.api }}/health"', '"https://x/$${{ nope }}"'],
    ['a step of an earlier phase', 'target == "green"', 'steps.tools.succeeded'],
    ['a question for what may not be there', 'target == "green"', 'has(steps.tools.output.x)'],
    ['a comment and Windows line ends', 'targets: [blue, green]', 'targets: [blue, green] # two\r'],
  ])('may have %s', (_, before, after) => {
    const text = goodPlaybook.replace(before, () => after);
    expect(text).not.toBe(goodPlaybook);
    expect(load(text)).toHaveProperty('playbook');
  });

  it.each([
    [
      'nothing that restores what a step keeps',
      (text: string) => text.replace(/rollback:\n[\s\S]*?(?=hypercare)/, ''),
      [
        '26:9 "freeze-writes" keeps what stood before, and no rollback step restores it',
        '27:9 "freeze-writes" asks for a rollback, and the rollback list is empty',
      ],
    ],
    [
      'an expression in a name',
      (text: string) => text.replace('Freeze writes', () => 'Freeze ${{ other }}'),
      ['23:15 a name is shown as it stands: expressions work in with and when'],
    ],
  ])('is warned of %s', (_, edit, expected) => {
    const loaded = load(edit(goodPlaybook));
    expect('warnings' in loaded ? lines(loaded.warnings) : loaded.problems).toEqual(expected);
  });
});
