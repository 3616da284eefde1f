import { expect, it } from 'vitest';
import { choose } from '../../src/commands/choose.ts';
import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';

const playbook = (name: string, environments: string[]): [string, Playbook] => [
  name,
  playbookSchema.parse({
    apiVersion: 'cutover/v1',
    ...{ name, environments, targets: ['blue', 'green'] },
    phases: [{ name: 'all', steps: [{ id: 'say', uses: 'announce', with: { text: 'hello' } }] }],
  }),
];
const playbooks = new Map([playbook('shop', ['staging', 'production']), playbook('platform', ['sandbox'])]);
const asked = (...setUp: string[]) => {
  const there = { playbooks: () => playbooks, environments: () => new Set(setUp) };
  const choice = choose({ name: 'start', what: 'green' }, there, {});
  if ('chosen' in choice) return `${choice.chosen.playbook.name} in ${choice.chosen.environment}`;
  if ('candidates' in choice)
    return choice.candidates.map((each) => `${each.playbook.name} in ${each.environment}`);
  return choice.refusal.why;
};

it('takes the one thing that can run here, and asks where several can', () => {
  expect(asked('sandbox')).toBe('platform in sandbox');
  expect(asked('staging')).toBe('shop in staging');
  expect(asked('staging', 'sandbox')).toEqual(['shop in staging', 'platform in sandbox']);
});

it('asks about all where none can run, so that the refusal names what is missing', () => {
  expect(asked()).toEqual(['shop in staging', 'shop in production', 'platform in sandbox']);
});
