import type { Action, Line } from '../core/card/card.ts';
import { dutyDone, dutyLine } from '../core/card/duties.ts';
import type { Overview, OverviewEntry, OverviewSection } from '../core/card/overview.ts';
import { tell } from '../core/card/telling.ts';
import { threadOf } from '../core/card/thread.ts';
import { list } from '../core/card/words.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import { may, peopleFor, rolesOf } from '../core/policy/policy.ts';
import { isDutyOf, openDutiesOf } from '../core/rollout/duties.ts';
import type { Filler } from '../ports/forms.ts';
import type { LookAround } from '../ports/overview.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Asked, eligible } from './asked.ts';
import type { InboxDeps } from './call.ts';
import { startable } from './forms.ts';
import type { CommandName } from './grammar.ts';
import { whoIs } from './inbox.ts';
import { lockLinesOf } from './look.ts';
import { sentence } from './reply.ts';
import { rightFor } from './rights.ts';
import { statusOfRollout, waitingFor } from './standing.ts';
import { strangerLines } from './strangers.ts';

/** What there is to see, as of one moment. */
export interface Surroundings {
  /** Those that are not at an end, newest first. */
  rollouts: readonly Rollout[];
  /** Those with duties that are not done, ended or not. */
  withDuties: readonly Rollout[];
  environments: readonly EnvironmentState[];
  /** The person may start something. */
  canStart: boolean;
}

/** So many entries of each sort are shown; the rest is counted. */
const shown = 12;

/** More rollouts at once are not read for an overview. */
const most = 200;

/** What a person of the policy sees: what waits for them first, then what runs, what is to come, and what is closed. */
export function overviewOf(
  asked: Asked,
  { rollouts, withDuties, environments, canStart }: Surroundings,
): Overview {
  const waiting = rollouts.filter((rollout) => waitsFor(asked, rollout));
  const others = rollouts.filter((rollout) => !waiting.includes(rollout));
  const planned = others.filter((rollout) => statusOfRollout(rollout) === 'planned');
  const running = others.filter((rollout) => !planned.includes(rollout));
  const entries = (some: readonly Rollout[]) => some.map((rollout) => entryOf(asked, rollout));
  const closed = environments
    .flatMap(({ claimedBy: _, ...idle }) => lockLinesOf(asked.policy, idle, asked.now))
    .map((line): OverviewEntry => ({ lines: [line], actions: [] }));
  const roles = rolesOf(asked.policy, asked.person.id);
  const start: Action = { label: 'Start a rollout', command: 'start', style: 'primary' };
  const sections = [
    section('Waits for you', entries(waiting)),
    section(
      'Your duties',
      withDuties.flatMap((rollout) => dutyEntries(asked, rollout)),
    ),
    section('Under way', entries(running)),
    section('Scheduled', entries(planned.toSorted(byStart))),
    section('Locked or frozen', closed),
  ].filter(({ entries: some }) => some.length > 0);
  return {
    title: [{ bold: asked.person.name }, roles.length === 0 ? ' · no role' : ` · ${list(roles)}`],
    lines: sections.length === 0 ? [['Nothing runs, and nothing waits for you.']] : [],
    actions: canStart ? [start] : [],
    sections,
  };
}

/** What somebody sees whom the policy does not name. */
export function strangersOverview(who: Filler, asked: Pick<Asked, 'policy'>): Overview {
  const incoming = { ...who, channel: { platform: who.platform, id: who.channel ?? '' }, text: '' };
  return {
    title: [{ bold: 'The bot does not know you' }],
    lines: strangerLines(incoming, asked.policy).map((line) => sentence(line)),
    actions: [],
    sections: [],
  };
}

