import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { NewSilence, Silences } from '../../src/ports/silences.ts';

const soon = () => AbortSignal.timeout(10_000);
const hour = 3_600_000;

export function silenceOf(operation: string, more: Partial<NewSilence> = {}): NewSilence {
  const now = Date.now();
  return {
    matchers: [
      { name: 'alertname', value: 'It “says” "slow" \\ ü', isRegex: false, isEqual: true },
      { name: 'app', value: 'shop', isRegex: false, isEqual: true },
    ],
    from: new Date(now - 600_000).toISOString(),
    until: new Date(now + hour).toISOString(),
    by: 'Bob',
    comment: `failover (shop-1.1, operation ${operation})`,
    ...more,
  };
}

/** What every place that silences are made in keeps to. */
export function silencesContract(open: () => Silences): void {
  it('finds a silence by its operation and its matchers, and no other', async () => {
    const silences = open();
    const [operation, another] = [randomUUID(), randomUUID()];
    const wanted = silenceOf(operation);
    expect(await silences.find(operation, wanted.matchers, soon())).toEqual([]);
    const id = await silences.create(wanted, soon());
    await silences.create(silenceOf(another), soon());
    expect(await silences.find(operation, wanted.matchers, soon())).toEqual([
      { id, until: wanted.until, ended: false },
    ]);
  });

  it('shows two that were made twice, the same first each time', async () => {
    const silences = open();
    const operation = randomUUID();
    const ids = [
      await silences.create(silenceOf(operation), soon()),
      await silences.create(silenceOf(operation), soon()),
    ].sort();
    const found = await silences.find(operation, silenceOf(operation).matchers, soon());
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('removes one, again, and one that was never there', async () => {
    const silences = open();
    const operation = randomUUID();
    const { matchers } = silenceOf(operation);
    const id = await silences.create(silenceOf(operation), soon());
    await silences.remove(id, soon());
    expect((await silences.find(operation, matchers, soon())).every(({ ended }) => ended)).toBe(true);
    await silences.remove(id, soon());
    await silences.remove(randomUUID(), soon());
  });

  it('refuses what has no sense, and says why', async () => {
    const past = silenceOf(randomUUID(), { until: new Date(Date.now() - hour).toISOString() });
    await expect(open().create(past, soon())).rejects.toMatchObject({
      name: 'SilenceError',
      reason: 'refused',
      message: expect.stringMatching(/answered 400: .*time/),
    });
  });
}
