import type { Milliseconds } from '../core/playbook/duration.ts';
import type { When } from './when.ts';

/**
 * What an argument is. `text` is all the rest, as it was typed; `settings` are `name=value` pairs in any order;
 * `nonce` is the word that an approval's buttons carry, `nonce=<word>`; `alert` is a group of alerts, `aether-7.2`, or
 * a rollout's id, for what it has of them.
 */
export type ArgumentType = 'id' | 'alert' | 'word' | 'text' | 'duration' | 'time' | 'nonce' | 'settings';

export interface Argument {
  name: string;
  type: ArgumentType;
  optional: boolean;
  /** How the usage line shows it; absent: by its name. Empty: not at all, for what only buttons carry. */
  shown?: string;
  /** The settings that the command itself knows; all others are the playbook's parameters. */
  known?: readonly SettingName[];
}

export type SettingName = 'env' | 'target' | 'at' | 'override';

/** `name=value` settings; the words that the command itself knows are kept apart from the playbook's parameters. */
export interface Settings {
  params: Record<string, string>;
  env?: string;
  target?: string;
  at?: When;
  override?: string;
}

export interface Entry {
  arguments: readonly Argument[];
  /** One line for `help`. */
  help: string;
  example: string;
}

function required<N extends string, T extends ArgumentType>(name: N, type: T, shown?: string) {
  return { name, type, optional: false as const, ...(shown === undefined ? {} : { shown }) };
}

function optional<N extends string, T extends ArgumentType>(name: N, type: T, shown?: string) {
  return { name, type, optional: true as const, ...(shown === undefined ? {} : { shown }) };
}

const id = required('id', 'id');
const alert = required('alert', 'alert');
const step = required('step', 'word');
const reason = required('reason', 'text');
const maybeReason = optional('reason', 'text');
const what = required('what', 'word', '<playbook|target>');
const nonce = optional('nonce', 'nonce', '');

