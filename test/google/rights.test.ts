import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stepKinds } from '../../src/steps/registry.ts';
import { type GoogleForTest, googleForTest, newImage } from './double.ts';
import { drive } from './drive.ts';

/** The permission that Google asks for, by the method and the path of a request. */
const permissions: readonly [method: string, path: RegExp, permission: string][] = [
  ['GET', /^\/v2\/.*\/services\/[^/]+$/, 'run.services.get'],
  ['PATCH', /^\/v2\/.*\/services\/[^/]+$/, 'run.services.update'],
  ['GET', /^\/v2\/.*\/revisions\/[^/]+$/, 'run.revisions.get'],
  ['GET', /^\/v2\/.*\/operations\/[^/]+$/, 'run.operations.get'],
  ['GET', /\/sslCertificates\/[^/]+$/, 'compute.sslCertificates.get'],
  ['GET', /\/targetHttpsProxies\/[^/]+$/, 'compute.targetHttpsProxies.get'],
  ['PATCH', /\/targetHttpsProxies\/[^/]+$/, 'compute.targetHttpsProxies.update'],
  ['GET', /^\/compute\/.*\/operations\/[^/]+$/, 'compute.globalOperations.get'],
  ...['uptimeCheckConfigs', 'alertPolicies', 'notificationChannels'].flatMap(
    (things): [string, RegExp, string][] => [
      ['GET', new RegExp(`/${things}$`), `monitoring.${things}.list`],
      ['POST', new RegExp(`/${things}$`), `monitoring.${things}.create`],
      ['PATCH', new RegExp(`/${things}/[^/]+$`), `monitoring.${things}.update`],
    ],
  ),
  ['POST', /\/entries:list$/, 'logging.logEntries.list'],
  ['GET', /\/metrics\/[^/]+$/, 'logging.logMetrics.get'],
  ['PUT', /\/metrics\/[^/]+$/, 'logging.logMetrics.update'],
  ['GET', /\/buckets\/[^/]+$/, 'logging.buckets.get'],
  ['PATCH', /\/buckets\/[^/]+$/, 'logging.buckets.update'],
  ['GET', /\/secrets\/[^/]+\/versions$/, 'secretmanager.versions.list'],
];

const on = { connection: 'google' };
const service = { ...on, service: 'api' };
const alert = { ...on, title: 'Errors', filter: 'severity>=ERROR', topic: 'projects/sapphire/topics/alerts' };

const threshold = {
  ...{ ...on, title: 'Spikes', topic: alert.topic, above: 1 },
  filter: 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"',
};

/** What each kind is given, one after the other, so that it calls all that it can call. */
const scenes: Record<string, object[]> = {
  'cloudrun.deploy': [{ ...service, image: newImage, tag: 'next' }],
  'cloudrun.traffic': [{ ...service, split: [{ revision: 'api-00001-abc', percent: 100 }] }],
  'cloudrun.ingress': [{ ...service, ingress: 'internal' }],
  'certificate.active': [{ ...on, certificate: 'aster-cert' }],
  'certificate.attach': [{ ...on, proxy: 'front', certificates: ['sapphire-cert'] }],
  'monitoring.uptime': ['1m', '5m'].map((every) => ({ ...on, hosts: ['api.sapphire.test'], every })),
  'monitoring.logalert': ['5m', '10m'].map((every) => ({ ...alert, every })),
  'monitoring.threshold': ['1m', '5m'].map((over) => ({ ...threshold, over })),
  'logging.entries': [{ ...on, filter: 'severity>=INFO' }],
  'logging.metric': [{ ...on, name: 'errors', filter: 'severity>=ERROR' }],
  'logging.retention': [{ ...on, days: 90 }],
  'secrets.snapshot': [{ ...on, secrets: ['aster-key'] }],
};

const document = await readFile('docs/google.md', 'utf8');
const rows = [...document.matchAll(/^\| `([a-z]+\.[a-z]+)` \| (.*) \|$/gm)];
const documented = new Map(
  rows.map(([, kind = '', list = '']) => [kind, [...list.matchAll(/`([\w.]+)`/g)].map(([, name]) => name)]),
);

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

function asked(): string[] {
  return google.seen.map(({ method, path }) => {
    const [bare = ''] = path.split('?');
    const found = permissions.find(([verb, pattern]) => verb === method && pattern.test(bare));
    return found?.[2] ?? `no permission is known for ${method} ${bare}`;
  });
}

describe('the rights that are documented', () => {
  it('are those of every step that reaches Google Cloud', () => {
    const isOne = (uses: string) => /^(cloudrun|certificate|monitoring|logging|secrets)\./.test(uses);
    const reaching = [...stepKinds.keys()].filter(isOne);
    expect([...documented.keys()].filter(isOne).sort()).toEqual(reaching.sort());
    expect(Object.keys(scenes).sort()).toEqual(reaching.sort());
  });

  it.each(Object.entries(scenes))('cover all that %s calls', async (uses, inputs) => {
    const kind = stepKinds.get(uses);
    if (kind === undefined) throw new Error(`no kind ${uses}`);
    google.write('{"severity":"INFO","message":"ready"}');
    for (const [index, input] of inputs.entries()) {
      const { result } = await drive(kind, input, { google, options: { attempt: index + 1 } });
      expect(result.status).toBe('succeeded');
    }
    const known = documented.get(uses) ?? [];
    expect([...new Set(asked())].filter((permission) => !known.includes(permission))).toEqual([]);
    for (const { headers } of google.seen)
      expect(headers['user-agent']).toBe('cutover-test (test-1; step probe; epoch 1)');
    const called = new Set(asked());
    const unneeded = known.filter((permission) => permission !== undefined && !called.has(permission));
    const ofAlert = ['monitoring.logalert', 'monitoring.threshold'].includes(uses);
    expect(unneeded).toEqual(ofAlert ? ['monitoring.notificationChannels.update'] : []);
  });
});
