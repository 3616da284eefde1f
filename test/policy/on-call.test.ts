import { expect, test } from 'vitest';
import { onCallOf } from '../../src/core/policy/on-call.ts';
import { policySchema } from '../../src/core/policy/schema.ts';

const rest = { environments: { production: { rollback: ['engineer'] } } };

test.each([
  ['nothing', {}, ['engineer'], 900_000, ['engineer']],
  ['whom it calls', { alerts: { roles: ['ops'] } }, ['ops'], 900_000, ['engineer']],
  [
    'all',
    { alerts: { roles: ['ops'], escalate: { after: '5m', roles: ['lead'] } } },
    ['ops'],
    300_000,
    ['lead'],
  ],
  ['only how long it waits', { alerts: { escalate: { after: '5m' } } }, ['engineer'], 300_000, ['engineer']],
])('a policy that says %s of alerts', (_name, policy, roles, after, escalated) => {
  expect(onCallOf(policySchema.parse({ ...rest, ...policy }), 'production')).toEqual({
    roles,
    escalate: { after, roles: escalated },
  });
});

test('nobody is called in an environment that the policy does not name', () => {
  expect(onCallOf(policySchema.parse(rest), 'constructor').roles).toEqual([]);
});
