import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import { ServiceError } from '../../ports/service.ts';

const secretName = /^\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}$/;

/** A secret in a connection, by its name. */
export const secretReference = z.string().regex(secretName, 'a secret by its name: ${{ secrets.NAME }}');

/** The address of a service. */
export const serviceUrl = z.url({ protocol: /^https?$/ });

/** What the adapter of a service is constructed with. */
export interface ServiceDependencies {
  fetch: typeof globalThis.fetch;
  /** The process environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** A secret by its name; undefined where there is none. */
  secret(name: string): Promise<string | undefined>;
  /** Waits between two tries of a read; a test hurries it. Absent: by the clock. */
  pause?(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A connection of environments.yaml; one that can't be meant is a refusal for people. `what`: "the registry". */
export function readConnection<T>(what: string, schema: z.ZodType<T>, given: Connection): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new ServiceError(
    'refused',
    `the connection to ${what} is not set up well (${where}${issue?.message ?? 'unknown form'})`,
  );
}

/** The value of a secret that a connection names. */
export async function secretValue(
  what: string,
  reference: string,
  { secret }: Pick<ServiceDependencies, 'secret'>,
): Promise<string> {
  const name = secretName.exec(reference)?.[1] ?? '';
  const value = await secret(name);
  if (value !== undefined) return value;
  throw new ServiceError('refused', `the secret ${name} for ${what} is not set on this worker`);
}
