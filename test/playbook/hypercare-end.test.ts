import { expect, it } from 'vitest';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

const window = '  window: 24h\n';
const steps = `  end:
    - { id: logs, uses: wait, with: { for: 1s } }
    - { id: ask, uses: approval, with: { roles: [release-manager] } }
    - id: retire
      uses: wait
      with: { for: 1s }
      when: \${{ steps.ask.succeeded }}
      endsRollback: true
`;
const loaded = (end: string, of = goodPlaybook) =>
  loadPlaybook(`${of}${end}`, { file: 'p.yaml', kinds: testKinds });

function findings(end: string): string[] {
  const found = loaded(end);
  const problems = 'problems' in found ? found.problems : found.warnings;
  return problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
}

it('takes the steps at the end of hypercare, and twenty-four hours where no window is given', () => {
  const found = loaded(steps, goodPlaybook.replace(window, ''));
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  expect(found.playbook.hypercare).toMatchObject({ window: '24h', end: [{}, {}, { endsRollback: true }] });
});

it('adds no key to a playbook that does not have it: stored plans are hashed as they are read', () => {
  const found = loaded('');
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  expect(Object.keys(found.playbook.hypercare ?? {}).sort()).toEqual([
    'labels',
    'onFailure',
    'watch',
    'window',
  ]);
});

it.each([
  ['a name that is taken', steps.replace('id: logs', 'id: tools'), 'there is already a step "tools"'],
  [
    'a step that runs later',
    steps.replace('steps.ask.succeeded', 'steps.retire.succeeded'),
    '"retire" can\'t read itself',
  ],
  [
    'a step of the rollback list',
    steps.replace('steps.ask.succeeded', 'steps["restore-writes"].succeeded'),
    '"restore-writes" belongs to the rollback list, so it can\'t be read here',
  ],
  [
    'an unknown step kind',
    steps.replace('uses: approval', 'uses: aproval'),
    'there is no step kind "aproval"',
  ],
  [
    'what takes the way back away and runs always',
    steps.replace('endsRollback: true', 'endsRollback: true\n      always: true'),
    '"retire" takes away what a rollback goes back to, so it can\'t run always',
  ],
  ['a rollback on failure', steps.replace('endsRollback: true', 'onFailure: rollback'), 'onFailure'],
  ['a check-in that is no duration', '  checkIns: [soon]\n', 'must be a duration'],
])('refuses %s', (_, end, message) => {
  expect(findings(end).join('\n')).toContain(message);
});

it('warns of taking the way back away without asking anybody', () => {
  const end = steps.replace(/ {4}- \{ id: ask.*\n/, '').replace(/ {6}when: .*\n/, '');
  expect(findings(end)).toEqual([
    '"retire" takes away what a rollback goes back to, and no approval stands before it',
  ]);
  expect(findings(steps)).toEqual([]);
});