/** Reads once, draws for each person. */
export function createLookAround(
  deps: Pick<InboxDeps, 'rollouts' | 'policy' | 'playbooks' | 'environments' | 'clock'>,
): LookAround {
  return async () => {
    const names = new Set([...deps.environments().keys(), ...Object.keys(deps.policy().environments)]);
    const [rollouts, withDuties, environments] = await Promise.all([
      deps.rollouts.list({ active: true, limit: most }),
      deps.rollouts.list({ duties: true, limit: most }),
      Promise.all([...names].map((name) => deps.rollouts.environment(name))),
    ]);
    return (who) => {
      const policy = deps.policy();
      const person = whoIs({ ...who, channel: { platform: who.platform, id: who.channel ?? '' } }, policy);
      if (person === undefined) return strangersOverview(who, { policy });
      const asked: Asked = {
        person: { kind: 'person', id: person.id, name: person.name, via: who.platform },
        policy,
        now: deps.clock.now(),
      };
      return overviewOf(asked, {
        rollouts,
        withDuties,
        environments,
        canStart: startable(policy, person, deps).length > 0,
      });
    };
  };
}

function section(title: string, entries: readonly OverviewEntry[]): OverviewSection {
  return { title, entries: entries.slice(0, shown), more: Math.max(0, entries.length - shown) };
}

function byStart(one: Rollout, other: Rollout): number {
  return (one.state.startAt ?? '').localeCompare(other.state.startAt ?? '');
}

/** Whether a rollout can't go on, or should not, until this person or one like them acts. */
export function waitsFor(asked: Asked, rollout: Rollout): boolean {
  const { plan, state } = rollout;
  const { id } = asked.person;
  const environment = plan.environment.name;
  const isAsked = (right: 'approve' | 'operate', roles: readonly string[]) =>
    eligible(asked, environment, right, roles).some((person) => person.id === id);
  const votes = waitingFor(rollout, 'approval').some(
    ({ waiting, step }) =>
      isAsked('approve', waiting.roles) &&
      state.startedBy?.id !== id &&
      !step.answers.some(({ by, nonce }) => by.id === id && nonce === waiting.nonce),
  );
  const tasks = waitingFor(rollout, 'task').some(({ waiting }) => isAsked('operate', waiting.roles));
  return votes || tasks || needsDecision(asked, rollout);
}

function needsDecision({ policy, person }: Asked, rollout: Rollout): boolean {
  const environment = rollout.plan.environment.name;
  const status = statusOfRollout(rollout);
  const stuck = ['in-doubt', 'failed', 'rollback-failed', 'paused'].includes(status);
  if (stuck || waitingFor(rollout, 'decision').length > 0)
    return may(policy, environment, 'operate', person.id);
  const noticed = status === 'hypercare' && rollout.state.hypercare?.finding !== undefined;
  return noticed && may(policy, environment, 'rollback', person.id);
}

/** A rollout in a few lines of its root card, with those of its buttons that the person may press. */
function entryOf(asked: Asked, rollout: Rollout): OverviewEntry {
  const { plan, state } = rollout;
  const { root } = threadOf(plan, state, peopleFor(asked.policy), asked.now);
  const lines: Line[] = [root.title, ...root.lines.slice(0, 3)];
  return {
    lines,
    actions: root.actions.filter((action) => mayPress(asked, rollout, action)),
    rollout: { id: state.id, channels: state.channels },
    ...(root.drawnAt === undefined ? {} : { drawnAt: root.drawnAt }),
  };
}

/** The person's own duties of a rollout, each with its Done button. */
function dutyEntries(asked: Asked, { plan, state }: Rollout): OverviewEntry[] {
  const person = { id: asked.person.id, roles: rolesOf(asked.policy, asked.person.id) };
  const telling = tell(plan, state, peopleFor(asked.policy), asked.now);
  return openDutiesOf({ plan, state })
    .filter((duty) => isDutyOf(duty, person))
    .map((duty) => ({
      lines: [dutyLine(telling, duty), [`After ${state.id} in ${plan.environment.name}`]],
      actions: [dutyDone(state.id, duty, 'Done')],
      rollout: { id: state.id, channels: state.channels },
      drawnAt: state.seq,
    }));
}

function mayPress({ policy, person }: Asked, { plan, state }: Rollout, { command }: Action): boolean {
  const word = command.split(' ')[0] as CommandName;
  const right = rightFor[word];
  if (word === 'approve' && state.startedBy?.id === person.id) return false;
  return right === undefined || may(policy, plan.environment.name, right, person.id);
}
