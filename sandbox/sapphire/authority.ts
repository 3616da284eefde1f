import { Resolver } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { addresses, certificates, hosts, proxy } from './names.ts';

const proxySchema = z.object({ sslCertificates: z.array(z.string()) });
const every = 300;

/**
 * Plays the authority that issues a managed certificate: once it is attached to the load balancer and its hosts lead
 * there, the certificate becomes active. Gives what ends it.
 */
export function followCertificate(google: string, nameServer: string, project: string): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  resolver.setServers([nameServer]);
  const isAttached = async (): Promise<boolean> => {
    const path = `/compute/v1/projects/${project}/global/targetHttpsProxies/${proxy}`;
    const answer = await fetch(`${google}${path}`, {
      signal,
      headers: { authorization: 'Bearer authority' },
    });
    const { sslCertificates } = proxySchema.parse(await answer.json());
    return sslCertificates.some((url) => url.endsWith(`/${certificates.launch}`));
  };
  const leads = async (host: string): Promise<boolean> =>
    (await resolver.resolve4(host)).every((address) => address === addresses.balancer);
  const issue = async (): Promise<void> => {
    if (!(await isAttached())) return;
    const active = await Promise.all(hosts.map(leads));
    const domainStatus = Object.fromEntries(
      hosts.map((host, index) => [host, active[index] ? 'ACTIVE' : 'FAILED_NOT_VISIBLE']),
    );
    const body = JSON.stringify({ domainStatus });
    await fetch(`${google}/_certificates/${project}/${certificates.launch}`, { method: 'PUT', body, signal });
  };
  const following = (async () => {
    while (!signal.aborted) {
      await issue().catch(() => undefined);
      await pause(every, undefined, { signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    resolver.cancel();
    await following;
  };
}
