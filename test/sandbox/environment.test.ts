import { expect, test } from 'vitest';
import { sandboxEnvironments, sandboxPolicy } from '../../sandbox/environment.ts';
import { urlsOf } from '../../sandbox/start.ts';
import { contradictions, holders } from '../../src/core/policy/contradictions.ts';

test('the policy of the sandbox has no contradiction', () => {
  expect(contradictions(sandboxPolicy)).toEqual([]);
});

test('whoever starts, somebody else can approve; a viewer can do nothing', () => {
  expect(holders(sandboxPolicy, 'sandbox', 'start')).toEqual(['alice', 'bob', 'carol', 'dan']);
  expect(holders(sandboxPolicy, 'sandbox', 'approve')).toEqual(['bob', 'carol', 'dan']);
});

test('the environment carries the variables, an archive folder, and where silences are made', () => {
  const vars = { router: 'http://127.0.0.1:7100' };
  const urls = urlsOf({ router: 7100, supervisor: 7101, blue: 7102, green: 7103, alerter: 7104 });
  expect(sandboxEnvironments({ vars, urls }, '/data/sandbox')).toEqual({
    sandbox: {
      vars,
      connections: {
        archive: { kind: 'folder', path: '/data/sandbox/artifacts' },
        alertmanager: { kind: 'alertmanager', url: 'http://127.0.0.1:7104' },
      },
      channels: [],
    },
  });
});
