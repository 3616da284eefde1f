import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { GoogleCall, GoogleRoute } from './call.ts';
import { domainStatuses } from './compute/resource.ts';
import { type FaultBoard, googleFaultsSchema } from './faults.ts';
import { refusal } from './refusal.ts';
import type { GoogleState } from './state.ts';

const certificateSchema = z.strictObject({
  domainStatus: z.record(z.string(), z.enum(domainStatuses)),
});

function checked<T>(schema: z.ZodType<T>, { body }: GoogleCall): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw refusal('INVALID_ARGUMENT', z.prettifyError(parsed.error));
}

/**
 * What only the double has: `GET` and `PUT /_faults`, and `PUT /_certificates/P/NAME`, by which the world outside
 * (DNS, the authority) has its say about a managed certificate.
 */
export function controlRoutes({ state, faults }: { state: GoogleState; faults: FaultBoard }): GoogleRoute[] {
  const told = (): { status: number; body: Json } => ({
    status: 200,
    body: faults.faults as unknown as Json,
  });
  return [
    { method: 'GET', path: '/_healthz', handle: () => ({ status: 200, body: { status: 'ok' } }) },
    { method: 'GET', path: '/_faults', handle: told },
    {
      method: 'PUT',
      path: '/_faults',
      handle: (call) => {
        faults.set(checked(googleFaultsSchema, call));
        return told();
      },
    },
    {
      method: 'PUT',
      path: '/_certificates/{project}/{name}',
      handle: (call) => {
        const { params } = call;
        const found = state.compute.certificates[`${params.project}/${params.name}`];
        if (found === undefined) throw refusal('NOT_FOUND', `No certificate ${params.name}.`);
        found.domainStatus = { ...found.domainStatus, ...checked(certificateSchema, call).domainStatus };
        return { status: 200, body: { domainStatus: found.domainStatus }, changed: true };
      },
    },
  ];
}
