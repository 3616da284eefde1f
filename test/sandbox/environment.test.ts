import { expect, test } from 'vitest';
import { sandboxEnvironments, sandboxPolicy } from '../../sandbox/environment.ts';
import { contradictions, holders } from '../../src/core/policy/contradictions.ts';

test('the policy of the sandbox has no contradiction', () => {
  expect(contradictions(sandboxPolicy)).toEqual([]);
});

test('whoever starts, somebody else can approve; a viewer can do nothing', () => {
  expect(holders(sandboxPolicy, 'sandbox', 'start')).toEqual(['alice', 'bob', 'carol', 'dan']);
  expect(holders(sandboxPolicy, 'sandbox', 'approve')).toEqual(['bob', 'carol', 'dan']);
});

test('the environment carries the variables and an archive folder', () => {
  expect(sandboxEnvironments({ router: 'http://127.0.0.1:7100' }, '/data/sandbox')).toEqual({
    sandbox: {
      vars: { router: 'http://127.0.0.1:7100' },
      connections: { archive: { kind: 'folder', path: '/data/sandbox/artifacts' } },
      channels: [],
    },
  });
});
