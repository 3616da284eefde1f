import type { Vocabulary } from '../context.ts';

/** A way to go on typing: the whole line it makes, and what to say about it. */
export interface Suggestion {
  line: string;
  label: string;
  help: string;
}

const prefix = '/rollout';
const startsPlaybook = new Set(['start', 'plan']);
const takesRollout = new Set([
  'status',
  'approve',
  'reject',
  'pause',
  'resume',
  'abort',
  'rollback',
  'retry',
  'skip',
  'done',
  'extend',
  'alerts',
  'ack',
  'proceed',
  'report',
]);
const most = 8;

/** What could come next after what was typed, best first; nothing once it is clear. */
export function suggestions(typed: string, vocabulary: Vocabulary, active: readonly string[]): Suggestion[] {
  const line = typed.trimStart();
  if (line === '') return [];
  const rest = /^\/rollout\s+(.*)$/s.exec(line)?.[1];
  if (rest === undefined) {
    return prefix.startsWith(line) ? [{ line: `${prefix} `, label: prefix, help: 'Runs a command.' }] : [];
  }
  const [word = '', ...more] = rest.split(/\s+/);
  if (more.length === 0) return commandsLike(word, vocabulary);
  const [argument = '', ...further] = more;
  if (further.length > 0) return [];
  const choices = startsPlaybook.has(word) ? startable(vocabulary) : takesRollout.has(word) ? active : [];
  return choices
    .filter((choice) => choice.startsWith(argument) && choice !== argument)
    .slice(0, most)
    .map((choice) => ({ line: `${prefix} ${word} ${choice} `, label: choice, help: '' }));
}

function commandsLike(word: string, { commands }: Vocabulary): Suggestion[] {
  return commands
    .filter((command) => command.word.startsWith(word))
    .slice(0, most)
    .map(({ word: name, usage, help }) => ({ line: `${prefix} ${name} `, label: usage, help }));
}

function startable({ playbooks }: Vocabulary): string[] {
  return [...new Set([...playbooks.flatMap(({ targets }) => targets), ...playbooks.map(({ name }) => name)])];
}

/** What a typed line sends: without `/rollout`; undefined for another slash command or nothing. */
export function commandIn(line: string): string | undefined {
  const text = line.trim();
  const match = /^\/rollout(?:\s+(.*))?$/is.exec(text);
  if (match) return match[1] ?? 'help';
  return text === '' || text.startsWith('/') ? undefined : text;
}
