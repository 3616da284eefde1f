import { z } from 'zod';
import { parseDuration } from '../core/playbook/duration.ts';

/** The parts that `.env.example` has, in its order. */
export const groups = [
  'Process',
  'Redis and files',
  'Web server and console',
  'Slack',
  'Telegram',
  'Alerts',
  'Clusters and clouds',
  'Sandbox',
] as const;

/** One variable of the process environment. Values come in as text, with an empty one counting as unset. */
export interface Variable<T = unknown, Default extends string | undefined = string | undefined> {
  group: (typeof groups)[number];
  /** For the person who sets it: what it does, and where the value comes from. */
  about: string;
  read: z.ZodType<T, string>;
  default: Default;
  /** Never shown, and redacted wherever its value turns up. */
  secret: boolean;
  /** When it must be set. */
  required: string | undefined;
}

interface Described<T> {
  group: Variable['group'];
  about: string;
  read: z.ZodType<T, string>;
  secret?: true;
  required?: string;
}

/** A variable that has a value when it is unset. */
export function withDefault<T>(value: string, described: Described<T>): Variable<T, string> {
  return { secret: false, required: undefined, ...described, default: value };
}

/** A variable that may be unset. */
export function optional<T>(described: Described<T>): Variable<T, undefined> {
  return { secret: false, required: undefined, ...described, default: undefined };
}

/** What a value must look like, in words that follow "must be". */
export const text = z.string();

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 0 (any free one) to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a port number from 0 (any free one) to 65535');

/** Rooms of chats that have a token of their own, with commas between. */
export const chatRooms = z
  .string()
  .regex(
    /^(?:(?:slack|telegram):[^\s,]+(?:,\s*|$))*$/,
    'must be channels such as slack:C0123 or telegram:-100123, with commas between',
  )
  .transform((list) => list.split(/,\s*/).filter((room) => room !== ''));

export const onOff = z
  .enum(['1', '0', 'true', 'false', 'on', 'off'], 'must be 1 or 0')
  .transform((value) => ['1', 'true', 'on'].includes(value));

export const duration = z.string().transform((value, context) => {
  const parsed = parseDuration(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 15m or 24h' });
  return z.NEVER;
});

/** An address with one of the schemes, as it was written. */
export function address(...schemes: string[]) {
  const message = `must be an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z.string().refine((value) => {
    const url = URL.parse(value);
    return url !== null && url.hostname !== '' && schemes.includes(url.protocol.slice(0, -1));
  }, message);
}

export function choice<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, `must be one of ${words.join(', ')}`);
}

export function beginning(prefix: string, what: string) {
  return z.string().refine((value) => value.startsWith(prefix), `must begin with ${prefix} (${what})`);
}

/** A shared secret of our own, long enough that it can't be guessed. */
export const ownToken = z
  .string()
  .min(16, 'must have at least 16 characters; make one with: openssl rand -hex 32');
