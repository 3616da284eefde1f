import type { Json } from '../json.ts';
import { ExpressionError, evaluate, type Names, parseExpression, references } from './cel.ts';
import { escapeText, type Part, split } from './template.ts';

export {
  type Expression,
  ExpressionError,
  evaluate,
  maxExpressionLength,
  type Names,
  parseExpression,
  readsSurely,
  references,
} from './cel.ts';

function mapTexts(value: Json, change: (text: string) => Json): Json {
  if (typeof value === 'string') return change(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

function valueIn(source: string, scope: Names): Json {
  const parsed = parseExpression(source);
  if ('error' in parsed) throw new ExpressionError(`\${{ ${source} }}: ${parsed.error}`);
  try {
    return evaluate(parsed.ok, scope);
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new ExpressionError(`\${{ ${source} }}: ${cause.message}`, { cause });
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Joins parts to one text: neighbouring texts first, so that two of them never make an expression together. */
function join(parts: readonly Part[], textOf: (source: string) => string): string {
  let done = '';
  let text = '';
  for (const part of parts) {
    if ('unclosed' in part) throw new ExpressionError('a ${{ has no }} after it');
    if ('text' in part) text += part.text;
    else if ('expression' in part) text += textOf(part.expression);
    else {
      if (text.endsWith('$')) throw new ExpressionError(`the text before secrets.${part.secret} ends with $`);
      done += `${escapeText(text)}\${{ secrets.${part.secret} }}`;
      text = '';
    }
  }
  return done + escapeText(text);
}

function fill(text: string, scope: Names): Json {
  const parts = split(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'expression' in only) {
    return mapTexts(valueIn(only.expression, scope), escapeText);
  }
  return join(parts, (source) => asText(valueIn(source, scope)));
}

/**
 * Resolves the expressions of a `with` value. A text that is exactly one `${{ expression }}` becomes its typed
 * value; in a longer text the values are put in, lists and maps as JSON. `${{ secrets.NAME }}` stays as it is,
 * and everything else that looks like an expression afterwards is escaped (`$${{`): no parameter and no output
 * of a step can name a secret. `withSecrets` takes the escapes away again, so call it in any case.
 * Throws an `ExpressionError` for the first expression that has no value.
 */
export function interpolate(value: Json, scope: Names): Json {
  return mapTexts(value, (text) => fill(text, scope));
}

/**
 * As `interpolate`, for what is known before a rollout: an expression that reads a name that the scope does not have
 * (`steps`, `rollout`) stays as it is written, and so does a text with one in it.
 */
export function interpolateKnown(value: Json, scope: Names): Json {
  const known = (source: string) => {
    const parsed = parseExpression(source);
    return 'error' in parsed || references(parsed.ok).every(([root]) => root !== undefined && root in scope);
  };
  return mapTexts(value, (text) =>
    split(text).every((part) => !('expression' in part) || known(part.expression)) ? fill(text, scope) : text,
  );
}

/**
 * For people to read, never to be run: each expression that has a value is replaced by it, and the others stay as they
 * are written, also beside each other in one text.
 */
export function interpolateWhereKnown(value: Json, scope: Names): Json {
  const known = (source: string): Json | undefined => {
    try {
      return valueIn(source, scope);
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  };
  const written = (part: Part): string => {
    if ('text' in part) return part.text;
    if ('secret' in part) return `\${{ secrets.${part.secret} }}`;
    if (!('expression' in part)) return '';
    const found = known(part.expression);
    return found === undefined ? `\${{ ${part.expression} }}` : asText(found);
  };
  return mapTexts(value, (text) => {
    const parts = split(text);
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && 'expression' in only)
      return known(only.expression) ?? text;
    return parts.map(written).join('');
  });
}

/** What the expressions in a value read: paths such as `['steps', 'flip', 'before']`. */
export function referencesIn(value: Json): string[][] {
  const found: string[][] = [];
  mapTexts(value, (text) => {
    for (const part of split(text)) {
      const parsed = 'expression' in part ? parseExpression(part.expression) : undefined;
      if (parsed && 'ok' in parsed) found.push(...references(parsed.ok));
    }
    return text;
  });
  return found;
}

/** The names of the secrets that an interpolated value needs, each once. */
export function secretNames(value: Json): string[] {
  const names = new Set<string>();
  mapTexts(value, (text) => {
    for (const part of split(text)) if ('secret' in part) names.add(part.secret);
    return text;
  });
  return [...names];
}

/**
 * The last step before a value is used: puts the secrets in, once (a secret's own text is never read again),
 * and takes away the escapes that `interpolate` left. `lookup` throws for a secret that is not there.
 */
export function withSecrets(value: Json, lookup: (name: string) => string): Json {
  return mapTexts(value, (text) =>
    split(text)
      .map((part) => {
        if ('text' in part) return part.text;
        if ('secret' in part) return lookup(part.secret);
        return 'expression' in part ? `\${{ ${part.expression} }}` : text.slice(part.at - 3);
      })
      .join(''),
  );
}
