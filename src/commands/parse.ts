import { nearest } from '../core/nearest.ts';
import { parseDuration } from '../core/playbook/duration.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import {
  type Argument,
  type Command,
  type CommandName,
  commandNames,
  grammar,
  type SettingName,
  type Settings,
  usageOf,
} from './grammar.ts';
import { cleaned, quotedAt, type Token, tokenise } from './tokens.ts';
import { isClock, parseWhen, timeExamples, type When } from './when.ts';

/** A command, or why the text is none. */
export type Parsed = { command: Command } | { refusal: Refusal };

/** The longest text that is read. */
export const longestText = 4_000;

const idPattern = /^[a-z][a-z0-9-]*-\d+$/;
const alertPattern = /^[a-z][a-z0-9-]*-\d+(?:\.\d+)?$/;
const settingPattern = /^([a-zA-Z][a-zA-Z0-9_-]*)=(.*)$/s;

/** Reads all after `/rollout`. Pure, and never throws: what is no command comes back as a refusal with the nearest one. */
export function parse(text: string): Parsed {
  if (text.length > longestText) {
    return refused('not-understood', 'The command was not read.', 'It is longer than 4,000 characters.');
  }
  const typed = unwrapped(cleaned(text));
  const tokens = tokenise(typed);
  const named = commandNamed(tokens);
  if ('refusal' in named) return named;
  return argumentsOf(named.name, { text: typed, tokens: tokens.slice(named.words), at: 0 });
}

/** Without the backticks of a pasted example, and without a second `/rollout`. */
function unwrapped(text: string): string {
  const bare = /^`([^`]*)`$/.exec(text)?.[1] ?? text;
  return bare.replace(/^\s*\/rollout(?:@\w+)?(?=\s|$)/i, '').trim();
}

function refused(
  reason: 'not-understood' | 'bad-input',
  what: string,
  why: string,
  next = 'Type `/rollout help` for the commands.',
): { refusal: Refusal } {
  return { refusal: refuse(reason, what, why, next) };
}

function commandNamed(tokens: readonly Token[]): { name: CommandName; words: number } | { refusal: Refusal } {
  const [first = '', second = ''] = tokens.map(({ text }) => text.toLowerCase());
  if (first === '') return { name: 'help', words: tokens.length };
  if (first === 'freeze' && tokens.length === 1) return { name: 'freeze list', words: 1 };
  const two = commandNames.find((name) => name === `${first} ${second}`);
  if (two) return { name: two, words: 2 };
  const one = commandNames.find((name) => name === first);
  return one ? { name: one, words: 1 } : unknownCommand(first, second);
}

function unknownCommand(first: string, second: string): { refusal: Refusal } {
  const typed = first === 'freeze' ? `${first} ${second}` : first;
  const near = nearest(typed, commandNames) ?? (first === 'freeze' ? 'freeze list' : undefined);
  const name = commandNames.find((known) => known === near);
  const next = name && `Did you mean \`${name}\`? Type \`/rollout ${usageOf(name)}\`.`;
  return refused('not-understood', 'Nothing was done.', `There is no command \`${shown(typed)}\`.`, next);
}

/** What of a person's word is said back. */
function shown(text: string): string {
  const plain = text.replaceAll('`', "'").replace(/\s+/g, ' ');
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain;
}

interface Cursor {
  text: string;
  tokens: readonly Token[];
  at: number;
}

/** What an argument was read as: a value and how many words it took, nothing, or a fault in words. */
type Read = { value: unknown; words: number } | 'absent' | { fault: string };

function argumentsOf(name: CommandName, from: Cursor): Parsed {
  let cursor = from;
  const given: Record<string, unknown> = {};
  const wanted: readonly Argument[] = grammar[name].arguments;
  for (const argument of wanted) {
    const read = readers[argument.type](cursor, argument);
    if (typeof read === 'object' && 'fault' in read) {
      return refused('bad-input', 'Nothing was done.', read.fault, usage(name));
    }
    if (read !== 'absent') {
      given[argument.name] = read.value;
      cursor = { ...cursor, at: cursor.at + read.words };
    } else if (!argument.optional) return missing(name, argument);
  }
  const extra = cursor.tokens[cursor.at];
  if (extra === undefined) return { command: { name, ...given } as unknown as Command };
  return refused(
    'not-understood',
    'Nothing was done.',
    `\`${name}\` takes no \`${shown(extra.text)}\`.`,
    usage(name),
  );
}

function usage(name: CommandName): string {
  return `Type \`/rollout ${usageOf(name)}\`, for example \`/rollout ${grammar[name].example}\`.`;
}

