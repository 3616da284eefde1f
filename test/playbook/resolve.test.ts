import { describe, expect, it } from 'vitest';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import type { Playbook } from '../../src/core/playbook/playbook.ts';
import { type PlanRequest, resolvePlan } from '../../src/core/playbook/resolve.ts';
import { otherTarget, scopeOf } from '../../src/core/playbook/scope.ts';
import { checkInsOf } from '../../src/core/rollout/check-ins.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import type { RolloutState } from '../../src/core/rollout/state.ts';
import { goodPlaybook, testKinds } from './kinds.ts';

function playbook(edit: (text: string) => string = (text) => text): Playbook {
  const loaded = loadPlaybook(edit(goodPlaybook), { file: 'p.yaml', kinds: testKinds });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return loaded.playbook;
}

const request: PlanRequest = {
  playbook: playbook(),
  environment: { name: 'staging', vars: { api: 'http://127.0.0.1' }, connections: {} },
  target: 'green',
  params: { version: 'v1.2' },
  quorum: 1,
};

function planOf(change: Partial<PlanRequest> = {}): Plan {
  const resolved = resolvePlan({ ...request, ...change });
  if ('problems' in resolved) throw new Error(resolved.problems.join('; '));
  return resolved.plan;
}

describe('a plan', () => {
  it('has typed parameters with their defaults', () => {
    expect(planOf().params).toEqual({ version: 'v1.2', cycles: 3, dry: false });
    expect(planOf({ params: { version: 'v2.0', cycles: '5', dry: 'true' } }).params).toEqual({
      version: 'v2.0',
      cycles: 5,
      dry: true,
    });
  });

  it('pins when the policy asks hypercare to tell how it goes, beside what the playbook asks', () => {
    expect(planOf().environment).not.toHaveProperty('checkIns');
    const asked = playbook((text) => text.replace('window: 24h', 'window: 24h\n  checkIns: [60m, 6h]'));
    expect(checkInsOf(planOf({ playbook: asked, checkIns: ['30m', '1h'] }))).toEqual(['30m', '1h', '6h']);
    expect(checkInsOf(planOf())).toEqual([]);
  });

  it('has the same digest for the same request, and another for another', () => {
    const digest = planDigest(planOf());
    const reordered = { connections: {}, vars: { api: 'http://127.0.0.1' }, name: 'staging' };
    expect(planDigest(planOf({ playbook: playbook(), environment: reordered }))).toBe(digest);
    expect(planDigest(planOf({ target: 'blue' }))).not.toBe(digest);
    expect(planDigest(planOf({ quorum: 2 }))).not.toBe(digest);
    expect(planDigest(planOf({ params: { version: 'v1.3' } }))).not.toBe(digest);
    expect(
      planDigest(planOf({ playbook: playbook((text) => text.replace('timeout: 30s', 'timeout: 31s')) })),
    ).not.toBe(digest);
  });
});

