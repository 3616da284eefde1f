/** A word of what was typed, without its quotes. `from` is where it begins in the cleaned text. */
export interface Token {
  text: string;
  from: number;
  to: number;
  /** Some of it stood in quotes: it is no word of the grammar. */
  quoted: boolean;
}

const closers: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '‘': '’',
  '„': '“',
  '«': '»',
};

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** What chat programs put in that nobody typed: zero-width and direction marks, and control characters. */
const invisible = /(?![\t\n\r])[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
const blank = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2028\u2029]/g;
/** `<https://x|x>`, `<mailto:a@b|a@b>`, `<@U1|bob>`, `<#C1|general>`, `<https://x>`: Slack's own. */
const slackLink = /<([@#!]?)([^<>|\s]+)(?:\|([^<>|]*))?>/g;

/**
 * What the person typed, as plain text: Slack's link and entity encodings undone, odd blanks made plain,
 * invisible characters gone, halves of characters made `�`: the journal's canonical JSON holds none.
 */
export function cleaned(text: string): string {
  return text
    .replace(invisible, '')
    .replace(blank, ' ')
    .replace(slackLink, (_, sigil: string, target: string, label: string | undefined) =>
      sigil === '' ? label || target : `${sigil}${label || target}`,
    )
    .replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity)
    .toWellFormed()
    .trim();
}

/** Undoes what `cleaned` does, so that a text made for a button reads back as it was. */
export function encoded(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Splits at blanks. A quote opens at the beginning of a word or of a value (`name="two words"`); one that never closes is a plain character. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}

function tokenAt(text: string, from: number): Token {
  let at = from;
  let word = '';
  let quoted = false;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    const opens: boolean = at === from || (text.charAt(at - 1) === '=' && !quoted);
    const quote: ReturnType<typeof quotedAt> = opens ? quotedAt(text, at) : undefined;
    word += quote?.text ?? text.charAt(at);
    at = quote?.to ?? at + 1;
    quoted ||= quote !== undefined;
  }
  return { text: word, from, to: at, quoted };
}

/** The quoted piece that begins here, closed before a blank or the end; in `"…"` a backslash keeps the next character. */
export function quotedAt(text: string, from: number): { text: string; to: number } | undefined {
  const open = text.charAt(from);
  const close = closers[open];
  if (close === undefined) return undefined;
  let inner = '';
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (open === '"' && char === '\\' && /["\\]/.test(text.charAt(at + 1))) {
      inner += text.charAt(at + 1);
      at += 1;
    } else if (char === close || (open === '“' && char === '"') || (open === '"' && char === '”')) {
      if (at + 1 === text.length || /\s/.test(text.charAt(at + 1))) return { text: inner, to: at + 1 };
      inner += char;
    } else inner += char;
  }
  return undefined;
}

/** A text in double quotes, as `tokenise` reads it back. */
export function inQuotes(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
