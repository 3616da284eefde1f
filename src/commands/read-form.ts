import { readGiven } from '../core/playbook/params.ts';
import type { Playbook } from '../core/playbook/playbook.ts';
import type { Filled, Forms } from '../ports/forms.ts';
import { type Asked, lacking } from './asked.ts';
import { formatCommand } from './format.ts';
import type { Choice, Desk, FormDeps } from './forms.ts';
import type { Settings } from './grammar.ts';
import { longestText } from './parse.ts';
import { planFor } from './plan-for.ts';
import { nothingStarted, scheduleOf } from './schedule.ts';
import { channelsFollowing } from './start-form.ts';
import { parseWhen } from './when.ts';

/** What of the choices was chosen; the only one needs no choosing. */
export function choiceOf({ choices }: Desk, { playbook: name }: Filled): Choice | undefined {
  if (name === undefined && choices.length === 1) return choices[0];
  return choices.find(({ playbook }) => playbook.name === name);
}

/** A form's values as the settings of a command. */
export function settingsOf({ playbook, environments }: Choice, filled: Filled): Settings {
  const params = Object.keys(playbook.params).flatMap((name) => {
    const value = filled[`param.${name}`];
    return value === undefined ? [] : [[name, value] as const];
  });
  const at = filled.at === undefined ? undefined : parseWhen(filled.at);
  const env = filled.env ?? environments[0];
  return {
    params: Object.fromEntries(params),
    ...(env === undefined ? {} : { env }),
    ...(filled.target === undefined ? {} : { target: filled.target }),
    ...(at === undefined ? {} : { at }),
    ...(filled.override === undefined ? {} : { override: filled.override }),
  };
}

/** The checks of a typed start that need nothing but what is in memory, each at its field. */
export function readStart(
  desk: Desk,
  choice: Choice,
  filled: Filled,
  deps: FormDeps,
): ReturnType<Forms['read']> {
  const { playbook } = choice;
  const settings = settingsOf(choice, filled);
  const environment = settings.env ?? '';
  const command = { name: 'start' as const, what: playbook.name, settings };
  const text = formatCommand(command);
  const channel = desk.filler.channel ?? filled.channel ?? followers(environment, desk, deps)[0];
  const faults: Record<string, string> = {
    ...paramFaults(playbook, settings),
    ...timeFault(filled, settings, desk.asked),
    ...environmentFault(environment, desk.asked),
    ...(channel === undefined && { channel: `No channel follows ${environment}. Choose one.` }),
    ...(text.length > longestText && {
      env: 'All together is longer than 4,000 characters. Shorten a text.',
    }),
  };
  if (Object.keys(faults).length > 0 || channel === undefined) return { faults };
  const target = settings.target ?? null;
  const planned = planFor({ command, asked: desk.asked, deps }, { playbook, target, environment });
  return 'refusal' in planned ? { faults: { env: planned.refusal.why } } : { text, channel };
}

function paramFaults({ params }: Playbook, { params: given }: Settings): Record<string, string> {
  const faults = Object.entries(params).flatMap(([name, param]) => {
    const read = readGiven(name, param, given[name]);
    return read !== 'absent' && 'problem' in read ? [[`param.${name}`, `${read.problem}.`] as const] : [];
  });
  return Object.fromEntries(faults);
}

function timeFault({ at }: Filled, settings: Settings, asked: Asked): Record<string, string> {
  if (at !== undefined && settings.at === undefined) return { at: `${at} is no time.` };
  const schedule = scheduleOf(settings.at, asked);
  return 'refusal' in schedule ? { at: schedule.refusal.why } : {};
}

function environmentFault(environment: string, asked: Asked): Record<string, string> {
  const refusal = lacking(asked, environment, 'start', nothingStarted);
  return refusal ? { env: `${refusal.why} ${refusal.next}` } : {};
}

/** The rooms of this platform that follow an environment. */
export function followers(environment: string, { filler, asked }: Desk, deps: FormDeps): string[] {
  return channelsFollowing(filler.platform, environment, deps.environments(), asked.policy);
}
