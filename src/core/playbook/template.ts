/** A piece of a text with `${{ … }}` in it. `at` is where an expression's source begins, counted from 0. */
export type Part =
  | { text: string }
  | { expression: string; at: number }
  | { secret: string }
  | { unclosed: true; at: number };

const secretSource = /^\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;

/** The name in `secrets.NAME`, when the expression is just that. */
export function secretOf(expression: string): string | undefined {
  return secretSource.exec(expression)?.[1];
}

/** Where the text in quotes that begins here ends. */
function afterQuotes(text: string, from: number): number {
  const quote = text.charAt(from);
  for (let at = from + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote) return at + 1;
  }
  return text.length;
}

/** Where the `}}` that closes an expression stands: not one in quotes, nor one that closes a map. */
function closing(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const char = text.charAt(at);
    if (char === '"' || char === "'") {
      at = afterQuotes(text, at);
      continue;
    }
    if (depth === 0 && text.startsWith('}}', at)) return at;
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    at += 1;
  }
  return undefined;
}

const opening = /(\$+)\{\{/g;

/**
 * Splits a text into what stands there and what is to be put in. One `$` before `{{` opens an expression; each
 * further one is an escape: `$${{` is the text `${{`.
 */
export function split(text: string): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const found of text.matchAll(opening)) {
    if (found.index < done) continue;
    const dollars = found[1] ?? '';
    const start = found.index + found[0].length;
    if (dollars.length > 1) {
      parts.push({ text: `${text.slice(done, found.index)}${dollars.slice(1)}{{` });
      done = start;
      continue;
    }
    if (found.index > done) parts.push({ text: text.slice(done, found.index) });
    const end = closing(text, start);
    if (end === undefined) return [...parts, { unclosed: true, at: start }];
    parts.push(inner(text.slice(start, end), start));
    done = end + 2;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

function inner(source: string, at: number): Part {
  const secret = secretOf(source);
  if (secret !== undefined) return { secret };
  return { expression: source.trim(), at: at + (source.length - source.trimStart().length) };
}

/** Writes a text so that `split` gives it back as text, whatever is in it: data never becomes an expression. */
export function escapeText(text: string): string {
  return text.replace(opening, '$$$&');
}
