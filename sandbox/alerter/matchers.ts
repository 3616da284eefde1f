import { z } from 'zod';

export const matcherSchema = z
  .object({
    name: z.string().min(1),
    value: z.string(),
    isRegex: z.boolean(),
    isEqual: z.boolean().default(true),
  })
  .refine((matcher) => !matcher.isRegex || compiles(matcher.value), 'the value is no regular expression');

/** What a label must be, or must not be, as Alertmanager has it. */
export type Matcher = z.infer<typeof matcherSchema>;

/** Whether labels fit; an absent label counts as empty, and an expression must fit the whole value. */
export function matches(
  { name, value, isRegex, isEqual }: Matcher,
  labels: Readonly<Record<string, string>>,
): boolean {
  const is = (Object.hasOwn(labels, name) && labels[name]) || '';
  const fits = isRegex ? new RegExp(`^(?:${value})$`, 's').test(is) : is === value;
  return fits === isEqual;
}

const written = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s;

/** Reads a matcher as it is written: `colour="green"`, `alertname=~High.*`. Undefined for what is none. */
export function matcherOf(text: string): Matcher | undefined {
  const [, name, sign, raw] = written.exec(text) ?? [];
  if (name === undefined || sign === undefined || raw === undefined) return undefined;
  const read = { name, value: unquoted(raw), isRegex: sign.endsWith('~'), isEqual: sign.startsWith('=') };
  return matcherSchema.safeParse(read).data;
}

function compiles(expression: string): boolean {
  try {
    return new RegExp(expression) !== undefined;
  } catch {
    return false;
  }
}

function unquoted(raw: string): string | undefined {
  if (!raw.startsWith('"')) return raw.includes('"') ? undefined : raw;
  if (!/^"(?:[^"\\]|\\["\\n])*"$/s.test(raw)) return undefined;
  return raw.slice(1, -1).replace(/\\(["\\n])/g, (_, sign) => (sign === 'n' ? '\n' : sign));
}
