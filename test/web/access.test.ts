import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Gate } from '../../src/adapters/web/gate.ts';
import { sha256 } from '../../src/core/json.ts';
import { type Overrides, serve } from './serve.ts';

const token = 'the-shared-console-token';
let running: Awaited<ReturnType<typeof serve>> | undefined;

/** A server with one guarded route that says who the viewer is. */
async function start(access: Overrides['access']) {
  running = await serve({
    access: access ?? {},
    guarded: [
      (gate: Gate) => async (server) => {
        server.all('/who', async (incoming) => gate.viewerOf(incoming));
      },
    ],
  });
  return running.url;
}

afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

const signIn = (url: string, secret: string) =>
  fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: secret }),
  });
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** fetch does not let a caller choose Host. */
function statusWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/who`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('who may look', () => {
  it('is open in the sandbox on loopback without a token', async () => {
    const url = await start({});
    expect(await (await fetch(`${url}/who`)).json()).toEqual({ kind: 'anyone' });
  });

  it('refuses other names of the same machine when open, so that no site can rebind its own', async () => {
    const url = await start({});
    expect(await statusWithHost(url, 'evil.example')).toBe(403);
    expect(await statusWithHost(url, 'localhost:3000')).toBe(200);
  });

  it.each([
    ['outside the sandbox', { sandbox: false }],
    ['on an address that others reach', { loopback: false }],
  ])('is closed without a token %s', async (_where, access) => {
    const url = await start(access);
    for (const path of ['/who', '/api/rollouts', '/api/events']) {
      const response = await fetch(url + path, { headers: { authorization: 'Bearer anything' } });
      expect([response.status, (await response.json()).error.reason]).toEqual([403, 'closed']);
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it.each([
    ['the shared token reads', token, false, { kind: 'reader' }],
    ['the shared token is anyone in the sandbox', token, true, { kind: 'anyone' }],
    ['an own token is its person', 'bobs-own-token', false, { kind: 'person', person: { id: 'bob' } }],
  ])('%s, as a bearer and by sign-in', async (_what, secret, sandbox, viewer) => {
    const url = await start({ token, sandbox });
    const bearer = await fetch(`${url}/who`, { headers: { authorization: `Bearer ${secret}` } });
    expect(await bearer.json()).toMatchObject(viewer);
    const signed = await signIn(url, secret);
    expect(signed.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(signed);
    expect(cookie).not.toContain(secret);
    expect(await (await fetch(`${url}/who`, { headers: { cookie } })).json()).toMatchObject(viewer);
    await fetch(`${url}/session`, { method: 'DELETE', headers: { cookie } });
    expect((await fetch(`${url}/who`, { headers: { cookie } })).status).toBe(401);
  });

  it.each([
    ['nothing', {}],
    ['a wrong bearer', { authorization: 'Bearer the-shared-console-tokem' }],
    ['a prefix', { authorization: 'Bearer the-shared' }],
    ['an unknown session', { cookie: `cutover_session=${'x'.repeat(43)}` }],
    ['the token as a cookie', { cookie: `cutover_session=${token}` }],
  ])('answers 401 to %s', async (_what, headers) => {
    const url = await start({ token, sandbox: false });
    const response = await fetch(`${url}/who`, { headers: headers as HeadersInit });
    expect([response.status, (await response.json()).error.reason]).toEqual([401, 'signed-out']);
  });

  it('ends a session when its person’s token leaves the policy', async () => {
    const bob = { person: { id: 'bob', name: 'Bob', roles: [] }, tokenDigest: sha256('bobs-own-token') };
    let people = [bob];
    const url = await start({ token, sandbox: false, people: () => people });
    const cookie = cookieOf(await signIn(url, 'bobs-own-token'));
    expect((await fetch(`${url}/who`, { headers: { cookie } })).status).toBe(200);
    people = [];
    expect((await fetch(`${url}/who`, { headers: { cookie } })).status).toBe(401);
  });

  it('slows down guessing', async () => {
    const url = await start({ token, sandbox: false });
    const tries = [];
    for (let guess = 0; guess < 5; guess += 1) tries.push((await signIn(url, `guess-${guess}`)).status);
    expect(tries).toEqual([401, 401, 401, 429, 429]);
  });
});

describe('other sites', () => {
  const post = (url: string, headers: Record<string, string>) =>
    fetch(`${url}/who`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch', { 'sec-fetch-site': 'same-site' }],
  ])('may not post: %s', async (_what, headers) => {
    const response = await post(await start({}), headers as Record<string, string>);
    expect([response.status, (await response.json()).error.reason]).toEqual([403, 'cross-site']);
  });

  it('lets the page itself, PUBLIC_URL and programs post', async () => {
    const url = await start({ publicUrl: 'https://cutover.example' });
    expect((await post(url, { origin: url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await post(url, { origin: 'https://cutover.example' })).status).toBe(200);
    expect((await post(url, {})).status).toBe(200);
  });

  it('marks the cookie secure behind https', async () => {
    const url = await start({ token, publicUrl: 'https://cutover.example' });
    expect((await signIn(url, token)).headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it.each([
    ['a body over its limit', 'x'.repeat(70_000), 413],
    ['a body that is no JSON', '{', 400],
  ])('refuses %s', async (_what, body, status) => {
    const url = await start({});
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/who`, { method: 'POST', headers, body });
    expect([response.status, (await response.json()).error.reason]).toEqual([status, 'bad-input']);
  });
});
