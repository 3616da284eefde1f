import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveDns } from '../../sandbox/google/dns/answers.ts';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { dnsZones } from '../../src/adapters/dns/zones.ts';
import { imageRegistry } from '../../src/adapters/registry/images.ts';
import { agentFor, fetchAs } from '../../src/adapters/world/fetch.ts';
import type { Caller } from '../../src/ports/service.ts';
import type { World } from '../../src/ports/world.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { gcsDouble } from '../doubles/gcs.ts';
import { registryDouble } from '../doubles/registry.ts';
import { journalOf, whole } from '../report/journal.ts';
import { portForLater } from '../support/port.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive } from './drive.ts';

/** The permissions that Google asks for, by the method and the path of a request. */
const permissions: readonly [method: string, path: RegExp, permissions: string[]][] = [
  ['GET', /\/managedZones\/[^/]+$/, ['dns.managedZones.get']],
  ['GET', /\/managedZones\/[^/]+\/rrsets$/, ['dns.resourceRecordSets.list']],
  [
    'POST',
    /\/managedZones\/[^/]+\/changes$/,
    ['dns.changes.create', ...['create', 'update', 'delete'].map((verb) => `dns.resourceRecordSets.${verb}`)],
  ],
  ['POST', /^\/upload\/storage\//, ['storage.objects.create', 'storage.objects.delete']],
  ['GET', /^\/storage\/v1\/b\/[^/]+\/o\//, ['storage.objects.get']],
  ['HEAD', /^\/v2\/.*\/manifests\//, ['artifactregistry.repositories.downloadArtifacts']],
  ['GET', /^\/v2\/.*\/(manifests|blobs)\//, ['artifactregistry.repositories.downloadArtifacts']],
  ['GET', /^\/token$/, []],
];

const documented = async (uses: string): Promise<string[]> => {
  const text = await readFile('docs/google.md', 'utf8');
  const row = text.split('\n').find((line) => line.startsWith(`| \`${uses}\` |`)) ?? '';
  return [...row.slice(row.indexOf('|', 2)).matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name);
};

let google: GoogleForTest;
let bucket: Awaited<ReturnType<typeof gcsDouble>>;
let registry: Awaited<ReturnType<typeof registryDouble>>;
let server: string;
let stopDns: () => void;
let asked: { permissions: string[]; agent: string }[];

beforeEach(async () => {
  asked = [];
  google = await googleForTest({ token: undefined });
  bucket = await gcsDouble({ bucket: 'rollouts', token: 'ya29' });
  registry = await registryDouble();
  registry.push('sapphire/app/api', 'v1.4.0', ['linux/amd64']);
  const port = await portForLater();
  server = `127.0.0.1:${port}`;
  stopDns = await serveDns(google.state.dns, port, google.advance);
});
afterEach(async () => {
  stopDns();
  await Promise.all([google.stop(), bucket.stop(), registry.stop()]);
});

const noting: typeof globalThis.fetch = async (input, init = {}) => {
  const { pathname } = new URL(String(input));
  const method = init.method ?? 'GET';
  const found = permissions.find(([verb, pattern]) => verb === method && pattern.test(pathname));
  const agent = new Headers(init.headers).get('user-agent') ?? '';
  asked.push({ permissions: found?.[2] ?? [`no permission is known for ${method} ${pathname}`], agent });
  return fetch(input, init);
};

/** The adapters as the composition root makes them. */
function world(): Partial<World> {
  const calling = (caller?: Caller) => ({
    fetch: fetchAs(noting, agentFor('cutover-test', caller)),
    env: {},
    secret: async () => undefined,
    pause: async () => undefined,
  });
  return {
    zones: (connection, caller) => dnsZones(connection, { ...calling(caller), token: async () => 'ya29' }),
    images: (connection, caller) => imageRegistry(connection, calling(caller)),
    artifacts: (connection, caller) =>
      artifactStore(connection, { ...calling(caller), googleToken: async () => 'ya29' }),
  };
}

const connections = () => ({
  dns: { kind: 'google-dns', project, zone: 'main', endpoint: `${google.url}/dns/v1/` },
  archive: { kind: 'gcs', bucket: 'rollouts', endpoint: bucket.url },
  registry: { kind: 'oci', registry: registry.url },
});

const scenes: Record<string, () => object> = {
  'dns.switch': () => ({
    connection: 'dns',
    records: [{ name: 'api.sapphire.test', values: ['192.0.2.9'], ttl: '30s' }],
    ...{ servers: [server], interval: '1s' },
  }),
  'artifact.archive': () => ({ connection: 'archive', items: [{ name: 'a.txt', from: { text: 'a' } }] }),
  snapshot: () => ({ archive: 'archive', services: { api: { health: `${google.url}/_healthz` } } }),
  report: () => ({ connection: 'archive' }),
  'image.exists': () => ({
    ...{ connection: 'registry', repository: 'sapphire/app/api', tag: 'v1.4.0' },
    platforms: ['linux/amd64'],
  }),
};

describe('the rights to a zone, a bucket and a registry of Google', () => {
  it.each(Object.entries(scenes))(
    'are documented for all that %s calls, in its name',
    async (uses, input) => {
      const kind = stepKinds.get(uses);
      if (kind === undefined) throw new Error(`no kind ${uses}`);
      const options = { world: world(), connections: connections(), journal: journalOf(whole) };
      const { result } = await drive(kind, input(), { google, options });
      expect(result).toMatchObject({ status: 'succeeded' });
      const needed = new Set(asked.flatMap((one) => one.permissions));
      expect([...needed].sort()).toEqual((await documented(uses)).sort());
      expect(new Set(asked.map(({ agent }) => agent))).toEqual(
        new Set(['cutover-test (test-1; step probe; epoch 1)']),
      );
    },
  );

  it('are documented for reading what was archived before', async () => {
    const store = world().artifacts?.(connections().archive);
    const signal = new AbortController().signal;
    const { uri } = (await store?.put('a', new Uint8Array([1]), 'text/plain', signal)) ?? { uri: '' };
    asked = [];
    expect(await store?.get(uri, 10, signal)).toBeDefined();
    expect(asked.flatMap((one) => one.permissions)).toEqual(await documented('contract.compare'));
  });
});
