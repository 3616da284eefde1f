import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { httpRequest } from '../../src/steps/http-request.ts';
import { json, type Seen, serve, type TestServer } from '../support/http-server.ts';
import { type ContextOptions, contextFor, runOnce } from '../support/step-context.ts';

/** A resource as the sandbox has one: GET with an ETag, PUT with If-Match, and things that go wrong on request. */
let hosts: Json;
let version: number;
let server: TestServer;

beforeEach(async () => {
  hosts = { api: 'blue' };
  version = 7;
  server = await serve((seen, response) => {
    const { method, path } = seen;
    if (path === '/hosts' && method === 'GET') return json(response, hosts, 200, { etag: `"${version}"` });
    if (path === '/weak') return json(response, hosts, 200, { etag: 'W/"1"' });
    if (path === '/stale') return json(response, { error: 'stale epoch' }, 409);
    if (path === '/away') return json(response, {}, 307, { location: `${server.url}/hosts?token=hidden` });
    if (path === '/broken') return json(response, { error: 'out of disk' }, 500);
    if (path === '/busy') return json(response, { error: 'later' }, 503);
    if (path === '/bad') return json(response, { error: 'no such field' }, 422);
    if (path === '/missing') return json(response, { error: 'unknown' }, 404);
    if (path === '/half') {
      hosts = JSON.parse(seen.body);
      return response.destroy();
    }
    if (path === '/lost') return response.destroy();
    if (path === '/never') return;
    change(seen, response);
  });
});
afterEach(() => server.stop());

function change(seen: Seen, response: Parameters<typeof json>[0]): void {
  const expected = seen.headers['if-match'];
  if (expected !== undefined && expected !== `"${version}"`) {
    json(response, { error: 'changed' }, 412);
    return;
  }
  hosts = JSON.parse(seen.body === '' ? 'null' : seen.body);
  version += 1;
  json(response, hosts);
}

function put(more: Record<string, unknown> = {}, path = '/hosts') {
  const read = { url: `${server.url}/hosts` };
  return { method: 'PUT', url: `${server.url}${path}`, json: { api: 'green' }, read, ...more };
}

function observe(input: unknown, options: ContextOptions = {}) {
  return httpRequest.observe?.(contextFor(httpRequest, input, options), new AbortController().signal);
}

describe('a request that changes something', () => {
  test('is sent once, with who asks, the epoch and the key of the attempt', async () => {
    const input = put({ headers: { Authorization: 'Bearer s3cret-token' } });
    const result = await runOnce(httpRequest, input, { epoch: 4, attempt: 2 });
    expect(result).toMatchObject({ status: 'succeeded', output: { status: 200, body: { api: 'green' } } });
    expect(result.status === 'succeeded' && result.summary).toMatch(
      /^PUT http:\/\/127\.0\.0\.1:\d+\/hosts → 200 in \d+ ms$/,
    );
    expect(JSON.stringify(result)).not.toContain('s3cret');
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      body: '{"api":"green"}',
      headers: {
        'content-type': 'application/json',
        'cutover-rollout': 'test-1',
        'cutover-epoch': '4',
        'cutover-step': 'probe',
        'idempotency-key': 'test-1/probe/2',
        authorization: 'Bearer s3cret-token',
      },
    });
  });

  test('says what people want to read where the playbook gives the words', async () => {
    const result = await runOnce(httpRequest, put({ summary: 'Hosts moved to green' }));
    expect(result).toMatchObject({ status: 'succeeded', summary: 'Hosts moved to green' });
  });

  test('a header of the playbook never replaces one of the bot', async () => {
    await runOnce(httpRequest, put({ headers: { 'Cutover-Epoch': '99', 'Idempotency-Key': 'mine' } }));
    expect(server.seen[0]?.headers).toMatchObject({
      'cutover-epoch': '1',
      'idempotency-key': 'test-1/probe/1',
    });
  });
});

