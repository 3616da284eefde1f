import { z } from 'zod';
import type { LoadBalancing, OperationState } from '../../ports/google.ts';
import { googleCalls } from './calls.ts';
import { endpointOf, type GoogleConnection, type GoogleDependencies } from './connection.ts';

const certificateSchema = z.object({
  name: z.string(),
  type: z.string().default('SELF_MANAGED'),
  expireTime: z.string().optional(),
  managed: z
    .object({ status: z.string().default(''), domainStatus: z.record(z.string(), z.string()).default({}) })
    .optional(),
});

const proxySchema = z.object({
  name: z.string(),
  sslCertificates: z.array(z.string()).default([]),
  fingerprint: z.string(),
});

const operationSchema = z.object({
  name: z.string(),
  status: z.string(),
  httpErrorMessage: z.string().optional(),
  error: z.object({ errors: z.array(z.object({ message: z.string().default('') })).default([]) }).optional(),
});

const shortName = (link: string): string => link.slice(link.lastIndexOf('/') + 1);

/** Certificates and target HTTPS proxies by Compute Engine v1 (https://cloud.google.com/compute/docs/reference/rest/v1). */
export function loadBalancing(connection: GoogleConnection, dependencies: GoogleDependencies): LoadBalancing {
  const call = googleCalls(
    'Compute Engine',
    endpointOf('compute', connection, dependencies.env),
    dependencies,
  );
  const project = `/projects/${connection.project}`;
  const global = `${project}/global`;
  const named = (kind: string, name: string): string => `${global}/${kind}/${encodeURIComponent(name)}`;
  return {
    async certificate(name, signal) {
      const request = { method: 'GET', path: named('sslCertificates', name) } as const;
      const { type, expireTime, managed } = await call({ ...request, schema: certificateSchema }, signal);
      return {
        name,
        managed: type === 'MANAGED',
        status: managed?.status ?? 'ACTIVE',
        domains: managed?.domainStatus ?? {},
        expires: expireTime,
      };
    },
    async proxy(name, signal) {
      const request = { method: 'GET', path: named('targetHttpsProxies', name) } as const;
      const { sslCertificates, fingerprint } = await call({ ...request, schema: proxySchema }, signal);
      return { name, certificates: sslCertificates.map(shortName), fingerprint };
    },
    /** `patch` and not `setSslCertificates`: that one takes no fingerprint. */
    async attach({ name, fingerprint }, certificates, request, signal) {
      const sslCertificates = certificates.map((one) => `${global.slice(1)}/sslCertificates/${one}`);
      const path = named('targetHttpsProxies', name);
      const asked = { method: 'PATCH', path, query: { requestId: request }, guarded: true } as const;
      const body = { fingerprint, sslCertificates };
      return (await call({ ...asked, body, schema: operationSchema }, signal)).name;
    },
    async operation(name, signal): Promise<OperationState> {
      const path = named('operations', name);
      const { status, error, httpErrorMessage } = await call(
        { method: 'GET', path, schema: operationSchema },
        signal,
      );
      const messages = error?.errors.map(({ message }) => message).join('; ');
      if (error !== undefined) return { failed: messages || (httpErrorMessage ?? 'no reason given') };
      return status === 'DONE' ? 'done' : 'running';
    },
  };
}
