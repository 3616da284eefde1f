import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sha256 } from '../../src/core/json.ts';
import { rolloutEventSchema } from '../../src/core/rollout/event.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { type ContextOptions, contextFor, worldForTest } from '../support/step-context.ts';
import { type Row, rows, secret } from './kinds.ts';
import { openPlace, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.stop());

const table = [...stepKinds].map(([uses, kind]): [string, StepKind, Row] => {
  const row = rows[uses];
  if (row === undefined)
    throw new Error(`the contract has no row for ${uses}: add one to test/steps/kinds.ts`);
  return [uses, kind, row];
});

const actor = { kind: 'bot', id: 'cutover' };
const envelope = { v: 1, seq: 1, at: '2026-11-21T12:00:00Z', actor, prev: '', hash: '' };

function optionsOf(row: Row): ContextOptions {
  return { ...row.options, connections: row.connections?.(place) ?? {} };
}

/** A world in which every effect but those of HTTP is counted; HTTP's are counted by the server. */
function counted() {
  const effects: string[] = [];
  const world = worldForTest();
  const options: ContextOptions = {
    world: {
      ...world,
      processes: {
        run(invocation, signal) {
          effects.push(`ran ${invocation.argv[0]}`);
          return world.processes.run(invocation, signal);
        },
      },
      artifacts: () => ({
        async put(key, body) {
          effects.push(`stored ${key}`);
          return { uri: `memory:${key}`, sha256: sha256(body), bytes: body.byteLength };
        },
        get: async () => undefined,
      }),
    },
  };
  return { effects, options };
}

test('every file of the folder is one kind, and every kind is a file named like it', async () => {
  const files = (await readdir('src/steps')).filter((name) => name.endsWith('.ts') && name !== 'registry.ts');
  const named = [...stepKinds.keys()].map((uses) => `${uses.replaceAll('.', '-')}.ts`);
  expect(named.sort()).toEqual(files.sort());
  expect(Object.keys(rows).sort()).toEqual([...stepKinds.keys()].sort());
});

describe.each(table)('%s', (_, kind, row) => {
  test('takes what is right, refuses what is wrong, and every key that it doesn’t know', () => {
    for (const input of row.good(place)) {
      expect(kind.input.safeParse(input)).toMatchObject({ success: true });
      expect(kind.input.safeParse({ ...input, unknownKey: 1 }).success).toBe(false);
    }
    for (const input of row.bad) expect([input, kind.input.safeParse(input).success]).toEqual([input, false]);
  });

  test('has a JSON Schema, so that editors complete it', () => {
    expect(() => z.toJSONSchema(kind.input, { io: 'input' })).not.toThrow();
  });

  test('plans in one line, changes nothing and shows no secret', async () => {
    const { effects, options } = counted();
    for (const input of row.good(place)) {
      const line = await kind.plan(contextFor(kind, input, { ...optionsOf(row), ...options }));
      expect(line.summary).toMatch(/^\S[^\n]{0,400}$/);
      expect(JSON.stringify(line)).not.toContain(secret);
    }
    expect([...effects, ...place.mutations()]).toEqual([]);
  });

  test('aborted before it begins, it touches nothing', async () => {
    const { effects, options } = counted();
    const [input] = row.good(place);
    const context = contextFor(kind, input, { ...optionsOf(row), ...options });
    await expect(kind.run(context, AbortSignal.abort(new Error('rolled back')))).rejects.toThrow(
      'rolled back',
    );
    expect(effects).toEqual([]);
    expect(place.touched()).toBe(0);
  });

  if (row.busy) {
    test('aborted at work, it ends at once and touches nothing more', async () => {
      const { effects, options } = counted();
      const context = contextFor(kind, row.busy?.(place), { ...optionsOf(row), ...options });
      const aborting = new AbortController();
      const running = kind.run(context, aborting.signal);
      await Promise.race([place.called, running]);
      const [begun, touched] = [[...effects], place.touched()];
      const aborted = performance.now();
      aborting.abort(new Error('rolled back'));
      await expect(running).rejects.toThrow('rolled back');
      expect(performance.now() - aborted).toBeLessThan(5_000);
      expect(effects).toEqual(begun);
      expect(place.touched()).toBe(touched);
    });
  }

  if (!row.endless && !row.onCluster) {
    test('what comes out of it can stand in the journal', async () => {
      const { options } = counted();
      const [input] = row.good(place);
      const context = contextFor(kind, input, { ...optionsOf(row), ...options });
      const { status, ...said } = await kind.run(context, new AbortController().signal);
      const data = { step: 'probe', ...said, retryable: undefined };
      const event = { ...envelope, type: `step.${status}`, data: JSON.parse(JSON.stringify(data)) };
      expect(rolloutEventSchema.safeParse(event).error).toBeUndefined();
      expect(JSON.stringify(said)).not.toContain(secret);
    });
  }

  test('the contract crashes it if and only if it observes', () => {
    expect(row.changes !== undefined).toBe(kind.observe !== undefined && !row.onCluster);
  });
});

describe.each(table.filter(([, , row]) => row.changes !== undefined))('%s, after a crash', (_, kind, row) => {
  /** Lets go of the worker before or after a change reaches the server, as a SIGKILL does. */
  async function crash(when: 'before' | 'after'): Promise<void> {
    const dying = new AbortController();
    const fetch: typeof globalThis.fetch = async (resource, init) => {
      if (init?.method === 'GET') return globalThis.fetch(resource, init);
      if (when === 'after') await globalThis.fetch(resource, init);
      dying.abort(new Error('killed'));
      throw dying.signal.reason;
    };
    const context = contextFor(kind, row.changes?.(place), { ...optionsOf(row), world: { fetch } });
    await expect(kind.run(context, dying.signal)).rejects.toThrow('killed');
  }

  function observe() {
    const context = contextFor(kind, row.changes?.(place), { ...optionsOf(row), epoch: 2 });
    return kind.observe?.(context, new AbortController().signal);
  }

  test('before its effect: absent, and it takes effect once when it is run again', async () => {
    await crash('before');
    expect(await observe()).toEqual({ effect: 'absent' });
    expect(place.mutations()).toHaveLength(0);
    const again = contextFor(kind, row.changes?.(place), { ...optionsOf(row), epoch: 2 });
    const { status } = await kind.run(again, new AbortController().signal);
    expect(status).toBe(row.begins ? 'waiting' : 'succeeded');
    expect(place.mutations()).toHaveLength(1);
  });

  test('after its effect: present, and nothing is repeated', async () => {
    await crash('after');
    expect(await observe()).toMatchObject({ effect: row.begins ? 'begun' : 'present' });
    expect(place.mutations()).toHaveLength(1);
  });
});
