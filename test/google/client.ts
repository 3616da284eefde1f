import { z } from 'zod';
import { project, region, token } from './double.ts';

const record = z.record(z.string(), z.json());

export interface Told {
  status: number;
  body: z.infer<typeof record>;
  /** What an error says, in a line: its code, its status or first reason, and its message. */
  error: string;
}

const errorSchema = z.object({
  error: z.object({
    code: z.number(),
    message: z.string(),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string() })).optional(),
  }),
});

/** Calls the double as any client does. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
): Promise<Told> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const told = record.parse(await answer.json());
  const parsed = errorSchema.safeParse(told);
  const { code, message, status, errors } = parsed.data?.error ?? { code: 0, message: '' };
  const error = parsed.success ? `${code} ${status ?? errors?.[0]?.reason}: ${message}` : '';
  return { status: answer.status, body: told, error };
}

export const servicePath = `/v2/projects/${project}/locations/${region}/services/api`;
export const proxyPath = `/compute/v1/projects/${project}/global/targetHttpsProxies/front`;
export const byRevision = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
