import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byRevision, call, proxyPath, servicePath } from './client.ts';
import { type GoogleForTest, googleForTest, newImage, oldImage, project, region } from './double.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const patch = (mask: string, body: object) =>
  call(google.url, 'PATCH', `${servicePath}?updateMask=${mask}`, body);
const template = (revision: string, image = newImage) => ({ revision, containers: [{ image }] });
const share = (revision: string, percent: number, tag?: string) => ({
  type: byRevision,
  revision,
  percent,
  ...(tag === undefined ? {} : { tag }),
});
const first = 'api-00001-abc';
const read = async () => (await call(google.url, 'GET', servicePath)).body;

describe('Cloud Run, as Google would refuse', () => {
  const wrong: [string, string, object, string][] = [
    [
      'an unknown field',
      'traffic',
      { trafic: [] },
      `400 INVALID_ARGUMENT: Invalid JSON payload received. Unknown name "trafic" at 'service': Cannot find field.`,
    ],
    [
      'an unknown field deep inside',
      'template',
      { template: { containers: [{ image: newImage, envs: [] }] } },
      `400 INVALID_ARGUMENT: Invalid JSON payload received. Unknown name "envs" at 'service.template.containers[0]': Cannot find field.`,
    ],
    [
      'a wrong enum',
      'ingress',
      { ingress: 'internal-and-cloud-load-balancing' },
      `400 INVALID_ARGUMENT: Invalid value at 'service.ingress' (type.googleapis.com/IngressTraffic), "internal-and-cloud-load-balancing"`,
    ],
    [
      'a wrong type',
      'traffic',
      { traffic: [{ ...share(first, 100), percent: 'all' }] },
      `400 INVALID_ARGUMENT: Invalid value at 'service.traffic[0].percent' (TYPE_INT32), "all"`,
    ],
    [
      'a mask of a field that there is not',
      'trafic',
      {},
      '400 INVALID_ARGUMENT: Invalid field mask: no field "trafic" can be updated.',
    ],
    [
      'a mask of a field that Google alone sets',
      'generation',
      {},
      '400 INVALID_ARGUMENT: Invalid field mask: no field "generation" can be updated.',
    ],
    [
      'shares that are not 100 in all',
      'traffic',
      { traffic: [share(first, 90)] },
      '400 INVALID_ARGUMENT: The sum of traffic percentages must be 100, got 90.',
    ],
    [
      'a revision that there is not',
      'traffic',
      { traffic: [share('api-9', 100)] },
      "400 INVALID_ARGUMENT: Revision 'api-9' does not exist.",
    ],
    [
      'a tag that stands twice',
      'traffic',
      { traffic: [share(first, 50, 'a'), share(first, 50, 'a')] },
      '400 INVALID_ARGUMENT: Each traffic tag must be used once only.',
    ],
    [
      'the latest revision by name',
      'traffic',
      { traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', revision: first, percent: 100 }] },
      '400 INVALID_ARGUMENT: A target of the latest revision must not name a revision.',
    ],
    [
      'a revision not named after its service',
      'template',
      { template: template('web-1') },
      '400 INVALID_ARGUMENT: Revision name must be prefixed by the service name and a dash, be lower-case and have at most 63 characters, got "web-1".',
    ],
    [
      'a label of the system',
      'labels',
      { labels: { 'run.googleapis.com/x': '1' } },
      '400 INVALID_ARGUMENT: System label or annotation "run.googleapis.com/x" is not supported.',
    ],
  ];

  it.each(wrong)('%s', async (_, mask, body, error) => {
    expect((await patch(mask, body)).error).toBe(error);
    expect(google.effects()).toEqual([]);
  });

  it('an outdated etag, and takes the current one', async () => {
    const body = { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' };
    const { etag } = await read();
    expect(await patch('ingress', { ...body, etag })).toMatchObject({ status: 200 });
    expect((await patch('ingress', { ...body, etag })).error).toMatch(
      /^409 ABORTED: Conflict for resource 'api'/,
    );
    expect(google.effects()).toHaveLength(1);
  });

  it('another template under the name of a revision', async () => {
    await patch('template', { template: template('api-two') });
    const again = await patch('template', { template: template('api-two', oldImage) });
    expect(again.error).toBe(
      "409 ALREADY_EXISTS: Revision named 'api-two' with different configuration already exists.",
    );
  });

  it('what is not JSON, what has no token, what is not there', async () => {
    expect((await call(google.url, 'PATCH', servicePath, '{')).error).toMatch(/^400 INVALID_ARGUMENT/);
    expect((await call(google.url, 'GET', servicePath, undefined, {})).error).toMatch(/^401 UNAUTHENTICATED/);
    expect((await call(google.url, 'GET', servicePath.replace('/api', '/web'))).error).toMatch(
      /^404 NOT_FOUND/,
    );
    expect((await call(google.url, 'GET', `${servicePath}?mask=x`)).error).toMatch(/^400 INVALID_ARGUMENT/);
    expect((await call(google.url, 'GET', '/v2/nothing')).error).toMatch(/^404 NOT_FOUND/);
  });
});

describe('Cloud Run, as it works', () => {
  it('makes a revision without traffic, with a tag, by an operation that takes its time', async () => {
    const traffic = [share(first, 100), { type: byRevision, revision: 'api-two', tag: 'next' }];
    const begun = await patch('template,traffic', { template: template('api-two'), traffic });
    expect(begun.body).not.toHaveProperty('done');
    expect(await read()).toMatchObject({ reconciling: true, generation: '2', observedGeneration: '1' });
    google.pass(1_000);
    const operation = await call(google.url, 'GET', `/v2/${begun.body.name}`);
    expect(operation.body).toMatchObject({ done: true, response: { observedGeneration: '2' } });
    expect(await read()).toMatchObject({
      reconciling: false,
      terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
      latestReadyRevision: expect.stringMatching(/\/revisions\/api-two$/),
      trafficStatuses: [
        { revision: first, percent: 100 },
        { revision: 'api-two', tag: 'next', uri: `${google.url}/run/next---api` },
      ],
    });
  });

  it('tells a revision that does not start, and keeps what was in force', async () => {
    google.disturb({ badImages: ['222'] });
    const begun = await patch('template', { template: template('api-bad') });
    google.pass(1_000);
    const operation = await call(google.url, 'GET', `/v2/${begun.body.name}`);
    expect(operation.body).toMatchObject({
      done: true,
      error: { message: expect.stringContaining('api-bad') },
    });
    expect(await read()).toMatchObject({
      reconciling: false,
      observedGeneration: '1',
      terminalCondition: { state: 'CONDITION_FAILED' },
      trafficStatuses: [{ revision: first, percent: 100 }],
    });
    const moved = await patch('traffic', { traffic: [share('api-bad', 100)] });
    google.pass(1_000);
    const ended = await call(google.url, 'GET', `/v2/${moved.body.name}`);
    expect(ended.body).toMatchObject({ error: { message: expect.stringContaining('cannot serve traffic') } });
    expect(google.service().trafficStatuses).toMatchObject([{ revision: first, percent: 100 }]);
  });

  it('lists services and revisions by pages, and waits for an operation', async () => {
    google.disturb({ operationMs: 0 });
    const begun = await patch('template', { template: template('api-two') });
    const waited = await call(google.url, 'POST', `/v2/${begun.body.name}:wait`, { timeout: '1s' });
    expect(waited.body).toMatchObject({ done: true });
    const page = await call(google.url, 'GET', `${servicePath}/revisions?pageSize=1`);
    expect(page.body).toMatchObject({ revisions: [{ service: 'api' }], nextPageToken: '1' });
    const services = await call(google.url, 'GET', `/v2/projects/${project}/locations/${region}/services`);
    expect(services.body).toMatchObject({ services: [{ ingress: 'INGRESS_TRAFFIC_ALL' }] });
  });

  it('does nothing when it is asked to check only', async () => {
    const dry = await call(google.url, 'PATCH', `${servicePath}?updateMask=ingress&validateOnly=true`, {
      ingress: 'INGRESS_TRAFFIC_NONE',
    });
    expect(dry.status).toBe(200);
    expect(google.service()).toMatchObject({ ingress: 'INGRESS_TRAFFIC_ALL', generation: 1 });
  });
});

describe('certificates and proxies', () => {
  const sapphire = `projects/${project}/global/sslCertificates/sapphire-cert`;
  const proxy = async () => (await call(google.url, 'GET', proxyPath)).body;

  it('changes them for who has the fingerprint, by an operation', async () => {
    const { fingerprint } = await proxy();
    const begun = await call(google.url, 'PATCH', proxyPath, { fingerprint, sslCertificates: [sapphire] });
    expect(begun.body).toMatchObject({ status: 'RUNNING' });
    expect(JSON.stringify(await proxy())).toContain('aster-cert');
    google.pass(1_000);
    const path = `/compute/v1/projects/${project}/global/operations/${begun.body.name}`;
    expect((await call(google.url, 'GET', path)).body).toMatchObject({ status: 'DONE' });
    expect(await proxy()).toMatchObject({
      sslCertificates: [`https://www.googleapis.com/compute/v1/${sapphire}`],
    });
  });

  it('takes one request by its id once', async () => {
    const { fingerprint } = await proxy();
    const path = `${proxyPath}?requestId=00000000-0000-4000-8000-000000000001`;
    const once = await call(google.url, 'PATCH', path, { fingerprint, sslCertificates: [sapphire] });
    const twice = await call(google.url, 'PATCH', path, { fingerprint, sslCertificates: [sapphire] });
    expect(twice.body.name).toBe(once.body.name);
    expect(google.effects()).toHaveLength(1);
  });

  it.each([
    ['no fingerprint', proxyPath, { sslCertificates: [sapphire] }, '412 conditionNotMet'],
    [
      'another fingerprint',
      proxyPath,
      { fingerprint: 'x', sslCertificates: [sapphire] },
      '412 conditionNotMet',
    ],
    ['an unknown field', proxyPath, { certificates: [] }, '400 invalid'],
    ['a request id that is no UUID', `${proxyPath}?requestId=1`, {}, '400 invalid'],
    [
      'no certificate',
      proxyPath.replace('global/', '').concat('/setSslCertificates'),
      { sslCertificates: [] },
      '400 invalid',
    ],
    [
      'a certificate that there is not',
      proxyPath.replace('global/', '').concat('/setSslCertificates'),
      { sslCertificates: [`${sapphire}-2`] },
      '404 notFound',
    ],
  ])('refuses %s', async (_, path, body, error) => {
    const method = path.includes('setSsl') ? 'POST' : 'PATCH';
    expect((await call(google.url, method, path, body)).error).toMatch(error);
    expect(google.effects()).toEqual([]);
  });

  it('tells how a managed certificate stands, domain by domain', async () => {
    const path = `/compute/v1/projects/${project}/global/sslCertificates/sapphire-cert`;
    const status = async () => (await call(google.url, 'GET', path)).body.managed;
    expect(await status()).toMatchObject({ status: 'PROVISIONING' });
    const set = (domainStatus: object) =>
      call(google.url, 'PUT', `/_certificates/${project}/sapphire-cert`, { domainStatus });
    await set({ 'api.sapphire.test': 'FAILED_NOT_VISIBLE' });
    expect(await status()).toMatchObject({ status: 'PROVISIONING_FAILED' });
    await set({ 'api.sapphire.test': 'ACTIVE', 'trader.sapphire.test': 'ACTIVE' });
    expect(await status()).toMatchObject({ status: 'ACTIVE' });
    expect((await set({ 'api.sapphire.test': 'FINE' })).status).toBe(400);
  });
});

describe('faults', () => {
  const body = { ingress: 'INGRESS_TRAFFIC_NONE' };
  const rule = (more: object) => ({ path: '/services/', times: 1, delayMs: 0, ...more });

  it('loses a request before, or a reply after it took effect', async () => {
    google.disturb({ rules: [rule({ method: 'PATCH', lose: 'request' })] });
    await expect(patch('ingress', body)).rejects.toThrow();
    expect(google.effects()).toHaveLength(0);
    google.disturb({ rules: [rule({ method: 'PATCH', lose: 'reply' })] });
    await expect(patch('ingress', body)).rejects.toThrow();
    expect(google.effects()).toHaveLength(1);
  });

  it('answers with a status so many times, and is over then', async () => {
    google.disturb({ rules: [rule({ status: 429, times: 2, retryAfter: '1' })] });
    const told = [await patch('ingress', body), await patch('ingress', body), await patch('ingress', body)];
    expect(told.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(told[0]?.error).toMatch(/^429 RESOURCE_EXHAUSTED/);
  });

  it('are switched over HTTP, and refused when they are none', async () => {
    expect((await call(google.url, 'PUT', '/_faults', { operationMs: 5 })).body).toMatchObject({
      operationMs: 5,
    });
    expect((await call(google.url, 'PUT', '/_faults', { slow: true })).status).toBe(400);
    expect((await call(google.url, 'GET', '/_faults')).body).toMatchObject({ operationMs: 5, rules: [] });
  });

  it('keeps a ledger of who asked for what', async () => {
    const headers = {
      authorization: 'Bearer test-token',
      'user-agent': 'cutover/0.1.0 (sapphire-7; step lock; epoch 3)',
    };
    await call(google.url, 'PATCH', `${servicePath}?updateMask=ingress`, body, headers);
    const said = { rollout: 'sapphire-7', step: 'lock', epoch: 3, method: 'PATCH', status: 200 };
    expect(google.ledger).toMatchObject([
      { kind: 'effect', ...said },
      { kind: 'call', ...said },
    ]);
  });
});
