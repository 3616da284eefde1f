import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudrunDeploy, revisionName } from '../../src/steps/cloudrun-deploy.ts';
import { cloudrunIngress } from '../../src/steps/cloudrun-ingress.ts';
import { cloudrunTraffic } from '../../src/steps/cloudrun-traffic.ts';
import { contextFor } from '../support/step-context.ts';
import { byRevision, call, servicePath } from './client.ts';
import { badImage, type GoogleForTest, googleForTest, newImage, oldImage } from './double.ts';
import { drive, dyingFetch, optionsFor, recover } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const first = 'api-00001-abc';
const deployInput = { connection: 'google', service: 'api', image: newImage, tag: 'next' };
const made = revisionName('api', 'test-1', 'probe', newImage, 1);
const split = (...shares: [string, number][]) => ({
  connection: 'google',
  service: 'api',
  split: shares.map(([revision, percent]) => ({ revision, percent })),
});
const deploy = () => drive(cloudrunDeploy, deployInput, { google });
const inForce = () =>
  google.service().trafficStatuses.map(({ revision, percent = 0, tag }) => [revision, percent, tag ?? '']);
/** As somebody else does, with another tool. */
const elsewhere = async (mask: string, body: object) => {
  const told = await call(google.url, 'PATCH', `${servicePath}?updateMask=${mask}`, body);
  expect(told.error).toBe('');
};

describe('cloudrun.deploy', () => {
  it('makes a revision by digest, without traffic and with a tag', async () => {
    const { result, captured } = await deploy();
    expect(result).toEqual({
      status: 'succeeded',
      summary: `${made} is ready and gets no traffic; it is reached at ${google.url}/run/next---api`,
      output: {
        service: 'api',
        revision: made,
        image: newImage,
        previous: first,
        url: `${google.url}/run/next---api`,
      },
    });
    expect(captured).toEqual({
      service: 'api',
      revision: first,
      image: oldImage,
      traffic: [{ revision: first, percent: 100 }],
    });
    expect(inForce()).toEqual([
      [first, 100, ''],
      [made, 0, 'next'],
    ]);
    expect(google.effects()).toHaveLength(1);
  });

  it('keeps the variables that stand, changes those that are given, and says who asked', async () => {
    await drive(cloudrunDeploy, { ...deployInput, env: { LEVEL: 'debug', MODE: 'live' } }, { google });
    expect(google.service().template.containers[0]?.env).toEqual([
      { name: 'LEVEL', value: 'debug' },
      { name: 'MODE', value: 'live' },
    ]);
    expect(google.effects()).toMatchObject([{ rollout: 'test-1', step: 'probe', epoch: 1 }]);
  });

  it('tells why a revision did not start; a later attempt makes another one', async () => {
    google.disturb({ badImages: ['222'] });
    const { result } = await deploy();
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(
        new RegExp(`^Deploy to api: the revision ${made} did not start: .*PORT=8080`),
      ),
      retryable: true,
    });
    expect(inForce()).toEqual([[first, 100, '']]);
    google.disturb({});
    const again = await drive(cloudrunDeploy, deployInput, { google, options: { attempt: 2 } });
    expect(again.result).toMatchObject({
      status: 'succeeded',
      output: { revision: `${made}-2`, previous: first },
    });
  });

  it('takes the revision of an attempt before, where that one is well', async () => {
    await deploy();
    const again = await drive(cloudrunDeploy, deployInput, { google, options: { attempt: 2 } });
    expect(again.result).toMatchObject({ status: 'succeeded', output: { revision: made } });
    expect(google.effects()).toHaveLength(1);
  });

  it('names a revision within 63 characters', () => {
    const long = revisionName(
      'a-service-with-a-rather-long-name',
      'sapphire-1234',
      'deploy-the-trader',
      newImage,
      3,
    );
    expect(long.length).toBeLessThanOrEqual(63);
    expect(long).toMatch(/^a-service-with-a-rather-long-name-[0-9a-f]{12}$/);
    expect(made).toBe('api-test-1-probe-22222222');
  });
});

