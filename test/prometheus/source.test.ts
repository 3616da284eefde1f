import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prometheusSource } from '../../src/adapters/prometheus/source.ts';
import { prometheusDouble } from '../doubles/prometheus.ts';

const soon = () => AbortSignal.timeout(5_000);
const at = Date.parse('2026-11-21T14:31:00.500Z');
let double: Awaited<ReturnType<typeof prometheusDouble>>;

beforeEach(async () => {
  double = await prometheusDouble();
});
afterEach(() => double.stop());

function source(change: object = {}, timeout = 2_000) {
  const secret = async (name: string) => (name === 'PROM' ? 'tok' : undefined);
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  const made = prometheusSource(
    { kind: 'prometheus', url: `${double.url}/`, ...change },
    { fetch, secret, timeout, onWarning },
  );
  return { ...made, warnings };
}

describe('prometheusSource', () => {
  it('reads a vector, with time stamps in milliseconds and the words for no number', async () => {
    double.vector('up', { job: 'green' }, '0.25');
    expect(await source().instant('up', at, soon())).toEqual([
      { labels: { job: 'green' }, points: [[at, 0.25]] },
    ]);
    for (const [text, value] of [
      ['NaN', Number.NaN],
      ['+Inf', Infinity],
      ['-Inf', -Infinity],
      ['1e-3', 0.001],
    ] as const) {
      double.vector('up', {}, text);
      expect((await source().instant('up', at, soon()))[0]?.points).toEqual([[at, value]]);
    }
  });

  it('reads a scalar, and an empty vector', async () => {
    expect(await source().instant('scalar(1)', at, soon())).toEqual([{ labels: {}, points: [[at, 1]] }]);
    expect(await source().instant('nothing', at, soon())).toEqual([]);
  });

  it('reads a range', async () => {
    double.vector('up', {}, '2');
    const points = (await source().range('up', at, at + 30_000, 15_000, soon()))[0]?.points;
    expect(points).toEqual([
      [at, 2],
      [at + 15_000, 2],
      [at + 30_000, 2],
    ]);
  });

  it('sends what a query is made of, unharmed', async () => {
    const query = 'sum(rate(x{a=~"b&c=d+é",e!="\\n"}[5m])) > 0';
    double.vector(query, {}, '1');
    expect(await source().instant(query, at, soon())).toHaveLength(1);
  });

  it('passes warnings on and gives the answer all the same', async () => {
    double.warn('PromQL info: metric might not be a counter');
    const asked = source();
    await asked.instant('nothing', at, soon());
    expect(asked.warnings).toEqual(['PromQL info: metric might not be a counter']);
  });

  it('authorizes with a secret by its name', async () => {
    double.demand('tok');
    expect(await source({ token: '${{ secrets.PROM }}' }).instant('nothing', at, soon())).toEqual([]);
    await expect(source().instant('nothing', at, soon())).rejects.toMatchObject({ reason: 'refused' });
    const missing = source({ token: '${{ secrets.OTHER }}' }).instant('nothing', at, soon());
    await expect(missing).rejects.toThrow('the secret OTHER for Prometheus is not set');
  });

  it.each<[object]>([[{ token: 'plain-text-token' }], [{ url: 'file:///etc' }], [{ tokn: 'x' }]])(
    'refuses the connection %j',
    (change) => {
      expect(() => source(change)).toThrow();
    },
  );

  it('classifies failures', async () => {
    await expect(source().instant('sum(', at, soon())).rejects.toMatchObject({
      reason: 'refused',
      message: 'Prometheus: bad_data: parse error: unclosed left parenthesis',
    });
    double.answer(503, '<html>busy</html>');
    await expect(source().instant('up', at, soon())).rejects.toMatchObject({ reason: 'unavailable' });
    double.answer(200, '<html>a login page</html>');
    await expect(source().instant('up', at, soon())).rejects.toMatchObject({ reason: 'unreadable' });
    double.answer(200, '{"status":"success","data":{"resultType":"streams","result":[]}}');
    await expect(source().instant('up', at, soon())).rejects.toMatchObject({ reason: 'unreadable' });
    double.hang();
    await expect(source({}, 50).instant('up', at, soon())).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('no answer in time'),
    });
    await double.stop();
    await expect(source().instant('up', at, soon())).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('stops at the signal', async () => {
    double.hang();
    const control = new AbortController();
    const asked = source().instant('up', at, control.signal);
    const stop = new Error('stop');
    control.abort(stop);
    await expect(asked).rejects.toBe(stop);
  });
});
