import { suggestion } from '../core/nearest.ts';
import type { Playbook } from '../core/playbook/playbook.ts';
import type { PolicyChannel } from '../core/policy/schema.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { CommandOf, Settings } from './grammar.ts';

/** What is to be rolled out, and where. */
export interface Chosen {
  playbook: Playbook;
  target: string | null;
  environment: string;
}

/** One choice, several among which a person picks by button, or a refusal. */
export type Choice = { chosen: Chosen } | { candidates: Chosen[]; question: string } | { refusal: Refusal };

type Wish = CommandOf<'start'> | CommandOf<'plan'>;

/** What there is to choose from. */
export interface Choosable {
  playbooks(): ReadonlyMap<string, Playbook>;
  /** Those that are set up. */
  environments(): Pick<ReadonlyMap<string, unknown>, 'has'>;
}

/**
 * What a word means: a target of the channel's default playbook or a playbook's name; failing both, a target of any
 * other playbook. Where more than one thing fits, the person picks; what could not run anywhere is not asked about.
 */
export function choose(
  { what: word, settings = { params: {} } }: Wish,
  there: Choosable,
  channel: PolicyChannel,
): Choice {
  const playbooks = there.playbooks();
  const meant = meanings(word, settings, playbooks, channel);
  if (meant.length === 0) return { refusal: unknownWord(word, playbooks) };
  const all = meant.flatMap(({ playbook, target }) =>
    environmentsOf(playbook, settings, channel).map((environment) => ({ playbook, target, environment })),
  );
  const runnable = all.filter(({ environment }) => there.environments().has(environment));
  const candidates = runnable.length > 0 ? runnable : all;
  const [first, second] = candidates;
  if (first === undefined) return { refusal: unknownPlace(settings, meant[0]?.playbook) };
  return second === undefined ? { chosen: first } : { candidates, question: `What do you mean by ${word}?` };
}

interface Meaning {
  playbook: Playbook;
  target: string | null;
}

function meanings(
  word: string,
  settings: Settings,
  playbooks: ReadonlyMap<string, Playbook>,
  channel: PolicyChannel,
): Meaning[] {
  const all = [...playbooks.values()];
  const usual = all.filter(({ name }) => name === channel.playbook);
  const named = all.filter(({ name }) => name === word).flatMap((playbook) => targetsOf(playbook, settings));
  const near = [...usual.flatMap((playbook) => withTarget(playbook, word, settings)), ...named];
  return near.length > 0 ? near : all.flatMap((playbook) => withTarget(playbook, word, settings));
}

function withTarget(playbook: Playbook, target: string, settings: Settings): Meaning[] {
  const contradicted = settings.target !== undefined && settings.target !== target;
  return playbook.targets.includes(target) && !contradicted ? [{ playbook, target }] : [];
}

/** The targets that a playbook named by itself can mean; a `target=` is taken as given, and checked with the plan. */
function targetsOf(playbook: Playbook, { target }: Settings): Meaning[] {
  if (target !== undefined) return [{ playbook, target }];
  if (playbook.targets.length === 0) return [{ playbook, target: null }];
  return playbook.targets.map((each) => ({ playbook, target: each }));
}

/** `env=`, else the channel's, else those of the playbook. */
function environmentsOf({ environments }: Playbook, { env }: Settings, channel: PolicyChannel): string[] {
  if (env !== undefined) return environments.includes(env) ? [env] : [];
  const here = channel.environment;
  return here !== undefined && environments.includes(here) ? [here] : environments;
}

function unknownWord(word: string, playbooks: ReadonlyMap<string, Playbook>): Refusal {
  const targets = [...playbooks.values()].flatMap((playbook) => playbook.targets);
  const hint = suggestion(word, [...new Set([...playbooks.keys(), ...targets])]);
  return refuse(
    'unknown-playbook',
    'Nothing was started.',
    `There is no playbook and no target \`${word}\`.`,
    hint === undefined ? 'No playbook is loaded; see `cutover lint`.' : capital(hint),
  );
}

function unknownPlace({ env = '' }: Settings, playbook: Playbook | undefined): Refusal {
  const known = playbook?.environments ?? [];
  return refuse(
    'bad-input',
    'Nothing was started.',
    `${playbook?.name ?? 'The playbook'} does not run in \`${env}\`.`,
    capital(suggestion(env, known) ?? 'Choose another environment.'),
  );
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