describe('no plan', () => {
  it.each<[string, Partial<PlanRequest>, string[]]>([
    [
      'a missing parameter',
      { params: {} },
      ['version is missing: give version=<a text like ^v\\d+\\.\\d+$>'],
    ],
    ['a pattern', { params: { version: '1.2' } }, ['version must match ^v\\d+\\.\\d+$, and 1.2 does not']],
    [
      'a text around what matches',
      { params: { version: 'xv1.2' } },
      ['version must match ^v\\d+\\.\\d+$, and xv1.2 does not'],
    ],
    [
      'a line end after what matches',
      { params: { version: 'v1.2\n' } },
      ['version must match ^v\\d+\\.\\d+$, and v1.2\n does not'],
    ],
    [
      'a very long value',
      { params: { version: `v1.${'2'.repeat(300)}` } },
      ['version is longer than 200 characters'],
    ],
    [
      'a number',
      { params: { version: 'v1.2', cycles: 'three' } },
      ['cycles must be one of 1, 3, 5, not three'],
    ],
    ['values', { params: { version: 'v1.2', cycles: '4' } }, ['cycles must be one of 1, 3, 5, not 4']],
    [
      'no number but JavaScript',
      { params: { version: 'v1.2', cycles: '0x3' } },
      ['cycles must be one of 1, 3, 5, not 0x3'],
    ],
    ['a yes', { params: { version: 'v1.2', dry: 'yes' } }, ['dry must be true or false, not yes']],
    [
      'an unknown parameter',
      { params: { version: 'v1.2', cycels: '3' } },
      ['aether-blue-green has no parameter cycels: did you mean "cycles"?'],
    ],
    [
      'a parameter of every object',
      { params: { version: 'v1.2', constructor: '3' } },
      ['aether-blue-green has no parameter constructor: known: version, cycles, dry'],
    ],
    [
      'the environment',
      { environment: { ...request.environment, name: 'sandbox' } },
      ['aether-blue-green does not run in sandbox; it runs in staging, production'],
    ],
    ['no target', { target: null }, ['aether-blue-green needs a target: blue or green']],
    [
      'an unknown target',
      { target: 'gren' },
      ['aether-blue-green has no target gren: did you mean "green"?'],
    ],
    [
      'a variable',
      { environment: { ...request.environment, vars: { app: '' } } },
      ['aether-blue-green reads env.api, which staging does not have: did you mean "app"?'],
    ],
    [
      'everything at once',
      { params: { dry: 'no' }, target: null },
      [
        'aether-blue-green needs a target: blue or green',
        'version is missing: give version=<a text like ^v\\d+\\.\\d+$>',
        'dry must be true or false, not no',
      ],
    ],
  ])('for %s', (_, change, problems) => {
    expect(resolvePlan({ ...request, ...change })).toEqual({ problems });
  });

  it('for a target where there is none', () => {
    const plain = playbook((text) =>
      text.replace('targets: [blue, green]\n', '').replace('target == "green" && ', ''),
    );
    expect(resolvePlan({ ...request, playbook: plain })).toEqual({
      problems: ["aether-blue-green has no targets, so green can't be one"],
    });
  });

  it('is not said of a variable that the playbook asks for first', () => {
    const asking = playbook((text) => text.replace('target == "green"', 'has(env.extra) && env.extra == 1'));
    expect(resolvePlan({ ...request, playbook: asking })).toHaveProperty('plan');
  });

  it('comes fast for a pattern that others hang on', () => {
    const greedy = playbook((text) => text.replace(/pattern: "[^"]*"/, 'pattern: "(a+)+"'));
    const begun = performance.now();
    expect(
      resolvePlan({ ...request, playbook: greedy, params: { version: `${'a'.repeat(150)}!` } }),
    ).toHaveProperty('problems');
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('the scope', () => {
  const state: Pick<RolloutState, 'id' | 'startedBy' | 'startedAt' | 'steps'> = {
    id: 'aether-7',
    startedBy: { kind: 'person', id: 'alice', name: 'Alice', via: 'console' },
    startedAt: '2026-11-21T10:00:00.000Z',
    steps: {
      tools: {
        status: 'succeeded',
        attempts: 2,
        started: true,
        output: { version: 'v1' },
        summary: 'There',
        answers: [],
        unseen: false,
        forgiven: 0,
      },
    },
  };

  it('has every name and every step, null where nothing is known yet', () => {
    const optional = playbook((text) =>
      text.replace('{ type: boolean, default: false }', '{ type: boolean }'),
    );
    const scope = scopeOf(planOf({ playbook: optional }), state as RolloutState);
    expect(scope).toMatchObject({
      env: { api: 'http://127.0.0.1' },
      params: { version: 'v1.2', cycles: 3, dry: null },
      target: 'green',
      other: 'blue',
      environment: 'staging',
      rollout: { id: 'aether-7', startedBy: 'alice', startedAt: '2026-11-21T10:00:00.000Z' },
      steps: {
        tools: {
          status: 'succeeded',
          started: true,
          succeeded: true,
          output: { version: 'v1' },
          attempts: 2,
          before: null,
        },
        'restore-writes': {
          status: 'pending',
          started: false,
          succeeded: false,
          output: null,
          attempts: 0,
          startedAt: null,
        },
      },
    });
  });

  it.each([
    [['blue', 'green'], 'blue', 'green'],
    [['blue', 'green'], 'green', 'blue'],
    [['blue', 'green'], null, null],
    [['blue', 'green'], 'red', null],
    [['a', 'b', 'c'], 'a', null],
    [['a'], 'a', null],
  ])('of %j, the other one than %s is %s', (targets, target, other) => {
    expect(otherTarget(targets, target)).toBe(other);
  });
});
