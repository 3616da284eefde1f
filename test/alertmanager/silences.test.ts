import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertmanagerSilences } from '../../src/adapters/alertmanager/silences.ts';
import { type AlertmanagerDouble, alertmanagerDouble } from '../doubles/alertmanager.ts';
import { silenceOf, silencesContract } from './contract.ts';

const soon = () => AbortSignal.timeout(5_000);
let double: AlertmanagerDouble;

beforeEach(async () => {
  double = await alertmanagerDouble();
});
afterEach(() => double.stop());

function silences(change: object = {}, timeout = 2_000) {
  const secrets: Record<string, string> = { AM: 'tok', PASS: 'p:w' };
  return alertmanagerSilences(
    { kind: 'alertmanager', url: `${double.url}/`, ...change },
    { fetch, secret: async (name) => secrets[name], timeout },
  );
}

describe('silences of an Alertmanager', () => {
  silencesContract(() => silences());

  it('names what fires there, silenced or not, by the labels', async () => {
    const labels = { alertname: 'It “says” "slow" \\ ü', app: 'shop', instance: 'a' };
    double.fires({ fingerprint: 'f1', labels }, { fingerprint: 'f2', labels: { ...labels, app: 'other' } });
    expect(await silences().firing(silenceOf('op').matchers, soon())).toEqual(['f1']);
    double.trouble({ status: 503 });
    await expect(silences().firing(silenceOf('op').matchers, soon())).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });

  it('shows who asked for it, and until when', async () => {
    const wanted = silenceOf('op');
    await silences().create(wanted, soon());
    expect(double.active()).toMatchObject([
      { createdBy: 'Bob', comment: wanted.comment, endsAt: wanted.until, matchers: wanted.matchers },
    ]);
  });

  it.each([
    [{ token: '${{ secrets.AM }}' }, 'Bearer tok'],
    [
      { username: 'bob', password: '${{ secrets.PASS }}' },
      `Basic ${Buffer.from('bob:p:w').toString('base64')}`,
    ],
  ])('shows who we are by secrets that are named', async (change, authorization) => {
    await double.stop();
    double = await alertmanagerDouble({ authorization });
    await silences(change).create(silenceOf('op'), soon());
    expect(double.active()).toHaveLength(1);
    await expect(silences().find('op', [], soon())).rejects.toMatchObject({ reason: 'refused' });
  });

  it.each([
    [{ token: 'plain' }, 'a secret by its name'],
    [{ username: 'bob' }, 'username and password stand together'],
    [{ url: 'ftp://x' }, 'url'],
    [{ extra: 1 }, 'not set up well'],
  ])('takes no connection that can’t be meant: %j', (change, said) => {
    expect(() => silences(change)).toThrow(said);
  });

  it('says that a secret is not set', async () => {
    const call = silences({ token: '${{ secrets.NONE }}' }).find('op', [], soon());
    await expect(call).rejects.toMatchObject({ reason: 'refused', message: expect.stringContaining('NONE') });
  });

  it.each([
    [{ status: 503, body: 'starting' }, 'unavailable', 'answered 503: starting'],
    [{ status: 429 }, 'unavailable', 'answered 429'],
    [{ status: 403, body: '"no\\nway"' }, 'refused', 'answered 403: no way'],
    [{ status: 422, body: '{"code":602,"message":"bad"}' }, 'refused', 'answered 422: bad'],
    [{ status: 200, body: '<html>' }, 'unreadable', 'unknown form'],
    [{}, 'unavailable', 'no answer in time'],
  ] as const)('sorts failures: %j is %s', async (trouble, reason, said) => {
    double.trouble(trouble);
    await expect(silences({}, 200).find('op', [], soon())).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(said),
    });
  });

  it('is unavailable when nobody is there, and ends when it is told to', async () => {
    const away = silences({ url: 'http://127.0.0.1:9' });
    await expect(away.find('op', [], soon())).rejects.toMatchObject({ reason: 'unavailable' });
    const stop = new Error('stop');
    await expect(silences().find('op', [], AbortSignal.abort(stop))).rejects.toBe(stop);
  });

  it('takes a removal for done whose answer failed after it had its effect', async () => {
    const id = await silences().create(silenceOf('op'), soon());
    double.trouble({ method: 'DELETE', status: 500, after: true });
    await silences().remove(id, soon());
    expect(double.active()).toEqual([]);
    const other = await silences().create(silenceOf('op'), soon());
    double.trouble({ method: 'DELETE', status: 500 });
    await expect(silences().remove(other, soon())).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
