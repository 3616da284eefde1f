import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootCards } from './cards.ts';
import { scriptedBackEnd } from './scripted-back-end.ts';

let back: Awaited<ReturnType<typeof scriptedBackEnd>>;
let closed: Awaited<ReturnType<typeof scriptedBackEnd>>;

beforeAll(async () => {
  back = await scriptedBackEnd();
  closed = await scriptedBackEnd({ access: { token: 'shared-token', sandbox: false } });
});
afterAll(async () => {
  await back.stop();
  await closed.stop();
});

const post = (path: string, body: unknown, from = back, token?: string) =>
  fetch(from.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

describe('commands', () => {
  it('go to the inbox in the name of the person acted as', async () => {
    back.answerWith(({ text }) => ({ ok: false, card: { ...rootCards.bad, title: [text] } }));
    const body = { channel: 'rollouts', text: ' /rollout  approve aether-7', actAs: 'bob', drawnAt: 7 };
    const response = await post('/console/commands', body);
    expect(await response.json()).toMatchObject({ ok: false, card: { title: ['approve aether-7'] } });
    expect(back.received.at(-1)).toEqual({
      channel: { platform: 'console', id: 'rollouts' },
      account: 'bob',
      text: 'approve aether-7',
      press: { drawnAt: 7 },
      isPrivate: true,
    });
  });

  it.each([
    ['nobody chosen', {}],
    ['a stranger', { actAs: 'mallory' }],
  ])('are refused in the sandbox: %s', async (_what, extra) => {
    const before = back.received.length;
    const response = await post('/console/commands', { channel: 'rollouts', text: 'status', ...extra });
    const reply = await response.json();
    expect(reply).toMatchObject({ ok: false, card: { title: ['Nothing was done.'] } });
    expect(reply.card.lines.flat().join(' ')).toContain('Choose one of Alice, Bob');
    expect(back.received).toHaveLength(before);
  });

  it('run as the owner of a token, who can be nobody else', async () => {
    await post('/console/commands', { channel: 'rollouts', text: 'status' }, closed, 'bobs-own-token');
    expect(closed.received).toMatchObject([{ account: 'bob' }]);
    const body = { channel: 'rollouts', text: 'status', actAs: 'alice' };
    const reply = await (await post('/console/commands', body, closed, 'bobs-own-token')).json();
    expect(reply.card.lines[0]).toEqual(['Acting as somebody else is possible in the sandbox only.']);
    expect(closed.received).toHaveLength(1);
  });

  it('are refused to the shared token, which only reads', async () => {
    const reply = await (
      await post('/console/commands', { channel: 'rollouts', text: 'abort aether-7' }, closed, 'shared-token')
    ).json();
    expect(reply.ok).toBe(false);
    expect(reply.card.lines.flat().join(' ')).toContain('Sign in with a token of your own');
    expect(closed.received).toHaveLength(1);
  });

  it.each([
    ['no body', undefined, 400],
    ['an unknown key', { channel: 'rollouts', text: 'x', sudo: true }, 400],
    ['a long text', { channel: 'rollouts', text: 'x'.repeat(2_001) }, 400],
    ['a large body', { channel: 'rollouts', text: 'x'.repeat(20_000) }, 413],
    ['an unknown channel', { channel: 'elsewhere', text: 'x', actAs: 'bob' }, 404],
  ])('are refused: %s', async (_what, body, status) => {
    const response = await post('/console/commands', body);
    const { error } = await response.json();
    expect(response.status).toBe(status);
    expect([error.what, error.why, error.next].every((sentence: string) => sentence.length > 0)).toBe(true);
  });
});

describe('what the page reads', () => {
  it('says who looks, and shows people and faults to nobody who can’t choose them', async () => {
    const open = await (await fetch(`${back.url}/console/context`)).json();
    expect(open).toMatchObject({ viewer: { kind: 'anyone' }, people: [{ id: 'alice' }, { id: 'bob' }] });
    expect(open.faults).toHaveLength(5);
    const headers = { authorization: 'Bearer bobs-own-token' };
    const own = await (await fetch(`${closed.url}/console/context`, { headers })).json();
    expect(own).toMatchObject({ viewer: { kind: 'person', person: { id: 'bob' } }, people: [], faults: [] });
  });

  it('serves messages and draws their charts', async () => {
    const { id } = await back.chat.post('rollouts', undefined, rootCards.watch, 'watch');
    const messages = await (await fetch(`${back.url}/console/channels/rollouts/messages`)).json();
    expect(messages).toMatchObject([{ id, card: { tone: 'watch' } }]);
    const picture = await fetch(`${back.url}/console/channels/rollouts/messages/${id}/chart.svg`);
    expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await picture.text()).toContain('Errors on green');
  });

  it('tells a rollout in detail', async () => {
    expect(await (await fetch(`${back.url}/console/rollouts/aether-7`)).json()).toMatchObject({
      view: { id: 'aether-7', status: 'waiting' },
      card: { tone: 'waiting' },
      phases: [{ title: 'Preflight', steps: ['tests'] }, { steps: ['approve-switch', 'flip'] }],
      rollback: ['restore'],
      steps: [
        { id: 'tests', chart: { title: expect.any(String) } },
        { waiting: { for: 'approval' } },
        {},
        {},
      ],
    });
  });

  it.each([
    '/console/channels/none/messages',
    '/console/channels/rollouts/messages/m99',
    '/console/rollouts/none',
  ])('%s is not found', async (path) => expect((await fetch(back.url + path)).status).toBe(404));

  it('needs a sign-in outside the sandbox, but for the page’s own files', async () => {
    for (const path of [
      '/console/context',
      '/console/channels/rollouts/messages',
      '/console/rollouts/aether-7',
    ])
      expect((await fetch(closed.url + path)).status).toBe(401);
    for (const path of ['/', '/rollouts/aether-7', '/assets/main.ts'])
      expect((await fetch(closed.url + path)).status).toBe(200);
  });
});

describe('faults', () => {
  it('are switched on in the sandbox', async () => {
    expect(await (await post('/console/faults', { fault: 'errors' })).json()).toEqual({
      said: 'Green answers every third request with an error.',
    });
  });
  it('are refused elsewhere, and when unknown', async () => {
    expect((await post('/console/faults', { fault: 'errors' }, closed, 'bobs-own-token')).status).toBe(403);
    const response = await post('/console/faults', { fault: 'earthquake' });
    expect([response.status, (await response.json()).error.next]).toEqual([
      400,
      'Known: errors, slow, crash, no-data, clear.',
    ]);
  });
});

describe('the page’s files', () => {
  it('are JavaScript without types, and answer 304 to who has them', async () => {
    const first = await fetch(`${back.url}/assets/store.ts`);
    const text = await first.text();
    expect(first.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(text).not.toContain('interface');
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(`${back.url}/assets/store.ts`, { headers: { 'if-none-match': etag } })).status).toBe(
      304,
    );
  });

  it('are all that the page names, and its policy allows the import map by hash alone', async () => {
    const response = await fetch(back.url);
    const html = await response.text();
    const paths = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect((await fetch(back.url + path)).status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='/);
    expect(policy).not.toContain('unsafe');
    expect((await fetch(`${back.url}/assets/../../../package.json`)).status).toBe(404);
  });
});