describe('cloudrun.traffic', () => {
  it('moves traffic in stages by name, keeps tags, and puts it back exactly', async () => {
    await deploy();
    const before = inForce();
    const tenth = await drive(cloudrunTraffic, split([made, 10], [first, 90]), {
      google,
      options: { attempt: 7 },
    });
    expect(tenth.result).toMatchObject({
      status: 'succeeded',
      summary: `Traffic of api is at ${made} 10 %, ${first} 90 %`,
    });
    const all = await drive(cloudrunTraffic, split([made, 100]), { google, options: { attempt: 8 } });
    expect(all.captured).toMatchObject({
      traffic: [{ revision: made, percent: 10 }, { revision: first, percent: 90 }, {}],
    });
    expect(inForce()).toEqual([
      [made, 100, ''],
      [made, 0, 'next'],
    ]);
    const restore = { connection: 'google', restore: tenth.captured };
    const back = await drive(cloudrunTraffic, restore, { google, options: { attempt: 9 } });
    expect(back.result).toMatchObject({ summary: `Traffic of api is at ${first} 100 %` });
    expect(inForce()).toEqual(before);
  });

  it('puts back what was the latest revision by its name', async () => {
    expect(google.service().traffic).toMatchObject([{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' }]);
    await deploy();
    const { captured } = await drive(cloudrunTraffic, split([made, 100]), {
      google,
      options: { attempt: 2 },
    });
    await drive(
      cloudrunTraffic,
      { connection: 'google', restore: captured },
      { google, options: { attempt: 3 } },
    );
    expect(google.service().traffic).toMatchObject([
      { type: byRevision, revision: first, percent: 100 },
      { tag: 'next' },
    ]);
  });

  it('goes back although the newest revision is broken', async () => {
    await deploy();
    const { captured } = await drive(cloudrunTraffic, split([made, 50], [first, 50]), {
      google,
      options: { attempt: 2 },
    });
    google.disturb({ badImages: ['333'] });
    const bad = await drive(
      cloudrunDeploy,
      { ...deployInput, image: badImage },
      { google, options: { attempt: 3 } },
    );
    expect(bad.result.status).toBe('failed');
    expect(inForce()).toContainEqual([made, 50, '']);
    const restore = { connection: 'google', restore: captured };
    const back = await drive(cloudrunTraffic, restore, { google, options: { attempt: 4 } });
    expect(back.result).toMatchObject({
      status: 'succeeded',
      summary: `Traffic of api is at ${first} 100 %`,
    });
    expect(google.service()).toMatchObject({ terminalCondition: { state: 'CONDITION_FAILED' } });
  });

  it('refuses to move onto a revision that does not start, in Google’s words', async () => {
    google.disturb({ badImages: ['222'] });
    await deploy();
    const { result } = await drive(cloudrunTraffic, split([made, 100]), { google, options: { attempt: 2 } });
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('cannot serve traffic'),
    });
    expect(inForce()).toEqual([[first, 100, '']]);
    const unknown = await drive(cloudrunTraffic, split(['api-nine', 100]), {
      google,
      options: { attempt: 3 },
    });
    expect(unknown.result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining("Revision 'api-nine' does not exist"),
      retryable: false,
    });
  });

  it('writes nothing where it is so already, or where nothing was captured', async () => {
    await drive(cloudrunTraffic, split([first, 100]), { google });
    expect(google.service().traffic).toEqual([{ type: byRevision, revision: first, percent: 100 }]);
    const { result } = await drive(cloudrunTraffic, split([first, 100]), { google, options: { attempt: 2 } });
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringMatching(/^It is so already/),
    });
    const nothing = await drive(cloudrunTraffic, { connection: 'google', restore: null }, { google });
    expect(nothing.result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('Nothing was captured'),
    });
    expect(google.effects()).toHaveLength(1);
  });

  it('leaves alone what somebody else is changing, unless it goes back', async () => {
    await deploy();
    await elsewhere('ingress', { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' });
    const { result } = await drive(cloudrunTraffic, split([made, 100]), { google, options: { attempt: 2 } });
    expect(result).toMatchObject({
      status: 'failed',
      retryable: true,
      summary: expect.stringContaining('another change'),
    });
    const captured = { service: 'api', traffic: [{ revision: first, percent: 100 }] };
    const back = await drive(
      cloudrunTraffic,
      { connection: 'google', restore: captured },
      {
        google,
        options: { attempt: 3 },
      },
    );
    expect(back.result.status).toBe('succeeded');
  });

  it('tells when somebody changed it after it was taken up', async () => {
    await deploy();
    const context = contextFor(
      cloudrunTraffic,
      split([made, 100]),
      optionsFor({ google, options: { attempt: 2 } }),
    );
    const waiting = await cloudrunTraffic.run(context, new AbortController().signal);
    expect(waiting).toMatchObject({
      status: 'waiting',
      waiting: { what: 'Traffic of api: Cloud Run is at it' },
    });
    await elsewhere('traffic', { traffic: [{ type: byRevision, revision: first, percent: 100 }] });
    const kept = waiting.status === 'waiting' ? waiting.state : undefined;
    const { result } = await drive(cloudrunTraffic, split([made, 100]), {
      google,
      kept,
      options: { attempt: 2 },
    });
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('someone changed api since'),
    });
    expect(await cloudrunTraffic.observe?.(context, new AbortController().signal)).toMatchObject({
      effect: 'unknown',
    });
  });

  it('gives up looking after its time, and says so', async () => {
    google.disturb({ operationMs: 600_000 });
    const { result } = await drive(
      cloudrunIngress,
      { connection: 'google', service: 'api', ingress: 'none', within: '1m' },
      { google },
    );
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('not in force after 1 min'),
    });
  });
});

