import { z } from 'zod';
import { eventEnvelope as envelope } from '../rollout/envelope.ts';
import { accountSchema } from './account.ts';

const person = z.string();

const data = {
  'code.issued': z
    .strictObject({ person, code: z.string(), until: z.iso.datetime(), by: accountSchema })
    .describe('A code that links an account to a person; `code` is its hash. It replaces an earlier one'),
  'code.missed': z.strictObject({ account: accountSchema }).describe('A wrong code was entered'),
  'code.spent': z
    .strictObject({ person, account: accountSchema, why: z.string() })
    .describe('The right code was entered where it can’t link; it is void'),
  'account.linked': z.strictObject({ person, account: accountSchema }),
  'account.unlinked': z.strictObject({ person, account: accountSchema }),
} as const;

/** What happened to who is who over the platforms. */
export type AccountFact = {
  [T in keyof typeof data]: { type: T; data: z.infer<(typeof data)[T]> };
}[keyof typeof data];

/** Such a fact in its place in the journal of accounts. */
export type AccountEvent = z.infer<z.ZodObject<typeof envelope>> & AccountFact;

type Option = z.ZodObject<typeof envelope & { type: z.ZodLiteral<AccountFact['type']>; data: z.ZodType }>;

const options = Object.entries(data).map(([type, schema]) =>
  z.strictObject({ ...envelope, type: z.literal(type as AccountFact['type']), data: schema }),
) as unknown as [Option, ...Option[]];

export const accountEventSchema = z.discriminatedUnion('type', options) as unknown as z.ZodType<AccountEvent>;
