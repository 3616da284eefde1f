import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoogleState, googleStateSchema } from '../google/state.ts';
import { proxy } from './names.ts';

/** What a launch changes, as the double keeps it: a rollback has to bring just that back. */
export interface Standing {
  /** Of each service: what its revisions get, by name, and from where it is reached. */
  services: Record<string, { serving: string[]; ingress: string }>;
  certificates: string[];
  /** The records of the hosts. */
  records: string[];
  retentionDays: number;
}

async function stateIn(folder: string): Promise<GoogleState> {
  const { value } = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
  return googleStateSchema.parse(value);
}

/** The digests of the images that the newest revisions run. */
export async function digestsIn(folder: string): Promise<string[]> {
  const { run } = await stateIn(folder);
  return Object.values(run.services).map(
    ({ template }) => template.containers[0]?.image.replace(/^[^@]*@/, '') ?? '',
  );
}

/** Reads it from the double's own file, past its API. */
export async function standingIn(folder: string, project: string): Promise<Standing> {
  const { run, compute, dns, operations } = await stateIn(folder);
  const services = Object.values(run.services).map(({ name, trafficStatuses, ingress }) => {
    const serving = trafficStatuses.map(({ revision, percent = 0, tag }) =>
      `${revision} ${percent} ${tag ?? ''}`.trim(),
    );
    return [name.slice(name.lastIndexOf('/') + 1), { serving, ingress }];
  });
  const published = Object.values(dns.zones).flatMap((zone) => zone.published);
  return {
    services: Object.fromEntries(services),
    certificates: compute.proxies[`${project}/${proxy}`]?.sslCertificates ?? [],
    records: published
      .filter(({ type }) => type === 'A')
      .map(({ name, ttl, rrdatas }) => `${name} ${ttl} ${rrdatas.join(' ')}`)
      .sort(),
    retentionDays:
      operations.buckets[`projects/${project}/locations/global/buckets/_Default`]?.retentionDays ?? 0,
  };
}
