import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import type { Json } from '../../src/core/json.ts';
import { newState } from '../../src/core/rollout/fold.ts';
import type { RolloutState } from '../../src/core/rollout/state.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { contractCompare } from '../../src/steps/contract-compare.ts';
import { planOf } from '../support/engine.ts';
import { answerOf, contextFor, runOnce } from '../support/step-context.ts';

const archiving = { name: 'new-side', steps: [{ id: 'archive-contract', uses: 'artifact.archive' }] };
const input = { connection: 'archive', archived: 'archive-contract' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-contract-'));
});
afterEach(() => rm(dir, { recursive: true }));

const store = () => artifactStore({ kind: 'folder', path: dir }, { fetch, env: {} });

/** A contract whose orders have these fields. */
const contract = (...fields: string[]) => ({
  openapi: '3.1.0',
  paths: {
    '/orders': {
      get: {
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: Object.fromEntries(fields.map((name) => [name, { type: 'string' }])),
                },
              },
            },
          },
        },
      },
    },
  },
});

/** A rollout that archived a contract. */
async function rolloutWith(id: string, found: Json, more: Partial<RolloutState> = {}): Promise<Rollout> {
  const body = new TextEncoder().encode(JSON.stringify(found));
  const kept = await store().put(`${id}/openapi.json`, body, 'application/json', AbortSignal.timeout(5_000));
  const plan = planOf({ phases: [archiving] });
  const state = newState(plan);
  const step = state.steps['archive-contract'];
  if (!step) throw new Error('the plan has no such step');
  const output = { items: [{ name: 'openapi.json', ...kept }] };
  return {
    plan,
    state: { ...state, id, steps: { 'archive-contract': { ...step, status: 'succeeded', output } }, ...more },
  };
}

const options = (...earlier: Rollout[]) => ({
  connections: { archive: { kind: 'folder', path: dir } },
  world: { artifacts: store },
  earlier: { sandbox: earlier },
});
const succeeded = { succeeded: true };

describe('contract.compare', () => {
  it('says that the first one has nothing to be compared with', async () => {
    const failed = await rolloutWith('test-0', contract('id'));
    const own = await rolloutWith('test-1', contract('id'));
    expect(await runOnce(contractCompare, input, options(own, failed))).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('No earlier rollout of test archived openapi.json'),
    });
  });

  it('compares with the newest rollout that came to its end', async () => {
    const own = await rolloutWith('test-1', contract('id', 'total', 'fee'));
    const broken = await rolloutWith('test-0c', contract());
    const last = await rolloutWith('test-0b', contract('id', 'total'), succeeded);
    const old = await rolloutWith('test-0a', contract('other'), succeeded);
    expect(await runOnce(contractCompare, input, options(own, broken, last, old))).toEqual({
      status: 'succeeded',
      summary: 'Nothing breaks callers since test-0b: 1 other change',
      output: {
        since: 'test-0b',
        breaking: 0,
        others: 1,
        table: 'differs  GET /orders 200.fee in answers  is new',
      },
    });
  });

  const table =
    'breaks   GET /orders 200.total in answers  is gone\ndiffers  GET /orders 200.fee in answers    is new';
  const summary = '1 breaking change since test-0: GET /orders 200.total in answers is gone';
  const breaking = async () =>
    options(
      await rolloutWith('test-1', contract('id', 'fee')),
      await rolloutWith('test-0', contract('id', 'total'), succeeded),
    );

  it('asks people about what breaks callers, with a table, and takes their word', async () => {
    const given = await breaking();
    const context = contextFor(contractCompare, input, given);
    const asked = await contractCompare.run(context, AbortSignal.timeout(5_000));
    expect(asked).toMatchObject({
      status: 'waiting',
      waiting: { for: 'decision', options: ['proceed', 'rollback'], what: summary, detail: table },
    });
    expect(context.tails).toEqual(table.split('\n'));
    const kept = asked.status === 'waiting' ? (asked.state as Json) : null;
    expect(await runOnce(contractCompare, input, { ...given, kept })).toEqual(asked);
    const answers = [answerOf('bob', 'proceed', { reason: 'clients are told' })];
    expect(await runOnce(contractCompare, input, { ...given, kept, answers })).toMatchObject({
      status: 'succeeded',
      summary: `Accepted by Bob (“clients are told”): ${summary}`,
    });
  });

  it('fails, or tells alone, where the playbook says so', async () => {
    const given = await breaking();
    expect(await runOnce(contractCompare, { ...input, breaking: 'fail' }, given)).toMatchObject({
      status: 'failed',
      summary,
      detail: table,
      retryable: false,
    });
    expect(await runOnce(contractCompare, { ...input, breaking: 'tell' }, given)).toMatchObject({
      status: 'succeeded',
      summary,
    });
  });

  it('compares nothing that is not what was archived, and says what is wrong', async () => {
    const own = await rolloutWith('test-1', contract('id'));
    const last = await rolloutWith('test-0', contract('id'), succeeded);
    await writeFile(join(dir, 'test-0', 'openapi.json'), JSON.stringify(contract()));
    const failing = (reason: string) => ({
      status: 'failed',
      summary: expect.stringMatching(`^Not compared: ${reason}`),
      retryable: true,
    });
    expect(await runOnce(contractCompare, input, options(own, last))).toMatchObject(
      failing('the contract of test-0 is not what was archived'),
    );
    await rm(join(dir, 'test-0'), { recursive: true });
    expect(await runOnce(contractCompare, input, options(own, last))).toMatchObject(
      failing('the contract of test-0 is not there any more'),
    );
    expect(await runOnce(contractCompare, input, options(last))).toMatchObject(
      failing('archive-contract archived no openapi.json in this rollout'),
    );
    const page = await rolloutWith('test-1', { swagger: '2.0', paths: {} });
    const other = await rolloutWith('test-0', contract('id'), succeeded);
    expect(await runOnce(contractCompare, input, options(page, other))).toMatchObject(
      failing('the contract of test-1 is no OpenAPI document of version 3'),
    );
  });
});
