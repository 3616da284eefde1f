import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chain, genesis, verifyChain } from '../../src/core/rollout/chain.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import { alice, begun, bob, done, forApproval, journalOf, noon, planOf, waits } from './journal.ts';

const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note', with: { n: 1.5e21 } }] }] });
const journal = journalOf(plan);
journal.add([begun('a'), waits('a', forApproval())], noon);
journal.add(
  [{ type: 'step.answered', data: { step: 'a', answer: 'approve', reason: 'ok “ok”' } }],
  noon,
  bob,
);
journal.add([done('a')], noon);
const lines = journal.events.map((event) => JSON.stringify(event));

describe('a stored journal', () => {
  test('that nobody touched is sound, and its head is that of its last event', () => {
    expect(verifyJournal(lines)).toEqual({ events: lines.length, head: journal.events.at(-1)?.hash });
  });

  test('with any single byte changed is found', () => {
    const places = lines.flatMap((line, index) => [...Buffer.from(line).keys()].map((at) => ({ index, at })));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.nat(255), ({ index, at }, byte) => {
        const bytes = Buffer.from(lines[index] ?? '');
        if (bytes[at] === byte) return;
        bytes[at] = byte;
        const changed = lines.with(index, bytes.toString());
        expect(verifyJournal(changed)).toHaveProperty('fault');
      }),
      { numRuns: 3_000 },
    );
  });

  test.each<[string, (all: string[]) => string[]]>([
    ['without its last event but one', (all) => all.toSpliced(-2, 1)],
    ['without its first event', (all) => all.slice(1)],
    ['with two events in the other order', (all) => [...all.slice(0, -2), ...all.slice(-2).reverse()]],
    ['with an event twice', (all) => [...all, all.at(-1) ?? '']],
    ['with a line that is no event', (all) => all.with(1, '{"seq":2}')],
    ['with a line that is no JSON', (all) => all.with(1, '{')],
    ['that is empty', () => []],
  ])('%s is found', (_name, tamper) => {
    expect(verifyJournal(tamper([...lines]))).toHaveProperty('fault');
  });

  test('whose plan was changed is found, also when the whole chain is made anew', () => {
    const [planned, ...rest] = journal.events.map(({ type, data }) => ({ type, data }));
    const forged = structuredClone(planned) as { type: string; data: { digest: string } };
    forged.data.digest = planDigest({ ...plan, target: 'green' });
    const chained = chain({ seq: 0, head: genesis }, [forged, ...rest], alice, new Date(noon).toISOString());
    expect(verifyJournal(chained.map((event) => JSON.stringify(event)))).toEqual({
      fault: 'the plan of event 1 is not the one that its digest names',
    });
  });
});

test('the chain tells the number of the first event that does not follow', () => {
  const events = [...journal.events];
  expect(verifyChain(events)).toEqual({ ok: true, head: events.at(-1)?.hash });
  expect(
    verifyChain(events.with(2, { ...(events[2] as (typeof events)[0]), at: new Date(0).toISOString() })),
  ).toEqual({
    ok: false,
    brokenAt: 3,
  });
});

test('facts whose fields come in another order have the same hash', () => {
  const at = new Date(noon).toISOString();
  const [one] = chain({ seq: 0, head: genesis }, [{ type: 't', data: { a: 1, b: 2 } }], alice, at);
  const [other] = chain({ seq: 0, head: genesis }, [{ data: { b: 2, a: 1 }, type: 't' }], alice, at);
  expect(one?.hash).toBe(other?.hash);
});
