import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loggingEntries } from '../../src/steps/logging-entries.ts';
import { contextFor } from '../support/step-context.ts';
import { call } from './client.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive, optionsFor } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const ofApi = 'resource.labels.service_name="api"';
const line = (message: string, more: object = {}) => JSON.stringify({ severity: 'INFO', message, ...more });
const look = async (more: object = {}) =>
  (await drive(loggingEntries, { connection: 'google', filter: ofApi, ...more }, { google })).result;
const minutes = (count: number) => count * 60_000;

describe('the double, as Google would refuse', () => {
  const list = (body: object) =>
    call(google.url, 'POST', '/v2/entries:list', { resourceNames: [`projects/${project}`], ...body });

  it.each<[string, object, string]>([
    ['an unknown field', { query: 'x' }, '400 INVALID_ARGUMENT: .*Unknown name "query"'],
    ['a filter that is none', { filter: 'severity>' }, '400 INVALID_ARGUMENT: Unparseable filter'],
    ['another order', { orderBy: 'severity desc' }, '400 INVALID_ARGUMENT: .*order_by'],
    ['a page without end', { pageSize: 1_001 }, '400 INVALID_ARGUMENT: .*page_size'],
    ['a page that it did not name', { pageToken: 'next' }, '400 INVALID_ARGUMENT: page_token'],
    ['no resource', { resourceNames: [] }, '400 INVALID_ARGUMENT: .*resource names'],
    ['a resource that is none', { resourceNames: ['sapphire'] }, '400 INVALID_ARGUMENT: Invalid resource'],
  ])('%s', async (_, body, error) => {
    expect((await list(body)).error).toMatch(new RegExp(`^${error}`));
  });

  it('the 61st read of a minute', async () => {
    for (let read = 1; read <= 60; read += 1) expect((await list({})).error).toBe('');
    expect((await list({})).error).toMatch(/^429 RESOURCE_EXHAUSTED: Quota exceeded/);
    google.pass(minutes(1));
    expect((await list({})).error).toBe('');
  });

  it('gives entries in the order that is asked for, page by page, and those of the project alone', async () => {
    for (const message of ['one', 'two', 'three']) google.write(line(message));
    const newest = await list({ orderBy: 'timestamp desc', pageSize: 2 });
    expect(newest.body.entries).toMatchObject([
      { jsonPayload: { message: 'three' } },
      { jsonPayload: { message: 'two' }, severity: 'INFO', resource: { labels: { service_name: 'api' } } },
    ]);
    const next = await list({ orderBy: 'timestamp desc', pageSize: 2, pageToken: newest.body.nextPageToken });
    expect(next.body).toMatchObject({ entries: [{ jsonPayload: { message: 'one' } }] });
    expect(next.body).not.toHaveProperty('nextPageToken');
    expect((await list({ resourceNames: ['projects/another'] })).body).toEqual({});
  });
});