describe('cloudrun.ingress', () => {
  it('locks the service and opens it again as it was', async () => {
    const lock = { connection: 'google', service: 'api', ingress: 'internal-and-cloud-load-balancing' };
    const { result, captured } = await drive(cloudrunIngress, lock, { google });
    expect(result).toMatchObject({ summary: 'api is reached from: internal-and-cloud-load-balancing' });
    expect(google.service().ingress).toBe('INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER');
    expect(captured).toEqual({ service: 'api', ingress: 'all' });
    await drive(
      cloudrunIngress,
      { connection: 'google', restore: captured },
      { google, options: { attempt: 2 } },
    );
    expect(google.service().ingress).toBe('INGRESS_TRAFFIC_ALL');
  });
});

describe('the plan', () => {
  const planned = (kind: typeof cloudrunTraffic, input: unknown) =>
    kind.plan(contextFor(kind, input, optionsFor({ google })));

  it('shows what stands there and what would', async () => {
    await deploy();
    expect(await planned(cloudrunTraffic, split([made, 100]))).toEqual({
      summary: `Traffic of api: ${made} 100 %`,
      diff: [{ what: 'api', before: `${first} 100 %, ${made} 0 % (tag next)`, after: `${made} 100 %` }],
    });
    expect((await planned(cloudrunTraffic, split([first, 100]))).summary).toContain('it is so already');
  });

  it('says what can’t be read', async () => {
    google.disturb({ rules: [{ path: '/services', times: 99, delayMs: 0, status: 403 }] });
    const line = await planned(cloudrunTraffic, split([made, 100]));
    expect(line.diff[0]?.before).toMatch(/^not readable \(Cloud Run answered 403/);
  });
});

const changes = [
  ['cloudrun.deploy', cloudrunDeploy, deployInput],
  ['cloudrun.ingress', cloudrunIngress, { connection: 'google', service: 'api', ingress: 'internal' }],
  [
    'cloudrun.traffic',
    cloudrunTraffic,
    { connection: 'google', restore: { service: 'api', traffic: [{ revision: first, percent: 100 }] } },
  ],
] as const;

describe.each(changes)('%s under faults', (_, kind, input) => {
  const rule = (more: object) => ({
    rules: [{ method: 'PATCH', path: '/services/', times: 1, delayMs: 0, ...more }],
  });
  const run = () => drive(kind as typeof cloudrunIngress, input, { google });
  const effects = () => google.effects().length;

  it.each([
    ['a lost request', { lose: 'request' as const }],
    ['a lost reply', { lose: 'reply' as const }],
    ['two lost replies', { lose: 'reply' as const, times: 2 }],
    ['a quota that is used up', { status: 429, times: 2 }],
    ['a service that is away', { status: 503, times: 2 }],
    ['an error inside of Google', { status: 500 }],
  ])('takes effect once in spite of %s', async (__, fault) => {
    google.disturb(rule(fault));
    expect((await run()).result.status).toBe('succeeded');
    expect(effects()).toBe(1);
  });

  it('is not made where Google stays away; a later attempt makes it', async () => {
    google.disturb(rule({ status: 503, times: 99 }));
    expect((await run()).result).toMatchObject({ status: 'failed', retryable: true });
    expect(effects()).toBe(0);
    google.disturb({});
    const later = await drive(kind as typeof cloudrunIngress, input, { google, options: { attempt: 2 } });
    expect(later.result.status).toBe('succeeded');
  });

  it.each(['before', 'after'] as const)(
    'killed %s its change reached Google, it takes effect once',
    async (when) => {
      const { fetch, signal } = dyingFetch(when);
      const dead = drive(kind as typeof cloudrunIngress, input, {
        google,
        signal,
        options: { world: { fetch } },
      });
      await expect(dead).rejects.toThrow('killed');
      const { seen, result } = await recover(kind as typeof cloudrunIngress, input, { google });
      expect(seen).toBe(when === 'before' ? 'absent' : 'begun');
      expect(result).toMatchObject({ status: 'succeeded' });
      expect(effects()).toBe(1);
    },
  );

  it('is found as done when its operation ended while nobody looked', async () => {
    const { fetch, signal } = dyingFetch('after');
    const dead = drive(kind as typeof cloudrunIngress, input, {
      google,
      signal,
      options: { world: { fetch } },
    });
    await expect(dead).rejects.toThrow('killed');
    google.pass(5_000);
    expect((await recover(kind as typeof cloudrunIngress, input, { google })).seen).toBe('present');
    expect(effects()).toBe(1);
  });

  it('tells a missing right as what it is', async () => {
    google.disturb(rule({ status: 403 }));
    expect((await run()).result).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/^Cloud Run answered 403/),
      retryable: false,
    });
  });
});
