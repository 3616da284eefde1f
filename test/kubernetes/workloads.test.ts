import { expect, test } from 'vitest';
import { progressOf, tally } from '../../src/steps/kubernetes/workloads.ts';

const workload = (kind: string, spec: object, status: object, generation = 2) => ({
  ...{ apiVersion: 'apps/v1', kind },
  metadata: { name: 'trader', generation },
  spec,
  status,
});
const full = {
  observedGeneration: 2,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  readyReplicas: 3,
};

test.each([
  ['all new and available', 'Deployment', { replicas: 3 }, full, 3, true],
  [
    'the controller has not seen the newest',
    'Deployment',
    { replicas: 3 },
    { ...full, observedGeneration: 1 },
    0,
    false,
  ],
  ['an old pod is left', 'Deployment', { replicas: 3 }, { ...full, replicas: 4 }, 3, false],
  ['one is not available', 'Deployment', { replicas: 3 }, { ...full, availableReplicas: 2 }, 2, false],
  ['none is wanted', 'Deployment', { replicas: 0 }, { observedGeneration: 2 }, 0, true],
  ['nothing is known yet', 'Deployment', {}, {}, 0, false],
  [
    'one revision',
    'StatefulSet',
    { replicas: 3 },
    { ...full, currentRevision: 'b', updateRevision: 'b' },
    3,
    true,
  ],
  [
    'two revisions',
    'StatefulSet',
    { replicas: 3 },
    { ...full, currentRevision: 'a', updateRevision: 'b' },
    3,
    false,
  ],
  ['a job that ended', 'Job', { completions: 1 }, { succeeded: 1 }, 1, true],
])('%s', (_, kind, spec, status, ready, done) => {
  expect(progressOf(workload(kind, spec, status))).toMatchObject({ ready, done });
});

test('a job that failed, and a deadline that is over, are given up', () => {
  const failed = {
    conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'm' }],
  };
  expect(progressOf(workload('Job', {}, failed)).failed).toBe('BackoffLimitExceeded: m');
  const late = {
    observedGeneration: 2,
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
  };
  expect(progressOf(workload('Deployment', {}, late)).failed).toBe('its progress deadline is over');
});

test('the tally counts each kind', () => {
  const all = [
    { kind: 'Deployment', name: 'a', ready: 1, wanted: 1, done: true },
    { kind: 'Deployment', name: 'b', ready: 0, wanted: 1, done: false },
    { kind: 'Job', name: 'c', ready: 1, wanted: 1, done: true },
  ];
  expect(tally(all)).toBe('1 of 2 Deployments ready and 1 of 1 Jobs ready');
});
