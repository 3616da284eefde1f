import type { Playbook } from '../core/playbook/playbook.ts';
import { channelOf, may, type PolicyPerson } from '../core/policy/policy.ts';
import type { Policy, PolicyChannel } from '../core/policy/schema.ts';
import { iso } from '../ports/clock.ts';
import type { Filler, Form, Forms } from '../ports/forms.ts';
import type { Asked } from './asked.ts';
import type { InboxDeps } from './call.ts';
import { choose } from './choose.ts';
import type { Settings } from './grammar.ts';
import { whoIs } from './inbox.ts';
import { parse } from './parse.ts';
import { choiceOf, followers, readStart, settingsOf } from './read-form.ts';
import { scheduleOf } from './schedule.ts';
import { drawStartForm, type StartDraft } from './start-form.ts';

export type FormDeps = Pick<InboxDeps, 'policy' | 'playbooks' | 'environments' | 'clock'>;

/** What is known of who fills in, and what they may choose from. */
export interface Desk {
  filler: Filler;
  asked: Asked;
  here: PolicyChannel;
  /** The playbooks that they may start somewhere, with where. */
  choices: readonly Choice[];
}

export interface Choice {
  playbook: Playbook;
  environments: readonly string[];
}

/** The form of `start`, made from the playbooks' parameters; what is filled in is checked by the same rules as a typed command. */
export function createForms(deps: FormDeps): Forms {
  const deskOf = (filler: Filler) => deskFor(filler, deps);
  return {
    formFor(filler, text) {
      const desk = deskOf(filler);
      const draft = desk && draftOf(text, desk, deps);
      return desk && draft && drawn(desk, draft, deps);
    },
    formAgain(filler, filled) {
      const desk = deskOf(filler);
      const choice = desk && (choiceOf(desk, filled) ?? desk.choices[0]);
      return (
        desk &&
        choice &&
        drawn(desk, { playbook: choice.playbook, settings: settingsOf(choice, filled) }, deps)
      );
    },
    read(filler, filled) {
      const desk = deskOf(filler);
      const choice = desk && choiceOf(desk, filled);
      if (desk === undefined || choice === undefined)
        return {
          faults: { playbook: 'It can no longer be started by you. Close this window and look again.' },
        };
      return readStart(desk, choice, filled, deps);
    },
  };
}

function deskFor(filler: Filler, deps: FormDeps): Desk | undefined {
  const policy = deps.policy();
  const channel = { platform: filler.platform, id: filler.channel ?? '' };
  const person = whoIs({ ...filler, channel }, policy);
  if (person === undefined) return undefined;
  const choices = startable(policy, person, deps);
  if (choices.length === 0) return undefined;
  return {
    filler,
    asked: {
      person: { kind: 'person', id: person.id, name: person.name, via: filler.platform },
      policy,
      now: deps.clock.now(),
    },
    here: channelOf(policy, channel),
    choices,
  };
}

/** The playbooks that a person may start somewhere, with where. */
export function startable(
  policy: Policy,
  person: Pick<PolicyPerson, 'id'>,
  { playbooks, environments }: Pick<FormDeps, 'playbooks' | 'environments'>,
): Choice[] {
  const known = environments();
  return [...playbooks().values()].flatMap((playbook) => {
    const open = playbook.environments.filter(
      (name) => known.has(name) && may(policy, name, 'start', person.id),
    );
    return open.length === 0 ? [] : [{ playbook, environments: open }];
  });
}

/** What a typed `start` says already, where it lacks something; undefined where it lacks nothing or is to be refused. */
function draftOf(text: string, desk: Desk, deps: FormDeps): StartDraft | undefined {
  if (/^\s*(?:\/rollout\s+)?start\s*$/i.test(text)) return firstDraft(desk);
  const parsed = parse(text);
  if (!('command' in parsed) || parsed.command.name !== 'start') return undefined;
  const { command } = parsed;
  const { settings = { params: {} } } = command;
  const chosen = choose(command, deps, desk.here);
  if ('refusal' in chosen) return undefined;
  const [first] = 'chosen' in chosen ? [chosen.chosen] : chosen.candidates;
  const choice = desk.choices.find(({ playbook }) => playbook === first?.playbook);
  if (first === undefined || choice === undefined || !choice.environments.includes(first.environment))
    return undefined;
  if (missingParams(first.playbook, settings).length === 0) return undefined;
  const { target } = first;
  return {
    playbook: first.playbook,
    settings: { ...settings, env: first.environment, ...(target === null ? {} : { target }) },
  };
}

function firstDraft({ choices, here }: Desk): StartDraft | undefined {
  const usual = choices.find(({ playbook }) => playbook.name === here.playbook) ?? choices[0];
  return usual && { playbook: usual.playbook, settings: { params: {} } };
}

function missingParams({ params }: Playbook, { params: given }: Settings): string[] {
  return Object.entries(params).flatMap(([name, param]) =>
    param.required && param.default === undefined && !Object.hasOwn(given, name) ? [name] : [],
  );
}

function drawn(desk: Desk, draft: StartDraft, deps: FormDeps): Form {
  const environments = desk.choices.find(({ playbook }) => playbook === draft.playbook)?.environments ?? [];
  const env = [draft.settings.env, desk.here.environment].find((name) => name && environments.includes(name));
  const schedule = scheduleOf(draft.settings.at, desk.asked);
  return drawStartForm({
    draft: { ...draft, settings: { ...draft.settings, ...(env === undefined ? {} : { env }) } },
    playbooks: desk.choices.map(({ playbook }) => playbook.name),
    environments,
    ...('at' in schedule && schedule.scheduled ? { at: iso(schedule.at) } : {}),
    ...(desk.filler.channel === undefined
      ? { followed: environments.some((name) => followers(name, desk, deps).length > 0) }
      : {}),
  });
}
