import { z } from 'zod';
import { type EventOf, eventSchemaOf, type FactOf } from '../rollout/envelope.ts';
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
export type AccountFact = FactOf<typeof data>;

/** Such a fact in its place in the journal of accounts. */
export type AccountEvent = EventOf<typeof data>;

export const accountEventSchema = eventSchemaOf(data);
