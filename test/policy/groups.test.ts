import { describe, expect, it } from 'vitest';
import { groupsOf, withGroups } from '../../src/core/policy/groups.ts';
import { checkPolicy, loadPolicy } from '../../src/core/policy/load.ts';
import { may, peopleWith, rolesOf, whoMay } from '../../src/core/policy/policy.ts';

const file = `
people:
  alice: { name: Alice, slack: [T1/U1] }
  bob: { name: Bob, slack: [T1/U2, E1/W2] }
  carol: { name: Carol, slack: [T1/U3] }
roles:
  engineer: [alice, "slack:S012AB"]
  release-manager: ["slack:S0RM"]
environments:
  production: { start: [engineer], approve: [release-manager], quorum: 2 }
`;

function policyIn(text: string) {
  const loaded = loadPolicy(text);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.policy;
}

describe('Slack user groups as members of a role', () => {
  const policy = policyIn(file);
  const filled = (groups: Record<string, string[]>) => withGroups(policy, (group) => groups[group] ?? []);

  it('are named by their id, each once', () => {
    expect(groupsOf(policy)).toEqual(['S012AB', 'S0RM']);
  });

  it('give their right to the people of the policy who are in them, and to nobody else', () => {
    const now = filled({ S012AB: ['T1/U2', 'T9/U3', 'T1/U404'], S0RM: ['T1/U2', 'E1/W2', 'T1/U3'] });
    expect(peopleWith(now, ['engineer']).map(({ id }) => id)).toEqual(['alice', 'bob']);
    expect(whoMay(now, 'production', 'approve').map(({ id }) => id)).toEqual(['bob', 'carol']);
    expect(rolesOf(now, 'carol')).toEqual(['release-manager']);
    expect(may(now, 'production', 'start', 'carol')).toBe(false);
  });

  it('have nobody as long as nothing is known of them', () => {
    expect(whoMay(filled({}), 'production', 'approve')).toEqual([]);
    expect(whoMay(policy, 'production', 'approve')).toEqual([]);
    expect(peopleWith(filled({}), ['engineer']).map(({ id }) => id)).toEqual(['alice']);
  });

  it('are left as they are where there are none', () => {
    const plain = policyIn(file.replace(', "slack:S012AB"', '').replace('"slack:S0RM"', 'bob, carol'));
    expect(withGroups(plain, () => ['T1/U3'])).toBe(plain);
  });

  it.each(['slack:', 'slack:s012', 'slack:C012AB', 'telegram:S1', 'Slack:S1'])('is none: %s', (member) => {
    const loaded = checkPolicy({ roles: { engineer: [member] } });
    expect('problems' in loaded && loaded.problems.join()).toContain('a Slack user group as slack:S012AB');
  });
});
