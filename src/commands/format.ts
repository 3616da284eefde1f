import type { Milliseconds } from '../core/playbook/duration.ts';
import { type Argument, type Command, grammar, type Settings } from './grammar.ts';
import { encoded, inQuotes } from './tokens.ts';
import { formatWhen, type When } from './when.ts';

/** The text that `parse` reads as this command: what a button carries. */
export function formatCommand(command: Command): string {
  const given = new Map<string, unknown>(Object.entries(command));
  const wanted: readonly Argument[] = grammar[command.name].arguments;
  const parts = wanted.flatMap(({ name, type }) => {
    const value = given.get(name);
    return value === undefined ? [] : [formatArgument(type, value)];
  });
  return encoded([command.name, ...parts].filter((part) => part !== '').join(' '));
}

function formatArgument(type: Argument['type'], value: unknown): string {
  switch (type) {
    case 'id':
    case 'alert':
      return String(value);
    case 'word':
      return formatWord(String(value));
    case 'text':
      return inQuotes(String(value));
    case 'nonce':
      return `nonce=${String(value)}`;
    case 'duration':
      return formatSpan(value as Milliseconds);
    case 'time':
      return formatWhen(value as When);
    case 'settings':
      return formatSettings(value as Settings);
  }
}

function formatWord(word: string): string {
  return /^[\w.:/+-]+$/.test(word) ? word : inQuotes(word);
}

function formatSettings({ params, env, target, at, override }: Settings): string {
  const own = { env, target, at: at && formatWhen(at), override };
  return [...Object.entries(params), ...Object.entries(own)]
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${formatWord(value)}`]))
    .join(' ');
}

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A duration as it is typed: `1h30m`. */
export function formatSpan(duration: Milliseconds): string {
  let rest = duration;
  const parts = units.map(([unit, size]) => {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    return amount === 0 ? '' : `${amount}${unit}`;
  });
  return parts.join('');
}
