import { accepts } from '../core/playbook/params.ts';
import type { Param, Playbook } from '../core/playbook/playbook.ts';
import type { Policy } from '../core/policy/schema.ts';
import type { Platform } from '../core/rollout/actor.ts';
import type { Field, Form } from '../ports/forms.ts';
import type { EnvironmentConfig } from './call.ts';
import type { Settings } from './grammar.ts';

/** A start as far as it is known. */
export interface StartDraft {
  playbook: Playbook;
  settings: Settings;
}

export interface StartFormParts {
  draft: StartDraft;
  /** The playbooks to choose from. */
  playbooks: readonly string[];
  /** The environments to choose from. */
  environments: readonly string[];
  /** When it is to start, where that was said (ISO 8601). */
  at?: string;
  /** Set where the room has to be asked for: whether a room follows one of the environments anyway. */
  followed?: boolean;
}

/** The form that asks for everything that a start of this playbook takes. */
export function drawStartForm(parts: StartFormParts): Form {
  const { draft, playbooks } = parts;
  const { playbook, settings } = draft;
  const params = Object.entries(playbook.params).map(([name, param]) =>
    paramField(name, param, settings.params[name]),
  );
  return {
    variant: playbook.name,
    title: 'Start a rollout',
    intro: playbooks.length > 1 ? '' : playbook.name,
    fields: [
      ...(playbooks.length > 1 ? [playbookField(playbooks, playbook.name)] : []),
      ...targetField(draft),
      environmentField(parts),
      ...params,
      timeField(parts),
      ...overrideField(settings),
      ...channelField(parts),
    ],
    submit: 'Start',
    typed: typed(playbook),
  };
}

const asChoices = (words: readonly string[]) => words.map((word) => ({ value: word, label: word }));

function playbookField(names: readonly string[], initial: string): Field {
  return {
    name: 'playbook',
    label: 'Playbook',
    kind: 'choice',
    optional: false,
    choices: asChoices(names),
    initial,
    decides: true,
  };
}

function targetField({ playbook, settings }: StartDraft): Field[] {
  if (playbook.targets.length === 0) return [];
  const only = playbook.targets.length === 1 ? playbook.targets[0] : undefined;
  const initial = settings.target ?? only;
  return [
    {
      name: 'target',
      label: 'Target',
      kind: 'choice',
      optional: false,
      choices: asChoices(playbook.targets),
      ...(initial !== undefined && playbook.targets.includes(initial) ? { initial } : {}),
    },
  ];
}

function environmentField({ draft, environments }: StartFormParts): Field {
  const initial = draft.settings.env ?? (environments.length === 1 ? environments[0] : undefined);
  return {
    name: 'env',
    label: 'Environment',
    kind: 'choice',
    optional: false,
    choices: asChoices(environments),
    ...(initial === undefined ? {} : { initial }),
  };
}

function paramField(name: string, param: Param, given: string | undefined): Field {
  const initial = given ?? param.default;
  const values = param.type === 'boolean' ? ['true', 'false'] : param.values?.map(String);
  const hint = [param.description, values === undefined ? hintOf(param) : undefined].filter((text) => text);
  return {
    name: `param.${name}`,
    label: name,
    kind: values === undefined ? (param.type === 'number' ? 'number' : 'text') : 'choice',
    optional: !(param.required && param.default === undefined),
    ...(values === undefined ? {} : { choices: asChoices(values) }),
    ...(hint.length === 0 ? {} : { hint: hint.join(' · ') }),
    ...(initial === undefined || values?.includes(String(initial)) === false
      ? {}
      : { initial: String(initial) }),
  };
}

function hintOf(param: Param): string | undefined {
  return param.pattern === undefined ? undefined : accepts(param);
}

function timeField({ at }: StartFormParts): Field {
  const hint = 'Empty: at once. In your own time zone.';
  return {
    name: 'at',
    label: 'Start at',
    kind: 'time',
    optional: true,
    hint,
    ...(at === undefined ? {} : { initial: at }),
  };
}

function overrideField({ override }: Settings): Field[] {
  if (override === undefined) return [];
  const hint = 'Why it starts in spite of a lock or a freeze.';
  return [{ name: 'override', label: 'Override', kind: 'text', optional: true, hint, initial: override }];
}

function channelField({ followed }: StartFormParts): Field[] {
  if (followed === undefined) return [];
  const hint = followed
    ? 'Empty: where the environment is followed. The bot has to be a member.'
    : 'The bot has to be a member of it.';
  return [{ name: 'channel', label: 'Follow it in', kind: 'channel', optional: followed, hint }];
}

function typed({ name, params, targets }: Playbook): string {
  const settings = Object.entries(params).flatMap(([param, { required, default: usual, ...rest }]) =>
    required && usual === undefined ? [` ${param}=<${accepts({ ...rest, required })}>`] : [],
  );
  return `start ${targets.length === 0 ? name : '<target>'}${settings.join('')} env=<environment>`;
}

/** The rooms of a platform that follow an environment: those of environments.yaml, then those of the policy. */
export function channelsFollowing(
  platform: Platform,
  environment: string,
  environments: ReadonlyMap<string, EnvironmentConfig>,
  policy: Policy,
): string[] {
  const named = Object.entries(policy.channels).flatMap(([key, room]) =>
    room.environment === environment ? [key] : [],
  );
  const all = [...(environments.get(environment)?.channels ?? []), ...named];
  return [...new Set(all)].flatMap((key) =>
    key.startsWith(`${platform}:`) ? [key.slice(platform.length + 1)] : [],
  );
}
