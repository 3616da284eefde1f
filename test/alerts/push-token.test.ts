import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTokenCheck } from '../../src/adapters/alerts/push-token.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { openDoor, post } from './door.ts';
import { googlePayload, pushOf } from './payloads.ts';

const identity = {
  audience: 'https://cutover.example/webhooks/google-monitoring',
  account: 'alerts@shop-production.iam.gserviceaccount.com',
};
const keys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const google = keys();
const stranger = keys();

let certificates: TestServer;
beforeAll(async () => {
  certificates = await serve((_seen, response) =>
    json(response, { 'key-1': google.publicKey }, 200, { 'cache-control': 'max-age=3600' }),
  );
});
afterAll(() => certificates.stop());

const seconds = () => Math.floor(Date.now() / 1_000);
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token as Pub/Sub signs it. */
function signed(claims: object = {}, { key = google.privateKey, header = {} } = {}): string {
  const payload = {
    aud: identity.audience,
    azp: '113774264463038321964',
    email: identity.account,
    email_verified: true,
    exp: seconds() + 3_600,
    iat: seconds(),
    iss: 'https://accounts.google.com',
    sub: '113774264463038321964',
    ...claims,
  };
  const text = `${encode({ alg: 'RS256', kid: 'key-1', typ: 'JWT', ...header })}.${encode(payload)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

const check = () => pushTokenCheck(identity, { certificatesUrl: certificates.url });

describe('the token of a push', () => {
  it('is good when Google signed it for this audience and account; the keys are fetched once', async () => {
    const good = check();
    const before = certificates.seen.length;
    expect([await good(signed()), await good(signed())]).toEqual([true, true]);
    expect(certificates.seen.length).toBe(before + 1);
  });

  const unsigned = `${encode({ alg: 'none', kid: 'key-1' })}.${encode({ aud: identity.audience })}.`;
  it.each([
    ['somebody else signed', signed({}, { key: stranger.privateKey })],
    ['nobody signed', unsigned],
    ['is for another audience', signed({ aud: 'https://elsewhere.example' })],
    ['is of another account', signed({ email: 'somebody@shop-production.iam.gserviceaccount.com' })],
    ['has an unverified address', signed({ email_verified: false })],
    ['has no address', signed({ email: undefined })],
    ['is over', signed({ iat: seconds() - 7_200, exp: seconds() - 3_600 })],
    ['is of another issuer', signed({ iss: 'https://accounts.example' })],
    ['names an unknown key', signed({}, { header: { kid: 'key-2' } })],
    ['was changed', signed().replace(/\.[^.]{6}/, '.eyJhIj')],
    ['is no token', 'a.b.c'],
  ])('is refused when it %s', async (_, token) => {
    expect(await check()(token)).toBe(false);
  });

  it('is neither when the keys can’t be fetched', async () => {
    const closed = await serve((_seen, response) => json(response, {}, 404));
    await expect(pushTokenCheck(identity, { certificatesUrl: closed.url })(signed())).rejects.toThrow();
    await closed.stop();
  });

  it('lets a push in, beside the shared token', async () => {
    const door = await openDoor({ alerts: memoryAlerts(systemClock), signed: check() });
    const push = (token: string) =>
      post(door.url, 'google-monitoring', pushOf(googlePayload), { authorization: `Bearer ${token}` });
    expect((await push(signed())).status).toBe(200);
    expect((await push(signed({ aud: 'https://elsewhere.example' }))).status).toBe(401);
    const elsewhere = { authorization: `Bearer ${signed()}` };
    expect((await post(door.url, 'alertmanager', googlePayload, elsewhere)).status).toBe(401);
    await door.close();
  });
});
