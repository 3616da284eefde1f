import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createMeters } from '../../src/adapters/meters.ts';
import { reportOf } from '../../src/core/report/report.ts';
import { StoreAway } from '../../src/ports/store-away.ts';
import { waitingRollouts } from './rollouts-fixture.ts';
import { type Overrides, serve } from './serve.ts';

let running: Awaited<ReturnType<typeof serve>> | undefined;

async function get(path: string, overrides: Overrides = {}, init: RequestInit = {}) {
  running = await serve(overrides);
  return fetch(running.url + path, init);
}

afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

describe('health', () => {
  it('answers /healthz while the process is up', async () => {
    expect((await get('/healthz')).status).toBe(200);
  });

  it('is ready when every check passes', async () => {
    const response = await get('/readyz', { readiness: { Redis: async () => undefined } });
    const body = { ready: true, reasons: [], remarks: [] };
    expect([response.status, await response.json()]).toEqual([200, body]);
  });

  it('stays ready while somebody has to mend a channel, and says so', async () => {
    const remarks = () => ["slack:C1 can't be written to."];
    const response = await get('/readyz', { remarks });
    expect([response.status, await response.json()]).toEqual([
      200,
      { ready: true, reasons: [], remarks: remarks() },
    ]);
  });

  it('is not ready, with the reasons, when a check fails, throws or hangs', async () => {
    const response = await get('/readyz', {
      readiness: {
        Redis: () => Promise.reject(new Error('connect ECONNREFUSED')),
        workers: async () => 'No worker runs.',
        chat: () => new Promise(() => undefined),
      },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      ready: false,
      reasons: [
        'Redis failed: connect ECONNREFUSED',
        'No worker runs.',
        'chat did not answer within 1000 ms.',
      ],
      remarks: [],
    });
  });

  it('serves the metrics of its registry', async () => {
    const registry = new Registry();
    new Counter({ name: 'rollouts_total', help: 'Rollouts.', registers: [registry] }).inc(3);
    const response = await get('/metrics', { registry });
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('rollouts_total 3');
  });

  it('tells what the process knows of itself while the store fails or hangs, and that it does', async () => {
    for (const count of [() => Promise.reject(new StoreAway()), () => new Promise<never>(() => undefined)]) {
      const { registry, commandAnswered } = createMeters(count);
      commandAnswered('slack', true, 20);
      const response = await get('/metrics', { registry });
      const text = await response.text();
      await running?.server.close();
      expect(response.status).toBe(200);
      expect(text).toContain('cutover_command_seconds_count{platform="slack",ok="true"} 1');
      expect(text).toMatch(/^cutover_store_up 0$/m);
      expect(text).not.toMatch(/^cutover_rollouts\{/m);
    }
  });

  it('counts the rollouts where the store answers', async () => {
    const { registry } = createMeters(async () => new Map([['waiting', 2]]));
    const text = await (await get('/metrics', { registry })).text();
    expect(text).toMatch(/^cutover_rollouts\{status="waiting"\} 2$/m);
    expect(text).toMatch(/^cutover_store_up 1$/m);
  });
});

describe('while the store is away', () => {
  it.each([
    '/api/rollouts',
    '/api/rollouts/aether-7',
    '/api/rollouts/aether-7/journal',
    '/api/rollouts/aether-7/report.html',
  ])('%s is answered 503, in words and without a fault in the log', async (path) => {
    const { rollouts } = waitingRollouts();
    const away = () => Promise.reject(new StoreAway());
    const lost = { ...rollouts, list: away, events: away, ...(path.length < 24 ? { find: away } : {}) };
    const response = await get(path, { rollouts: lost });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({
      error: {
        reason: 'store-away',
        why: expect.stringMatching(/Redis/),
        next: expect.stringMatching(/later/),
      },
    });
    expect(running?.logged).toEqual([]);
  });
});

describe('the API', () => {
  it('lists rollouts', async () => {
    const response = await get('/api/rollouts?active=true&environment=sandbox&limit=5');
    expect(await response.json()).toMatchObject([{ id: 'aether-7', status: 'waiting' }]);
  });

  it('answers one rollout in the promised shape', async () => {
    const response = await get('/api/rollouts/aether-7');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      id: 'aether-7',
      playbook: 'aether-blue-green',
      environment: 'sandbox',
      target: 'green',
      status: 'waiting',
      phase: 'switch',
      step: 'approve-switch',
      startedBy: 'alice',
      startedAt: '2026-11-21T14:00:01.000Z',
      waitingFor: 'Approval: Move traffic to green',
      steps: [{ id: 'tests', status: 'succeeded', attempts: 1, summary: '812 passed' }, {}, {}, {}],
    });
  });

  it('answers the journal in order, and what follows a number', async () => {
    const all = await (await get('/api/rollouts/aether-7/journal')).json();
    expect(all.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(Object.keys(all[0]).sort()).toEqual(['actor', 'at', 'data', 'hash', 'prev', 'seq', 'type', 'v']);
    const later = await fetch(`${running?.url}/api/rollouts/aether-7/journal?after=5`);
    expect((await later.json()).map(({ seq }: { seq: number }) => seq)).toEqual([6, 7]);
  });

  it('proves the journal', async () => {
    const response = await get('/api/rollouts/aether-7/journal/verification');
    expect(await response.json()).toMatchObject({ ok: true, events: 7 });
  });

  it('renders the report from the journal', async () => {
    const response = await get('/api/rollouts/aether-7/report.md');
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('inline; filename="aether-7.md"');
    const text = await response.text();
    expect(text).toMatch(/^# Rollout aether-7\n/);
    expect(text).toContain('812 passed');
    expect(text).toBe(reportOf((await running?.rollouts.events('aether-7')) ?? []));
  });

  it('renders the entry for an audit report, with the time of the policy’s zone', async () => {
    const timezone = () => 'Asia/Tokyo';
    const response = await get('/api/rollouts/aether-7/report.audit.md', { timezone });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await response.text()).toMatch(/^### aether-7: [\s\S]*\| Asia\/Tokyo \|[\s\S]* 23:00:01 \|/);
  });

  it('renders the report as a page that runs nothing', async () => {
    const response = await get('/api/rollouts/aether-7/report.html');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
    expect(await response.text()).toContain('<h1>Rollout aether-7</h1>');
  });

  it('draws the chart of a step as an inert picture', async () => {
    const response = await get('/api/rollouts/aether-7/charts/tests.svg');
    expect(response.headers.get('content-type')).toContain('image/svg+xml');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('Errors');
  });

  it.each([
    ['/api/rollouts/aether-9', 404, 'unknown-rollout'],
    ['/api/rollouts/..%2f..%2fetc', 404, 'unknown-rollout'],
    ['/api/rollouts/aether-9/journal', 404, 'unknown-rollout'],
    ['/api/rollouts/aether-9/report.md', 404, 'unknown-rollout'],
    ['/api/rollouts/aether-9/report.html', 404, 'unknown-rollout'],
    ['/api/rollouts/aether-9/report.audit.md', 404, 'unknown-rollout'],
    ['/api/rollouts/aether-7/charts/flip.svg', 404, 'not-found'],
    ['/api/rollouts/aether-7/charts/__proto__.svg', 404, 'not-found'],
    ['/api/rollouts?limit=0', 400, 'bad-input'],
    ['/api/rollouts?active=maybe', 400, 'bad-input'],
    ['/api/rollouts?limt=3', 400, 'bad-input'],
    ['/api/rollouts/aether-7/journal?after=x', 400, 'bad-input'],
    ['/nothing/here', 404, 'not-found'],
  ])('%s is %i %s', async (path, status, reason) => {
    const response = await get(path);
    const { error } = await response.json();
    expect([response.status, error.reason]).toEqual([status, reason]);
    expect([error.what, error.why, error.next].every((sentence: string) => sentence.length > 0)).toBe(true);
  });

  it('answers a fault calmly and keeps the details for the log', async () => {
    running = await serve();
    running.rollouts.find = () => Promise.reject(new Error('secret detail'));
    const response = await fetch(`${running.url}/api/rollouts/aether-7`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('secret detail');
    const reference = /reference ([0-9a-f]{8})/.exec(text)?.[1];
    expect(running.logged).toMatchObject([{ reference }]);
  });
});

describe('events', () => {
  async function* lines(response: Response) {
    const reader = response.body?.pipeThrough(new TextDecoderStream());
    if (reader) for await (const chunk of reader) yield* chunk.split('\n').filter((line) => line !== '');
  }

  it('tells changes, heartbeats, and other sources by name; ignores Last-Event-ID', async () => {
    running = await serve({
      heartbeat: 20,
      sources: [
        {
          name: 'message-changed',
          subscribe: (send) => {
            send({ channel: 'rollouts' });
            return () => undefined;
          },
        },
      ],
    });
    const response = await fetch(`${running.url}/api/events`, { headers: { 'last-event-id': '17' } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const seen: string[] = [];
    for await (const line of lines(response)) {
      if (seen.length === 0) running.rollouts.put('aether-7', [{ type: 'rollout.paused', data: {} }]);
      seen.push(line);
      if (seen.includes('event: beat') && seen.some((each) => each.includes('aether-7'))) break;
    }
    expect(seen).toContain('event: message-changed');
    expect(seen).toContain('data: {"channel":"rollouts"}');
    expect(seen).toContain('data: {"id":"aether-7","seq":8}');
  });

  it('refuses a source under the name that unnamed events have', async () => {
    const sources = [{ name: 'message', subscribe: () => () => undefined }];
    await expect(serve({ sources })).rejects.toThrow('may not be called “message”');
  });

  it('ends its streams when the server closes, and forgets readers that leave', async () => {
    const response = await get('/api/events');
    expect(running?.listening()).toBe(1);
    await running?.server.close();
    for await (const _ of lines(response)) void _;
    expect(running?.listening()).toBe(0);
  });
});

describe('every answer', () => {
  it.each(['/healthz', '/api/rollouts', '/nothing', '/api/events'])(
    '%s carries the security headers',
    async (path) => {
      const response = await get(path);
      const csp = response.headers.get('content-security-policy') ?? '';
      expect(csp).toContain("default-src 'none'");
      expect(csp).not.toContain('unsafe');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      await response.body?.cancel();
    },
  );
});
