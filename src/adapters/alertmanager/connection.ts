import { z } from 'zod';
import type { Connection } from '../../core/rollout/plan.ts';
import { SilenceError } from '../../ports/silences.ts';

const secretName = /^\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}$/;
const secret = z.string().regex(secretName, 'a secret by its name: ${{ secrets.NAME }}');

export const alertmanagerConnectionSchema = z
  .strictObject({
    kind: z.literal('alertmanager'),
    url: z.url({ protocol: /^https?$/ }).describe('With the path that it is served under, if any'),
    token: secret.optional().describe('A bearer token'),
    username: z.string().min(1).optional(),
    password: secret.optional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password stand together',
  })
  .refine(({ token, username }) => token === undefined || username === undefined, {
    error: 'a token, or a username and a password',
  });
export type AlertmanagerConnection = z.infer<typeof alertmanagerConnectionSchema>;

/** Reads a connection of environments.yaml; one that can't be meant is a refusal for people. */
export function readConnection(given: Connection): AlertmanagerConnection {
  const parsed = alertmanagerConnectionSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new SilenceError(
    'refused',
    `the connection to Alertmanager is not set up well (${where}${issue?.message ?? 'unknown form'})`,
  );
}

/** The header that shows who we are; none where nothing is asked for. */
export async function authorizationOf(
  { token, username, password }: AlertmanagerConnection,
  read: (name: string) => Promise<string | undefined>,
): Promise<Record<string, string>> {
  const named = async (text: string): Promise<string> => {
    const name = secretName.exec(text)?.[1] ?? '';
    const value = await read(name);
    if (value === undefined)
      throw new SilenceError('refused', `the secret ${name} for Alertmanager is not set`);
    return value;
  };
  if (token !== undefined) return { authorization: `Bearer ${await named(token)}` };
  if (username === undefined || password === undefined) return {};
  const basic = Buffer.from(`${username}:${await named(password)}`).toString('base64');
  return { authorization: `Basic ${basic}` };
}
