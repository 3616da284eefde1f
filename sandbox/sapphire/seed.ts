import type { z } from 'zod';
import type { seedSchema } from '../google/state.ts';
import {
  addresses,
  certificates,
  digestOf,
  hosts,
  proxy,
  region,
  repositoryOf,
  secrets,
  services,
  versions,
  zone,
} from './names.ts';

/** A project in which the old version serves, its hosts still point elsewhere, and the new certificate is not issued. */
export function seedOf(project: string): z.input<typeof seedSchema> {
  const image = (service: string) =>
    `registry.test/${repositoryOf(service)}@${digestOf(service, versions.old)}`;
  return {
    project,
    region,
    services: Object.fromEntries(
      Object.values(services).map((service) => [service, { image: image(service) }]),
    ),
    certificates: {
      [certificates.before]: Object.fromEntries(hosts.map((host) => [host, 'ACTIVE'])),
      [certificates.launch]: Object.fromEntries(hosts.map((host) => [host, 'PROVISIONING'])),
    },
    proxies: { [proxy]: [certificates.before] },
    secrets: Object.fromEntries(secrets.map((name) => [name, ['DISABLED', 'ENABLED'] as const])),
    zones: {
      sapphire: {
        dnsName: zone,
        nameServers: [`ns1.${zone}`],
        records: hosts.map((name) => ({ name, type: 'A', ttl: 1, rrdatas: [addresses.before] })),
      },
    },
  };
}
