import { z } from 'zod';
import { durationSchema } from '../../core/playbook/duration.ts';
import { recordTypes } from '../../ports/dns-zones.ts';

const label = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const hostname = z
  .string()
  .max(254)
  .regex(new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*\\.?$`), 'a host name, such as api.aether.example')
  .transform((name) => name.toLowerCase().replace(/\.$/, ''));

const servers = z.array(z.string().min(1)).min(1).max(20);
const values = z.array(z.string().min(1)).max(100);

function isValue(type: string, value: string): boolean {
  if (type === 'A') return z.ipv4().safeParse(value).success;
  return type === 'AAAA' ? z.ipv6().safeParse(value).success : hostname.safeParse(value).success;
}

/** An address or a name as all sides write it: IPv6 in its short form, names without their last dot. */
function plain(type: string, value: string): string {
  if (type === 'AAAA' && URL.canParse(`http://[${value}]`))
    return new URL(`http://[${value}]`).hostname.slice(1, -1);
  return value.toLowerCase().replace(/\.$/, '');
}

const wantedSchema = z
  .strictObject({
    name: hostname,
    type: z.enum(recordTypes).default('A'),
    values: values.min(1).optional().describe('What it points to afterwards; absent: as it is'),
    ttl: durationSchema.optional().describe('The time to live afterwards; absent: as it is'),
  })
  .refine((given) => given.values !== undefined || given.ttl !== undefined, {
    message: 'give `values`, `ttl` or both',
  })
  .refine(({ type, values: given = [] }) => given.every((value) => isValue(type, value)), {
    message: 'a value does not fit the type: IPv4 addresses for A, IPv6 for AAAA, one host name for CNAME',
  })
  .refine(({ type, values: given = [] }) => type !== 'CNAME' || given.length < 2, {
    message: 'a CNAME has one value',
  })
  .transform(({ values: given, ...rest }) => ({
    ...rest,
    ...(given === undefined
      ? {}
      : { values: [...new Set(given.map((value) => plain(rest.type, value)))].sort() }),
  }));

/** What a step captures before it changes records, and what `restore` takes. */
export const capturedSchema = z.strictObject({
  records: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z.enum(recordTypes),
        ttl: z.int().nullable().describe('Seconds; null: the default of the zone'),
        values: z.array(z.string()).describe('Empty: there was no such record'),
      }),
    )
    .min(1),
});

const sameName = (records: readonly { name: string; type: string }[]) =>
  new Set(records.map(({ name, type }) => `${name} ${type}`)).size === records.length;

export const inputSchema = z
  .strictObject({
    connection: z.string().describe('A connection of the kind linode-dns or google-dns'),
    records: z
      .array(wantedSchema)
      .min(1)
      .max(50)
      .refine(sameName, { message: 'a record stands twice' })
      .optional()
      .describe('The records to change. With `ttl` alone it is lowered ahead of a switch'),
    restore: capturedSchema.optional().describe('Puts back what an earlier step captured: its `before`'),
    servers: servers
      .optional()
      .describe('The authoritative name servers as host or host:port; absent: those of the zone'),
    resolvers: servers
      .optional()
      .describe('Resolvers that have to give the new answer too, when the old one has run out'),
    within: durationSchema
      .default('30m')
      .describe('How long name servers may take to give the new answer; Linode is not instant'),
    interval: durationSchema.default('10s').describe('The time between two looks'),
    drain: durationSchema
      .optional()
      .describe(
        'The least time to wait then; never less than the old TTL, but for `restore`, which waits only if asked',
      ),
    follow: z
      .boolean()
      .optional()
      .describe(
        'Whether to wait until name servers and clients follow; absent: yes, but for a `restore` without `drain` and `resolvers`, which holds nothing up',
      ),
  })
  .refine((given) => (given.records === undefined) !== (given.restore === undefined), {
    message: 'give either `records` or `restore`, and not both',
  });
export type DnsInput = z.infer<typeof inputSchema>;

/**
 * Whether a step waits for name servers and clients. Putting records back doesn't, unless asked: what comes after it in
 * a rollback (writes, proofs, evidence) must not wait for a zone to be published.
 */
export function follows({ follow, restore, drain, resolvers }: DnsInput): boolean {
  return follow ?? (restore === undefined || drain !== undefined || resolvers !== undefined);
}
