import { afterEach, beforeEach, expect, test } from 'vitest';
import { headersCompare } from '../../src/steps/headers-compare.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

let blue: TestServer;
let green: TestServer;
let lost: boolean;

beforeEach(async () => {
  lost = false;
  const hardened = { 'x-frame-options': 'DENY', 'content-security-policy': 'default-src self' };
  blue = await serve((_, response) => json(response, {}, 200, { ...hardened, 'set-cookie': 'session=blue' }));
  green = await serve((_, response) => {
    const headers = lost ? { 'x-frame-options': 'SAMEORIGIN' } : hardened;
    json(response, {}, 401, { ...headers, 'set-cookie': 'session=green' });
  });
});
afterEach(() => Promise.all([blue.stop(), green.stop()]));

const headers = ['X-Frame-Options', 'Content-Security-Policy'];

function compare(more: Record<string, unknown> = {}) {
  return runOnce(headersCompare, { before: blue.url, after: green.url, headers, ...more });
}

test('the same headers, whatever else the answers say', async () => {
  expect(await compare({ host: 'api.example.test' })).toEqual({
    status: 'succeeded',
    summary: `2 headers are the same at ${green.url}`,
  });
  expect(green.seen[0]?.headers.host).toBe('api.example.test');
});

test('captured headers count like an address', async () => {
  const before = { 'X-Frame-Options': 'DENY', 'content-security-policy': 'default-src self' };
  expect((await compare({ before })).status).toBe('succeeded');
});

test('names what differs', async () => {
  lost = true;
  expect(await compare()).toEqual({
    status: 'failed',
    summary: `2 of 2 headers differ at ${green.url}`,
    detail:
      'x-frame-options: “DENY” before, “SAMEORIGIN” now\ncontent-security-policy: “default-src self” before, missing now',
    retryable: true,
  });
});

test('a header that neither has is no protection, and a cookie is not shown', async () => {
  const result = await compare({ headers: ['strict-transport-security', 'set-cookie'] });
  expect(result.status === 'failed' && result.detail).toBe(
    'strict-transport-security: missing on both sides\nset-cookie: another value (not shown) before, another value (not shown) now',
  );
});

test('a side that does not answer is told', async () => {
  const result = await compare({ after: 'http://127.0.0.1:1/' });
  expect(result).toMatchObject({ status: 'failed', retryable: true });
});

test('the plan names the headers', async () => {
  const { summary } = await headersCompare.plan(
    contextFor(headersCompare, { before: 'http://b/', after: 'http://g/', headers }),
  );
  expect(summary).toBe('Compare X-Frame-Options and Content-Security-Policy at http://g with http://b');
});