/** Every command: its words, its arguments in order, and what `help` says of it. */
export const grammar = {
  start: {
    arguments: [
      what,
      {
        ...optional(
          'settings',
          'settings',
          '[name=value …] [env=<environment>] [at=<time>] [override="<reason>"]',
        ),
        known: ['env', 'target', 'at', 'override'],
      },
    ],
    help: 'Starts a rollout, now or at a time in the policy’s time zone.',
    example: 'start green version=v2.4.0 at=14:30',
  },
  plan: {
    arguments: [
      what,
      {
        ...optional('settings', 'settings', '[name=value …] [env=<environment>]'),
        known: ['env', 'target'],
      },
    ],
    help: 'Shows what would happen, step by step; nothing is touched. With a rollout’s id: the plan that it is held to.',
    example: 'plan green version=v2.4.0',
  },
  status: {
    arguments: [optional('id', 'id')],
    help: 'Says how a rollout stands; without an id the one that is under way here.',
    example: 'status aether-7',
  },
  list: {
    arguments: [optional('env', 'word')],
    help: 'Lists the rollouts that are not at their end.',
    example: 'list production',
  },
  history: {
    arguments: [optional('env', 'word')],
    help: 'Lists the latest rollouts and how they ended.',
    example: 'history production',
  },
  approve: {
    arguments: [id, nonce, maybeReason],
    help: 'Approves what the rollout waits for; the starter can’t.',
    example: 'approve aether-7 looks good',
  },
  reject: {
    arguments: [id, nonce, reason],
    help: 'Rejects what the rollout waits for, with the reason.',
    example: 'reject aether-7 the image is too old',
  },
  pause: {
    arguments: [id, maybeReason],
    help: 'Starts no further step until `resume`.',
    example: 'pause aether-7 looking at the errors',
  },
  resume: {
    arguments: [id, maybeReason],
    help: 'Goes on with a paused rollout.',
    example: 'resume aether-7',
  },
  abort: {
    arguments: [id, maybeReason],
    help: 'Ends a rollout and leaves everything as it stands; cancels a scheduled one.',
    example: 'abort aether-7 wrong version',
  },
  rollback: {
    arguments: [optional('id', 'id'), reason],
    help: 'Puts back what the rollout changed, ahead of everything else.',
    example: 'rollback aether-7 checkout errors after the switch',
  },
  retry: {
    arguments: [id, step, maybeReason],
    help: 'Runs a failed step, or one in doubt, again.',
    example: 'retry aether-7 flip',
  },
  skip: {
    arguments: [id, step, maybeReason],
    help: 'Goes on without a step; approvals can’t be skipped.',
    example: 'skip aether-7 smoke-test known to be flaky',
  },
  done: {
    arguments: [id, step, optional('evidence', 'text', '<evidence>')],
    help: 'Says that a task, or a step in doubt, is done, with the evidence.',
    example: 'done aether-7 migrate checked: schema version is 42',
  },
  proceed: {
    arguments: [id, step, maybeReason],
    help: 'Accepts a soak that had too little data for a verdict.',
    example: 'proceed aether-7 soak traffic is low at night',
  },
  extend: {
    arguments: [id, required('duration', 'duration'), optional('step', 'word')],
    help: 'Gives hypercare, a soak or a deadline more time.',
    example: 'extend aether-7 2h',
  },
  alerts: {
    arguments: [optional('id', 'id')],
    help: 'Lists the alerts that fire, and who has them in hand.',
    example: 'alerts aether-7',
  },
  ack: {
    arguments: [alert, maybeReason],
    help: 'Takes an alert in hand, or all that fire for a rollout.',
    example: 'ack aether-7.2 looking at it',
  },
  silence: {
    arguments: [alert, required('duration', 'duration'), reason],
    help: 'Silences an alert for a while, in Alertmanager too.',
    example: 'silence aether-7.2 2h database failover',
  },
  unsilence: {
    arguments: [alert, maybeReason],
    help: 'Removes the silence of an alert.',
    example: 'unsilence aether-7.2 failover is done',
  },
  follow: {
    arguments: [id],
    help: 'Lets this room follow a rollout, on any platform.',
    example: 'follow aether-7',
  },
  unfollow: {
    arguments: [id],
    help: 'Lets this room follow a rollout no longer.',
    example: 'unfollow aether-7',
  },
  report: {
    arguments: [id],
    help: 'Sums a rollout up.',
    example: 'report aether-7',
  },
  lock: {
    arguments: [required('env', 'word'), reason],
    help: 'Lets nobody start a rollout in an environment.',
    example: 'lock production database failover',
  },
  unlock: {
    arguments: [required('env', 'word'), maybeReason],
    help: 'Takes the lock off an environment.',
    example: 'unlock production failover is done',
  },
  locks: {
    arguments: [],
    help: 'Lists what is locked, busy or frozen.',
    example: 'locks',
  },
  'freeze list': {
    arguments: [],
    help: 'Lists the frozen windows, those of the policy and those added here.',
    example: 'freeze list',
  },
  'freeze add': {
    arguments: [required('env', 'word'), required('from', 'time'), required('to', 'time'), reason],
    help: 'Adds a window in which nothing starts without an override.',
    example: 'freeze add production now 2026-11-24T08:00 billing run',
  },
  'freeze remove': {
    arguments: [required('freeze', 'word', '<id>')],
    help: 'Removes a window that was added here.',
    example: 'freeze remove production-f3',
  },
  whoami: {
    arguments: [],
    help: 'Says who you are to the bot, and what you may do.',
    example: 'whoami',
  },
  link: {
    arguments: [optional('code', 'word')],
    help: 'Gives a code that makes another account yours; entered there, it does.',
    example: 'link 7H3K-9QXT',
  },
  unlink: {
    arguments: [optional('platform', 'word')],
    help: 'Takes a linked account away from you.',
    example: 'unlink telegram',
  },
  help: {
    arguments: [optional('command', 'text', '[command]')],
    help: 'Lists the commands, or explains one.',
    example: 'help start',
  },
} as const satisfies Record<string, Entry>;

export type CommandName = keyof typeof grammar;

type ValueOf<T extends ArgumentType> = T extends 'duration'
  ? Milliseconds
  : T extends 'time'
    ? When
    : T extends 'settings'
      ? Settings
      : string;

type Given<A extends Argument> = {
  [P in A as P extends { optional: false } ? P['name'] : never]: ValueOf<P['type']>;
} & { [P in A as P extends { optional: true } ? P['name'] : never]?: ValueOf<P['type']> };

/** A command as it was meant, typed: `CommandOf<'approve'>` has `id`, and perhaps `nonce` and `reason`. */
export type CommandOf<N extends CommandName> = {
  [P in N]: { name: P } & Given<(typeof grammar)[P]['arguments'][number]>;
}[N];
export type Command = CommandOf<CommandName>;

export const commandNames = Object.keys(grammar) as CommandName[];

/** `approve <id> [reason]`: how a command is typed after `/rollout`. */
export function usageOf(name: CommandName): string {
  const shown = (argument: Argument) => {
    if (argument.shown !== undefined) return argument.shown;
    return argument.optional ? `[${argument.name}]` : `<${argument.name}>`;
  };
  const parts: string[] = grammar[name].arguments.map(shown);
  return [name, ...parts].filter((part) => part !== '').join(' ');
}
