import { suggestion } from '../../core/nearest.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import type { DnsZones } from '../../ports/dns-zones.ts';
import { ServiceError } from '../../ports/service.ts';
import { type GoogleDnsDependencies, googleZones } from './google.ts';
import { linodeZones } from './linode.ts';

const services = { 'linode-dns': linodeZones, 'google-dns': googleZones };

/** The zone that a connection names. Throws `ServiceError` for another kind, or a connection that can't be meant. */
export function dnsZones(given: Connection, dependencies: GoogleDnsDependencies): DnsZones {
  const make = Object.hasOwn(services, given.kind)
    ? services[given.kind as keyof typeof services]
    : undefined;
  if (make) return make(given, dependencies);
  const hint = suggestion(given.kind, Object.keys(services));
  throw new ServiceError('refused', `a connection of the kind ${given.kind} holds no DNS zone; ${hint}`);
}
