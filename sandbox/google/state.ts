import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fingerprintOf, newId } from './compute/proxies.ts';
import { type Certificate, computeStateSchema } from './compute/resource.ts';
import { dnsStateSchema, zoneOf, zoneSeedSchema } from './dns/resource.ts';
import { operationsStateSchema } from './operations/resource.ts';
import { byLatest, runStateSchema, type Service } from './run/resource.ts';
import { newEtag } from './run/update.ts';

/** All that the double keeps. */
export const googleStateSchema = z.strictObject({
  run: runStateSchema,
  compute: computeStateSchema,
  dns: dnsStateSchema,
  operations: operationsStateSchema,
});
export type GoogleState = z.infer<typeof googleStateSchema>;

/** What there is at first. */
export const seedSchema = z.strictObject({
  project: z.string(),
  region: z.string(),
  services: z
    .record(
      z.string(),
      z.strictObject({ image: z.string(), env: z.record(z.string(), z.string()).default({}) }),
    )
    .describe('The image of the first revision of each, which gets all traffic as the latest'),
  certificates: z
    .record(z.string(), z.record(z.string(), z.string()))
    .describe('The domains of each managed certificate, with their status'),
  secrets: z
    .record(z.string(), z.array(z.enum(['ENABLED', 'DISABLED', 'DESTROYED'])))
    .default({})
    .describe('The states of the versions of each secret, the first one first'),
  proxies: z.record(z.string(), z.array(z.string())).describe('The certificates of each target HTTPS proxy'),
  zones: z.record(z.string(), zoneSeedSchema).default({}).describe('The managed zones of Cloud DNS, by name'),
});
export type Seed = z.infer<typeof seedSchema>;

const born = '2026-01-05T09:00:00.000Z';

export function seeded(seed: Seed): GoogleState {
  const state: GoogleState = {
    run: { services: {}, revisions: {}, operations: {} },
    compute: { certificates: {}, proxies: {}, operations: {} },
    dns: {
      zones: Object.fromEntries(
        Object.entries(seed.zones).map(([name, zone]) => [
          `${seed.project}/${name}`,
          zoneOf(name, newId(), born, zone),
        ]),
      ),
    },
    operations: {
      uptimeCheckConfigs: {},
      alertPolicies: {},
      notificationChannels: {},
      metrics: {},
      buckets: {
        [`projects/${seed.project}/locations/global/buckets/_Default`]: { retentionDays: 30, locked: false },
        [`projects/${seed.project}/locations/global/buckets/_Required`]: { retentionDays: 400, locked: true },
      },
      secrets: Object.fromEntries(
        Object.entries(seed.secrets).map(([name, states]) => [
          `projects/${seed.project}/secrets/${name}`,
          states,
        ]),
      ),
    },
  };
  for (const id of Object.keys(seed.services)) addService(state, seed, id);
  for (const [name, domainStatus] of Object.entries(seed.certificates)) {
    state.compute.certificates[`${seed.project}/${name}`] = certificate(name, { ...domainStatus });
  }
  for (const [name, certificates] of Object.entries(seed.proxies)) {
    state.compute.proxies[`${seed.project}/${name}`] = {
      name,
      id: newId(),
      creationTimestamp: born,
      urlMap: `https://www.googleapis.com/compute/v1/projects/${seed.project}/global/urlMaps/${name}`,
      sslCertificates: [...certificates],
      fingerprint: fingerprintOf(certificates, born),
    };
  }
  return state;
}

function certificate(name: string, domainStatus: Record<string, string>): Certificate {
  return {
    name,
    id: newId(),
    type: 'MANAGED',
    creationTimestamp: born,
    subjectAlternativeNames: Object.keys(domainStatus),
    domainStatus,
  };
}

function addService(state: GoogleState, { project, region, services }: Seed, id: string): void {
  const name = `projects/${project}/locations/${region}/services/${id}`;
  const { image = '', env = {} } = services[id] ?? {};
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const template = { containers: [{ image, ...(variables.length === 0 ? {} : { env: variables }) }] };
  const revision = `${id}-00001-abc`;
  const service: Service = {
    name,
    uid: randomUUID(),
    generation: 1,
    observedGeneration: 1,
    createTime: born,
    updateTime: born,
    ingress: 'INGRESS_TRAFFIC_ALL',
    template,
    traffic: [{ type: byLatest, percent: 100 }],
    trafficStatuses: [{ type: byLatest, revision, percent: 100 }],
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED', lastTransitionTime: born },
    latestReadyRevision: revision,
    latestCreatedRevision: revision,
    reconciling: false,
    etag: newEtag(),
  };
  state.run.services[name] = service;
  const full = `${name}/revisions/${revision}`;
  state.run.revisions[full] = {
    name: full,
    service: name,
    uid: randomUUID(),
    createTime: born,
    template,
    state: 'ready',
  };
}