function missing(name: CommandName, { name: argument, shown: label }: Argument): { refusal: Refusal } {
  const wanted = argument === 'reason' ? 'a reason' : (label ?? `<${argument}>`);
  return refused('not-understood', 'Nothing was done.', `\`${name}\` needs ${wanted}.`, usage(name));
}

const readers: Record<Argument['type'], (cursor: Cursor, argument: Argument) => Read> = {
  id: readId,
  alert: readAlert,
  word: (cursor) => {
    const token = cursor.tokens[cursor.at];
    return token === undefined || token.text === '' ? 'absent' : { value: token.text, words: 1 };
  },
  text: readText,
  nonce: (cursor) => {
    const token = cursor.tokens[cursor.at];
    const value = token && !token.quoted ? /^nonce=(.+)$/.exec(token.text)?.[1] : undefined;
    return value === undefined ? 'absent' : { value, words: 1 };
  },
  duration: (cursor) => {
    const token = cursor.tokens[cursor.at];
    if (token === undefined) return 'absent';
    const value = parseDuration(token.text);
    if (value !== undefined && value > 0) return { value, words: 1 };
    return { fault: `\`${shown(token.text)}\` is no duration; durations look like 30s, 15m, 2h or 1h30m.` };
  },
  time: (cursor) => {
    const read = timeAt(cursor.tokens, cursor.at);
    if (read === undefined) return 'absent';
    return 'when' in read ? { value: read.when, words: read.words } : read;
  },
  settings: readSettings,
};

function readId({ tokens, at }: Cursor, { optional }: Argument): Read {
  const token = tokens[at];
  if (token === undefined) return 'absent';
  const id = token.text.toLowerCase();
  if (!token.quoted && idPattern.test(id)) return { value: id, words: 1 };
  if (optional) return 'absent';
  return { fault: `\`${shown(token.text)}\` is no rollout id; ids look like aether-7.` };
}

function readAlert({ tokens, at }: Cursor): Read {
  const token = tokens[at];
  if (token === undefined) return 'absent';
  const id = token.text.toLowerCase();
  if (!token.quoted && alertPattern.test(id)) return { value: id, words: 1 };
  return { fault: `\`${shown(token.text)}\` is no alert; alerts look like aether-7.2: see \`alerts\`.` };
}

/** All the rest as it was typed; without its quotes where it is one quoted piece. */
function readText({ text, tokens, at }: Cursor): Read {
  const first = tokens[at];
  if (first === undefined) return 'absent';
  const words = tokens.length - at;
  const quoted = quotedAt(text, first.from);
  const value = quoted?.to === text.length ? quoted.text : text.slice(first.from);
  return value.trim() === '' ? 'absent' : { value: value.trim(), words };
}

type ReadTime = { when: When; words: number } | { fault: string };

/** A time of one word, or of two: `tomorrow 14:30`. `first` replaces the first word's text. */
function timeAt(tokens: readonly Token[], at: number, first = tokens[at]?.text): ReadTime | undefined {
  if (first === undefined) return undefined;
  const second = tokens[at + 1]?.text ?? '';
  const two = /^(today|tomorrow|\d{4}-\d{2}-\d{2})$/.test(first) && isClock(second);
  const when = parseWhen(two ? `${first} ${second}` : first);
  if (when !== undefined) return { when, words: two ? 2 : 1 };
  return { fault: `\`${shown(first)}\` is no time; times look like ${timeExamples}.` };
}

function readSettings({ tokens, at: from }: Cursor, { known = [] }: Argument): Read {
  const settings: Settings = { params: {} };
  const seen = new Set<string>();
  let at = from;
  while (at < tokens.length) {
    const text = tokens[at]?.text ?? '';
    const [, name = '', value = ''] = settingPattern.exec(text) ?? [];
    if (name === '') return { fault: `\`${shown(text)}\` is no name=value.` };
    if (seen.has(name)) return { fault: `\`${name}\` is given twice.` };
    seen.add(name);
    const taken = take(settings, known.find((each) => each === name) ?? { param: name }, value, tokens, at);
    if (typeof taken !== 'number') return taken;
    at += taken;
  }
  return at === from ? 'absent' : { value: settings, words: at - from };
}

/** Puts one setting in; the number of words that it took. */
function take(
  settings: Settings,
  name: SettingName | { param: string },
  value: string,
  tokens: readonly Token[],
  at: number,
): number | { fault: string } {
  if (typeof name === 'object') {
    settings.params[name.param] = value;
    return 1;
  }
  if (value.trim() === '') return { fault: `\`${name}=\` has no value.` };
  if (name !== 'at') {
    settings[name] = value.trim();
    return 1;
  }
  const time = timeAt(tokens, at, value);
  if (time === undefined || 'fault' in time) return time ?? { fault: '`at=` has no value.' };
  settings.at = time.when;
  return time.words;
}
