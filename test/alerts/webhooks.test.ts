import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, test } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { StoreAway } from '../../src/ports/store-away.ts';
import { anyCharacter } from '../support/characters.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { until } from '../support/until.ts';
import { type DoorOptions, openDoor, post, speak, token } from './door.ts';
import { alertmanagerPayload, googlePayload, pushOf } from './payloads.ts';

let running: Awaited<ReturnType<typeof openDoor>> | undefined;

async function start(options: Partial<DoorOptions> = {}) {
  const alerts = options.alerts ?? memoryAlerts(systemClock);
  running = await openDoor({ alerts, ...options });
  return running;
}

afterEach(async () => {
  await running?.close();
  running = undefined;
});

const problemOf = async (response: Response) =>
  ((await response.json()) as { error: { reason: string; why: string } }).error;

describe('who may come in', () => {
  const basic = (password: string) => `Basic ${Buffer.from(`google:${password}`).toString('base64')}`;

  it.each([
    ['the token as a bearer', 'alertmanager', alertmanagerPayload, {}],
    ['the token as a password', 'alertmanager', alertmanagerPayload, { authorization: basic(token) }],
    [
      'the token in Google’s address',
      `google-monitoring?auth_token=${token}`,
      googlePayload,
      { authorization: '' },
    ],
    ['a push of Pub/Sub with the token', 'google-monitoring', pushOf(googlePayload), {}],
    ['a sender of one’s own', 'alerts', { name: 'Disk' }, {}],
  ])('%s', async (_, path, body, headers) => {
    const { url, told } = await start();
    const response = await post(url, path, body, headers as Record<string, string>);
    expect(response.status).toBe(200);
    const { fresh } = (await response.json()) as { fresh: number };
    expect(fresh).toBeGreaterThan(0);
    expect(told).toEqual([[expect.any(String), fresh, 0]]);
  });

  it.each([
    ['nothing', 'alerts', { authorization: '' }],
    ['a wrong token', 'alerts', { authorization: `Bearer ${token}x` }],
    ['a beginning of it', 'alerts', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['another scheme', 'alerts', { authorization: `Token ${token}` }],
    ['a wrong password', 'alerts', { authorization: basic('password') }],
    ['a name without a password', 'alerts', { authorization: `Basic ${btoa(token)}` }],
    ['a token in an address that needs none', `alerts?auth_token=${token}`, { authorization: '' }],
    ['a wrong one in Google’s', 'google-monitoring?auth_token=x', { authorization: '' }],
    ['two in Google’s', `google-monitoring?auth_token=${token}&auth_token=x`, { authorization: '' }],
    ['a signed token where none is known', 'google-monitoring', { authorization: 'Bearer a.b.c' }],
  ])('not %s', async (_, path, headers) => {
    const { url, outcomes } = await start();
    const response = await post(url, path, { name: 'Disk' }, headers as Record<string, string>);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect((await problemOf(response)).reason).toBe('signed-out');
    await until('the report', () => outcomes.length > 0);
    expect(outcomes).toEqual(['signed-out']);
  });

  it('is decided before the body is read', async () => {
    const { url } = await start();
    const head =
      'POST /webhooks/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{';
    const { answer } = await speak(url, head, async () => undefined);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('is 503 where a signed token can’t be checked just now', async () => {
    const signed = () => Promise.reject(new Error('the keys can’t be fetched'));
    const { url, troubles } = await start({ signed });
    const response = await post(url, 'google-monitoring', googlePayload, { authorization: 'Bearer a.b.c' });
    expect(response.status).toBe(503);
    expect(troubles).toHaveLength(1);
  });

  it('never shows up in what is logged or answered', async () => {
    const alerts = { accept: () => Promise.reject(new Error('broken')) };
    const { url, logged, troubles } = await start({ alerts });
    const response = await post(url, `google-monitoring?auth_token=${token}`, googlePayload, {
      authorization: '',
    });
    const text = `${await response.text()} ${JSON.stringify(logged)} ${JSON.stringify(troubles)}`;
    expect(response.status).toBe(503);
    expect(text).not.toContain(token);
  });
});

describe('what is refused', () => {
  it.each([
    ['no JSON', '{"name":', {}, 400, /no JSON/],
    ['an empty body', '', {}, 400, /no JSON/],
    ['JSON of another shape', '[1]', {}, 400, /docs\/alerts\.md: \[0\]: /],
    ['plain text', 'hello', { 'content-type': 'text/plain' }, 415, /Only JSON/],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, /Only JSON/],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, /compressed/],
  ])('%s', async (_, body, headers, status, why) => {
    const { url } = await start();
    const response = await post(url, 'alerts', body, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect((await problemOf(response)).why).toMatch(why);
  });

  it('a bomb, without unpacking it', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/webhooks/alerts`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        authorization: `Bearer ${token}`,
      },
      body: gzipSync(Buffer.alloc(64 * 1_048_576, ' ')),
    });
    expect(response.status).toBe(415);
  });

  it('what is asked in another way, and everything where alerts are off', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/webhooks/alerts`)).status).toBe(404);
    expect((await post(url, 'other', {})).status).toBe(404);
  });

  const huge = 50 * 1_048_576;
  const authorized = `POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;

  it('50 MB that are announced, before they are read', async () => {
    const { url, outcomes } = await start();
    const { answer, written } = await speak(
      url,
      `${authorized}Content-Length: ${huge}\r\n\r\n`,
      async () => undefined,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*larger than 16 MiB/);
    expect(written).toBeLessThan(1_000);
    await until('the report', () => outcomes.length > 0);
    expect(outcomes).toEqual(['too-large']);
  });

  it('50 MB that are not announced, once they are more than 16', async () => {
    const { url } = await start();
    const piece = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    let sent = 0;
    const { answer } = await speak(url, `${authorized}Transfer-Encoding: chunked\r\n\r\n`, async (say) => {
      while (sent < huge && say(piece)) {
        sent += 65_536;
        await pause(0);
      }
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(40 * 1_048_576);
  });

  it('a body that dribbles in, when its time is over', async () => {
    const { url } = await start({ requestTimeout: 400 });
    const began = performance.now();
    const { answer } = await speak(url, `${authorized}Content-Length: 1000\r\n\r\n`, async (say) => {
      while (say(' ')) await pause(50);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('what is put off with 503', () => {
  it('is what comes while the store is away, and it can come again', async () => {
    const memory = memoryAlerts(systemClock);
    let isAway = true;
    const alerts = {
      accept: async (...tellings: Parameters<typeof memory.accept>) => {
        if (isAway) throw new StoreAway();
        return memory.accept(...tellings);
      },
    };
    const { url, outcomes } = await start({ alerts });
    const refused = await post(url, 'alertmanager', alertmanagerPayload);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await problemOf(refused)).reason).toBe('store-away');
    isAway = false;
    expect(await (await post(url, 'alertmanager', alertmanagerPayload)).json()).toEqual({
      fresh: 2,
      known: 0,
    });
    expect(await (await post(url, 'alertmanager', alertmanagerPayload)).json()).toEqual({
      fresh: 0,
      known: 2,
    });
    await until('the reports', () => outcomes.length === 3);
    expect(outcomes).toEqual(['store-away', 'accepted', 'accepted']);
  });

  it.each([
    ['more deliveries than a few', { deliveries: 3, bytes: 1_000_000 }],
    ['more bytes than a few', { deliveries: 100, bytes: 40 }],
  ])('is what comes while there are %s, until they are done', async (_, limits) => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let inside = 0;
    const alerts = {
      async accept() {
        inside += 1;
        await gate;
        return { fresh: 1 };
      },
    };
    const { url } = await start({ alerts, limits });
    const body = { name: 'Full' };
    const waiting = [0, 1].map(() => post(url, 'alerts', body));
    await until('two inside', () => inside === 2);
    const more = await Promise.all(
      [0, 1, 2, 3].map(() => Promise.race([post(url, 'alerts', body), pause(500)])),
    );
    const refused = more.filter((response) => response !== undefined);
    expect(refused.length).toBeGreaterThan(1);
    for (const response of refused) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect((await problemOf(response)).reason).toBe('busy');
    }
    open?.();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    await until('a place', async () => (await post(url, 'alerts', body)).status === 200);
  });

  it('is not what went away in the middle: its place is free again', async () => {
    const { url } = await start({ limits: { deliveries: 1 } });
    const controller = new AbortController();
    const gone = fetch(`${url}/webhooks/alerts`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('[')) }),
      duplex: 'half',
    } as RequestInit).catch(() => 'gone');
    await until(
      'the place to be taken',
      async () => (await post(url, 'alerts', { name: 'x' })).status === 503,
    );
    controller.abort();
    expect(await gone).toBe('gone');
    await until('the place', async () => (await post(url, 'alerts', { name: 'x' })).status === 200);
  });
});

test('whatever is posted is answered 200 or 400 with a sentence, and the server lives on', async () => {
  const { url } = await start();
  const paths = fc.constantFrom('alertmanager', 'google-monitoring', 'alerts');
  const json = fc.oneof(
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ version: '4', ...(value as object) })),
  );
  const bodies = fc.oneof(
    json,
    fc.string({ unit: anyCharacter, minLength: 1 }),
    fc.constant('['.repeat(100_000)),
  );
  await fc.assert(
    fc.asyncProperty(paths, bodies, async (path, body) => {
      const response = await post(url, path, body);
      const answer = (await response.json()) as { error?: { why: string } };
      if (response.status !== 200) {
        expect(response.status).toBe(400);
        expect(answer.error?.why).toMatch(/\.$/);
      }
    }),
    { numRuns: 120 },
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