describe('capture: before', () => {
  test('reads before it changes, and changes only what it has read', async () => {
    const context = contextFor(httpRequest, put(), { capturing: true });
    expect((await httpRequest.run(context, new AbortController().signal)).status).toBe('succeeded');
    expect(context.captures).toEqual([{ api: 'blue' }]);
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'PUT']);
    expect(server.seen[1]?.headers['if-match']).toBe('"7"');
  });

  test('picks the part that the request changes', async () => {
    hosts = { hosts: { api: 'blue' }, since: 'noon' };
    const context = contextFor(
      httpRequest,
      put({ read: { url: `${server.url}/hosts`, pick: 'body.hosts' } }),
      {
        capturing: true,
      },
    );
    await httpRequest.run(context, new AbortController().signal);
    expect(context.captures).toEqual([{ api: 'blue' }]);
  });

  test('a change by somebody else in between is not overwritten', async () => {
    const context = contextFor(httpRequest, put(), { capturing: true });
    const result = await httpRequest.run(
      {
        ...context,
        async capture(read) {
          version += 1;
          return read();
        },
      },
      new AbortController().signal,
    );
    expect(result).toMatchObject({
      status: 'failed',
      summary: `${server.url}/hosts: someone changed it since it was read`,
      retryable: true,
    });
    expect(hosts).toEqual({ api: 'blue' });
  });

  test('an earlier capture stands, and the precondition is read anew', async () => {
    const context = contextFor(httpRequest, put(), { capturing: true, captured: { api: 'first' } });
    await httpRequest.run(context, new AbortController().signal);
    expect(context.captures).toEqual([]);
    expect(server.seen[1]?.headers['if-match']).toBe('"7"');
  });

  test('a weak ETag is no precondition', async () => {
    const read = { url: `${server.url}/weak` };
    await runOnce(httpRequest, put({ read }), { capturing: true });
    expect(server.mutations()[0]?.headers['if-match']).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, string, boolean]>([
    [
      'nothing to read',
      { read: undefined },
      'Nothing was changed: `capture: before` needs `read.url`',
      false,
    ],
    [
      'an error',
      { read: { url: '/broken' } },
      'Nothing was changed: reading what stands there was answered with 500',
      true,
    ],
    [
      'a part that is not there',
      { read: { url: '/hosts', pick: 'body.hosts' } },
      "`read.pick` can't be computed",
      false,
    ],
  ])('with %s nothing is changed', async (_, more, summary, retryable) => {
    const read = more.read as { url: string; pick?: string } | undefined;
    const result = await runOnce(
      httpRequest,
      put({ read: read && { ...read, url: server.url + read.url } }),
      {
        capturing: true,
      },
    );
    expect(result).toMatchObject({ status: 'failed', retryable });
    expect(result.status === 'failed' && result.summary).toContain(summary);
    expect(server.mutations()).toEqual([]);
  });
});

describe('an answer that is not what was expected', () => {
  test.each<[string, Record<string, unknown>, string, boolean]>([
    ['/bad', {}, 'status 422, expected 200 to 299', false],
    ['/busy', {}, 'status 503, expected 200 to 299', true],
    ['/away', {}, 'status 307, expected 200 to 299', false],
    ['/hosts', { expect: { status: [201] } }, 'status 200, expected 201', false],
    ['/hosts', { expect: { body: 'body.api == "red"' } }, 'this does not hold: body.api == "red"', false],
    ['/hosts', { expect: { body: 'body.spi == "red"' } }, 'the condition could not be evaluated', false],
  ])('%s %j fails', async (path, more, summary, retryable) => {
    const result = await runOnce(httpRequest, put(more, path));
    expect(result).toMatchObject({ status: 'failed', retryable });
    expect(result.status === 'failed' && result.summary).toContain(summary);
  });

  test('a redirection is named and not followed', async () => {
    const result = await runOnce(httpRequest, put({}, '/away'));
    expect(result).toMatchObject({ detail: expect.stringContaining(`It points to ${server.url}/hosts?…`) });
    expect(server.seen).toHaveLength(1);
  });

  test('a stale epoch is a fault of this worker, not of the step', async () => {
    await expect(runOnce(httpRequest, put({}, '/stale'))).rejects.toThrow(
      'a newer worker holds this rollout',
    );
  });

  test('after a server error the state is read back: absent may be tried again', async () => {
    const result = await runOnce(httpRequest, put({}, '/broken'));
    expect(result).toMatchObject({ status: 'failed', retryable: true });
    expect(result.status === 'failed' && result.detail).toBe(
      'It answered: {"error":"out of disk"} It was read back: the change is not there.',
    );
  });

  test('after a server error with the change in place it is not repeated', async () => {
    hosts = { api: 'green' };
    const result = await runOnce(httpRequest, put({ method: 'POST' }, '/broken'));
    expect(result).toMatchObject({ status: 'failed', retryable: false });
    expect(result.status === 'failed' && result.detail).toContain('the change is there all the same');
  });

  test.each([
    ['POST', false],
    ['PUT', true],
  ])('after a server error that can’t be read back, %s may be repeated: %s', async (method, retryable) => {
    const result = await runOnce(httpRequest, put({ method, read: undefined }, '/broken'));
    expect(result).toMatchObject({ status: 'failed', retryable });
  });
});

describe('no answer', () => {
  test('a server that is not there has certainly not changed', async () => {
    const { url } = server;
    await server.stop();
    const result = await runOnce(httpRequest, { method: 'POST', url: `${url}/hosts`, json: {} });
    expect(result).toEqual({
      status: 'failed',
      summary: `POST ${url}/hosts: the connection was refused`,
      retryable: true,
    });
    server = await serve(() => undefined);
  });

  test('a connection that broke is thrown, and then the change is found', async () => {
    const input = put({}, '/half');
    await expect(runOnce(httpRequest, input)).rejects.toThrow('/half: the connection failed');
    expect(await observe(input)).toEqual({
      effect: 'present',
      summary: `PUT ${server.url}/half: read back from ${server.url}/hosts`,
    });
  });

  test('a connection that broke too early: the change is not found', async () => {
    const input = put({}, '/lost');
    await expect(runOnce(httpRequest, input)).rejects.toThrow('/lost: the connection failed');
    expect(await observe(input)).toEqual({ effect: 'absent' });
  });

  test('an abort ends it at once', async () => {
    const aborting = new AbortController();
    const running = httpRequest.run(contextFor(httpRequest, put({}, '/never')), aborting.signal);
    await expect.poll(() => server.seen.length).toBe(1);
    aborting.abort(new Error('rolled back'));
    await expect(running).rejects.toThrow('rolled back');
  });
});

