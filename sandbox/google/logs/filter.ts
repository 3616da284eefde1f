import { refusal } from '../refusal.ts';
import { severities } from './book.ts';

/** A filter of log entries as it was read. */
export type Filter =
  | { all: readonly Filter[] }
  | { any: readonly Filter[] }
  | { not: Filter }
  | { path: readonly string[]; operator: Operator; value: string };

const operators = ['!=', '>=', '<=', '=~', '!~', '=', '>', '<', ':'] as const;
export type Operator = (typeof operators)[number];

/** The fields of an entry that a comparison may begin with. */
const roots = [
  ...[
    'logName',
    'resource',
    'timestamp',
    'receiveTimestamp',
    'severity',
    'insertId',
    'httpRequest',
    'labels',
  ],
  ...['trace', 'spanId', 'jsonPayload', 'textPayload', 'protoPayload', 'operation', 'sourceLocation'],
];

interface Token {
  text: string;
  /** A text in quotation marks is never a word of the language. */
  quoted: boolean;
  at: number;
}

const token = /\s*(?:("(?:[^"\\]|\\.)*")|(!=|>=|<=|=~|!~|[=<>:()])|([^\s"=<>!:()]+))/y;

function tokensOf(filter: string): Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  for (let at = 0; filter.slice(at).trim() !== ''; at = token.lastIndex) {
    const match = token.exec(filter);
    if (match === null) throw unparseable(filter, { text: filter.slice(at).trim().charAt(0), at });
    const [whole, quoted, operator, word] = match;
    const text = quoted === undefined ? (operator ?? word ?? '') : (JSON.parse(quoted) as string);
    found.push({ text, quoted: quoted !== undefined, at: token.lastIndex - whole.trimStart().length });
  }
  return found;
}

function unparseable(filter: string, { text, at }: Pick<Token, 'text' | 'at'>) {
  const before = filter.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  return refusal(
    'INVALID_ARGUMENT',
    `Unparseable filter: syntax error at ${place}, token '${text}'`,
    'filter',
  );
}

/**
 * Reads a filter in the language of Cloud Logging: comparisons, AND, OR, NOT and brackets. OR binds closer than AND,
 * and two comparisons side by side are an AND. Throws as Google refuses what is none, and for what this double does
 * not know: functions, comments, and words without a field.
 * Rule: https://cloud.google.com/logging/docs/view/logging-query-language
 */
export function parseFilter(filter: string): Filter {
  const tokens = tokensOf(filter);
  let next = 0;
  const end: Token = { text: 'EOF', quoted: false, at: filter.length };
  const peek = (): Token => tokens[next] ?? end;
  const is = (text: string): boolean => next < tokens.length && peek().text === text && !peek().quoted;
  const fail = (at: Token = peek()): Error => unparseable(filter, at);
  const take = (text: string): boolean => {
    const found = is(text);
    if (found) next += 1;
    return found;
  };

  function all(): Filter {
    const parts = [any()];
    while (next < tokens.length && !is(')')) {
      take('AND');
      parts.push(any());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { all: parts };
  }

  function any(): Filter {
    const parts = [one()];
    while (take('OR')) parts.push(one());
    return parts.length === 1 && parts[0] ? parts[0] : { any: parts };
  }

  function one(): Filter {
    if (take('NOT')) return { not: one() };
    if (!take('(')) return comparison();
    const inner = all();
    if (!take(')')) throw fail();
    return inner;
  }

  function comparison(): Filter {
    const field = word();
    const path = field.text.split('.');
    while (path.at(-1) === '') path.splice(-1, 1, word().text);
    const operator = operators.find((each) => take(each));
    if (field.quoted || operator === undefined) throw fail();
    if (!roots.includes(path[0] ?? '')) {
      throw refusal('INVALID_ARGUMENT', `Field not found: '${path.join('.')}'.`, 'filter');
    }
    return values(path, operator);
  }

  /** `field=(a OR b)` is `(field=a OR field=b)`. */
  function values(path: readonly string[], operator: Operator): Filter {
    if (!take('(')) return compared(path, operator, word());
    const given = [values(path, operator)];
    const kind = is('AND') ? 'AND' : 'OR';
    while (take(kind)) given.push(values(path, operator));
    if (!take(')')) throw fail();
    return kind === 'AND' ? { all: given } : { any: given };
  }

  function word(): Token {
    const found = peek();
    const isWord = found.quoted || !/^(?:[=<>:()!].*|AND|OR|NOT|EOF)$/.test(found.text);
    if (next >= tokens.length || !isWord) throw fail();
    next += 1;
    return found;
  }

  if (tokens.length === 0) return { all: [] };
  const read = all();
  if (next < tokens.length) throw fail();
  return read;
}

function compared(path: readonly string[], operator: Operator, { text }: Token): Filter {
  const [root] = path;
  if (root === 'severity' && operator !== ':' && !Object.hasOwn(severities, text.toUpperCase())) {
    throw refusal('INVALID_ARGUMENT', `Invalid value for field severity: '${text}'.`, 'filter');
  }
  if (/[tT]imestamp$/.test(root ?? '') && Number.isNaN(Date.parse(text))) {
    throw refusal('INVALID_ARGUMENT', `Invalid timestamp in the filter: '${text}'.`, 'filter');
  }
  if (operator.endsWith('~') && !isPattern(text)) {
    throw refusal('INVALID_ARGUMENT', `Invalid regular expression in the filter: '${text}'.`, 'filter');
  }
  return { path, operator, value: text };
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