describe('logging.entries', () => {
  it('says of the newest one when it came, from whom, and what it says', async () => {
    google.write(line('started'));
    google.write(line('GET /orders 200', { severity: 'NOTICE', status: 200 }));
    expect(await look()).toEqual({
      status: 'succeeded',
      summary: 'Log entries arrive: the newest from api at 2026-11-21 12:00:00 UTC: NOTICE “GET /orders 200”',
      output: {
        entries: 1,
        newest: {
          at: '2026-11-21T12:00:00.000Z',
          severity: 'NOTICE',
          resource: expect.objectContaining({ service_name: 'api', revision_name: 'api-00001-abc' }),
        },
      },
    });
    expect(google.seen).toHaveLength(1);
  });

  it('asks for no more than it needs, of the time that counts', async () => {
    google.write(line('one'));
    await look({ atLeast: 1, last: '5m' });
    expect(JSON.parse(google.seen[0]?.body ?? '')).toEqual({
      resourceNames: [`projects/${project}`],
      filter: `timestamp>="2026-11-21T11:55:00.000Z" AND jsonPayload:* AND (${ofApi}\n)`,
      orderBy: 'timestamp desc',
      pageSize: 1,
    });
  });

  it('keeps to the time also where the filter has an OR', async () => {
    google.write(line('old'));
    google.pass(minutes(20));
    const either = `${ofApi} OR severity>=INFO`;
    const context = optionsFor({ google, options: { now: () => Date.parse('2026-11-21T12:20:00Z') } });
    const input = { connection: 'google', filter: either };
    const told = await loggingEntries.run(
      contextFor(loggingEntries, input, context),
      new AbortController().signal,
    );
    expect(told).toMatchObject({ status: 'failed' });
  });

  it('takes text for no structured entry, unless text will do', async () => {
    google.write('listening on port 8080');
    expect(await look()).toMatchObject({
      status: 'failed',
      summary: 'Log entries: no structured entry in the last 15 min matches',
      detail: expect.stringMatching(/one line of JSON to standard output.*The filter: resource\.labels/),
      retryable: true,
    });
    expect(await look({ structured: false })).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('DEFAULT “listening on port 8080”'),
    });
  });

  it('counts, and says how many there are', async () => {
    for (const message of ['one', 'two']) google.write(line(message));
    expect(await look({ atLeast: 2 })).toMatchObject({
      summary: expect.stringContaining(': 2 or more in the last 15 min, the newest from api'),
    });
    expect(await look({ atLeast: 3 })).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('Log entries: 2 of 3 entries in the last 15 min, the newest from api'),
    });
  });

  it('waits for the first one', async () => {
    const input = { connection: 'google', filter: ofApi, within: '1m', interval: '10s' };
    let looks = 0;
    const fetch: typeof globalThis.fetch = (resource, init) => {
      looks += 1;
      if (looks === 3) google.write(line('started'));
      return globalThis.fetch(resource, init);
    };
    const { result } = await drive(loggingEntries, input, { google, options: { world: { fetch } } });
    expect(result).toMatchObject({ status: 'succeeded', summary: expect.stringContaining('“started”') });
    expect(looks).toBe(3);
  });

  it('shows no secret: not by its shape, not where it would be cut, not of other fields', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    google.write(line(`${'x'.repeat(100)} ${token}`));
    expect(JSON.stringify(await look())).not.toContain('ghp_');
    google.write(JSON.stringify({ password: 'open sesame', user: 'alice' }));
    const told = await look();
    expect(told).toMatchObject({
      summary: expect.stringMatching(/DEFAULT with the fields password and user$/),
    });
    expect(JSON.stringify(told)).not.toContain('sesame');
  });

  it('goes on where a page was empty and leads to another', async () => {
    google.write(line('started'));
    let pages = 0;
    const fetch: typeof globalThis.fetch = async (resource, init) => {
      pages += 1;
      if (pages === 1) return Response.json({ nextPageToken: '0' });
      return globalThis.fetch(resource, init);
    };
    const input = { connection: 'google', filter: ofApi };
    const { result } = await drive(loggingEntries, input, { google, options: { world: { fetch } } });
    expect(result.status).toBe('succeeded');
    expect(google.seen.map(({ body }) => JSON.parse(body).pageToken)).toEqual(['0']);
  });

  it('tells a missing right and a wrong filter as what they are, and does not wait for them', async () => {
    google.disturb({ rules: [{ method: 'POST', path: 'entries:list', times: 1, delayMs: 0, status: 403 }] });
    expect(await look({ within: '1h' })).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('logging.logEntries.list'),
    });
    expect(await look({ within: '1h', filter: 'severity >' })).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('Unparseable filter'),
    });
    expect(google.seen).toHaveLength(2);
  });

  it.each([{ lose: 'reply' as const }, { status: 503 }, { status: 429, retryAfter: '1' }])(
    'asks again after %o',
    async (fault) => {
      google.write(line('started'));
      google.disturb({ rules: [{ method: 'POST', path: 'entries:list', times: 1, delayMs: 0, ...fault }] });
      expect(await look()).toMatchObject({ status: 'succeeded' });
    },
  );
});