describe('observe', () => {
  test('sends nothing but reads, and fences what is left of an older worker', async () => {
    await observe(put(), { epoch: 9 });
    expect(server.mutations()).toEqual([]);
    expect(server.seen[0]?.headers['cutover-epoch']).toBe('9');
  });

  test.each<[string, Record<string, unknown>, Json, string]>([
    ['equal, whatever the order of its keys', { json: { a: 1, b: 2 } }, { b: 2, a: 1 }, 'present'],
    ['another value', {}, { api: 'blue' }, 'absent'],
    ['more than was sent', {}, { api: 'green', since: 1 }, 'absent'],
    ['a condition that holds', { read: { present: 'body.revision > 4' } }, { revision: 5 }, 'present'],
    [
      'a condition over the request',
      { read: { present: 'body.x.api == request.api' } },
      { x: { api: 'green' } },
      'present',
    ],
    ['a condition over what was before', { read: { present: 'body != before' } }, { api: 'blue' }, 'absent'],
    ['a condition that has no value', { read: { present: 'body.revision > 4' } }, {}, 'unknown'],
    ['nothing to compare with', { method: 'POST', json: undefined }, { api: 'green' }, 'unknown'],
  ])('%s', async (_, more, stands, effect) => {
    hosts = stands;
    const read = { url: `${server.url}/hosts`, ...(more.read as object | undefined) };
    const found = await observe(put({ ...more, read }), { captured: { api: 'blue' } });
    expect(found?.effect).toBe(effect);
  });

  test.each<[string, string, string]>([
    ['DELETE', '/missing', 'present'],
    ['DELETE', '/hosts', 'absent'],
    ['POST', '/missing', 'absent'],
    ['POST', '/broken', 'unknown'],
  ])('%s whose read %s is answered: %s', async (method, path, effect) => {
    const found = await observe({ method, url: `${server.url}/x`, read: { url: server.url + path } });
    expect(found?.effect).toBe(effect);
  });

  test('says what was tried when it can’t tell', async () => {
    const found = await observe(put({ read: { url: `${server.url}/broken` } }));
    expect(found).toEqual({
      effect: 'unknown',
      known: [
        `PUT ${server.url}/hosts was about to be sent or had been sent`,
        `GET ${server.url}/broken answered 500`,
      ],
    });
  });

  test('a read is no effect', async () => {
    expect(await observe({ method: 'GET', url: `${server.url}/hosts` })).toEqual({ effect: 'absent' });
    expect(server.seen).toEqual([]);
  });
});

describe('the plan', () => {
  test('shows what stands there and what will', async () => {
    const line = await httpRequest.plan(contextFor(httpRequest, put()));
    expect(line).toEqual({
      summary: `PUT ${server.url}/hosts`,
      diff: [{ what: `${server.url}/hosts`, before: '{"api":"blue"}', after: '{"api":"green"}' }],
    });
    expect(server.mutations()).toEqual([]);
  });

  test('says when nothing would change', async () => {
    hosts = { api: 'green' };
    const line = await httpRequest.plan(contextFor(httpRequest, put()));
    expect(line).toEqual({ summary: `PUT ${server.url}/hosts (it is so already)`, diff: [] });
  });

  test('what later steps decide is not asked for, and secrets are not sent', async () => {
    const input = put({
      read: { url: `${server.url}/hosts` },
      headers: { authorization: '${{ secrets.KEY }}' },
    });
    const line = await httpRequest.plan({
      ...contextFor(httpRequest, put()),
      input: { ...input, json: '${{ steps.a.before }}' } as never,
    });
    expect(line.diff[0]).toMatchObject({ before: '{"api":"blue"}', after: '${{ steps.a.before }}' });
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });
});

test.each([
  [{ method: 'PUT', url: 'ftp://x/' }, 'an http or https address'],
  [{ method: 'PUT', url: 'http://me:secret@x/' }, 'without a user or password'],
  [{ method: 'PUT', url: 'http://x/', json: {}, body: '' }, 'give either `json` or `body`'],
  [{ method: 'GET', url: 'http://x/', json: {} }, 'GET and HEAD have no body'],
  [{ method: 'FETCH', url: 'http://x/' }, 'method'],
  [{ method: 'PUT', url: 'http://x/', headers: { 'a b': 'c' } }, 'the name of a header'],
  [{ method: 'PUT', url: 'http://x/', headers: { a: 'b\r\nc: d' } }, 'one line'],
  [{ method: 'PUT', url: 'http://x/', expect: { body: 'body ==' } }, 'not a CEL expression'],
  [{ method: 'PUT', url: 'http://x/', expect: { body: 'boddy.ok' } }, 'did you mean \\"body\\"?'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(httpRequest.input.safeParse(input).error?.issues)).toContain(message);
});
