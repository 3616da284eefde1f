import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { sha256 } from '../../src/core/json.ts';
import { snapshot } from '../../src/steps/snapshot.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

let server: TestServer;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-snapshot-'));
  server = await serve(({ path }, response) => {
    if (path === '/healthz') return json(response, { status: 'ok' });
    if (path === '/sick') return json(response, { status: 'sick' }, 503);
    if (path === '/long') return void response.end('x'.repeat(5_000));
    if (path === '/slow') return;
    response.writeHead(200, { 'content-type': 'text/plain' }).end('up 1\n');
  });
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

const options = () => ({
  connections: { archive: { kind: 'folder', path: dir } },
  world: { artifacts: (connection: { kind: string }) => artifactStore(connection, { fetch, env: {} }) },
});

describe('snapshot', () => {
  it('hashes health and metrics of every service, and keeps them', async () => {
    const services = {
      blue: { health: `${server.url}/healthz`, metrics: `${server.url}/metrics` },
      green: { health: `${server.url}/sick` },
    };
    const result = await runOnce(snapshot, { services, archive: 'archive' }, options());
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringMatching(/^Snapshot of 2 services, 1 healthy, sha256:/),
      output: {
        services: {
          blue: {
            status: 200,
            healthSha256: sha256('{"status":"ok"}'),
            metricsSha256: sha256('up 1\n'),
            bytes: 20,
          },
          green: { status: 503, healthSha256: sha256('{"status":"sick"}'), metricsSha256: null },
        },
        at: '2026-11-21T12:00:00.000Z',
      },
    });
    const folder = join(dir, 'test-1', 'probe', '2026-11-21T12-00-00-000Z');
    expect((await readdir(folder)).sort()).toEqual([
      'blue-health.json',
      'blue-metrics.txt',
      'green-health.json',
    ]);
    expect(await readFile(join(folder, 'blue-metrics.txt'), 'utf8')).toBe('up 1\n');
  });

  it('has the same digest for the same pages, without an archive', async () => {
    const services = { blue: { health: `${server.url}/healthz` } };
    const [one, two] = await Promise.all([runOnce(snapshot, { services }), runOnce(snapshot, { services })]);
    expect(one).toEqual(two);
  });

  it.each([
    ['/long', /is over 4096 bytes/],
    ['/slow', /: no answer within 200 ms/],
  ])('fails, to be tried again, on %s', async (path, message) => {
    const services = { blue: { health: server.url + path } };
    expect(await runOnce(snapshot, { services, maxBytes: 4_096, within: '200ms' })).toMatchObject({
      status: 'failed',
      retryable: true,
      summary: expect.stringMatching(message),
    });
  });

  it('fails when a service is not there, and names it', async () => {
    const gone = await serve(() => {});
    await gone.stop();
    const result = await runOnce(snapshot, { services: { blue: { health: gone.url } } });
    expect(result).toMatchObject({
      status: 'failed',
      summary: `${gone.url}: the connection was refused`,
    });
  });

  it('names the connections there are', async () => {
    const services = { blue: { health: `${server.url}/healthz` } };
    await expect(runOnce(snapshot, { services, archive: 'archve' }, options())).rejects.toThrow(
      'did you mean "archive"?',
    );
    expect(server.seen).toEqual([]);
  });

  it('stops at the signal', async () => {
    const control = new AbortController();
    const context = contextFor(snapshot, { services: { blue: { health: `${server.url}/slow` } } });
    const running = snapshot.run(context, control.signal);
    const stop = new Error('stop');
    control.abort(stop);
    await expect(running).rejects.toBe(stop);
  });

  it('touches nothing to plan', async () => {
    const services = { blue: { health: `${server.url}/healthz` } };
    const line = await snapshot.plan(contextFor(snapshot, { services, archive: 'archive' }));
    expect(line).toEqual({ summary: 'Take health and metrics of blue into archive', diff: [] });
    expect(server.seen).toEqual([]);
  });

  it.each([
    {},
    { services: {} },
    { services: { '../x': { health: 'http://a' } } },
    { services: { a: { health: 'file:///etc/passwd' } } },
    { services: { a: { health: 'http://a', extra: 1 } } },
    { services: { a: { health: 'http://a' } }, maxBytes: 0 },
  ])('refuses the input %j', (input) => {
    expect(snapshot.input.safeParse(input).success).toBe(false);
  });
});
