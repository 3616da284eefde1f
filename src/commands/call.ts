import type { GroupReport } from '../core/alerts/facts.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import type { Json } from '../core/json.ts';
import type { Playbook } from '../core/playbook/playbook.ts';
import { channelOf, peopleFor } from '../core/policy/policy.ts';
import type { Policy, PolicyChannel } from '../core/policy/schema.ts';
import { reportAddress } from '../core/report/address.ts';
import type { Connection, Plan } from '../core/rollout/plan.ts';
import type { Accounts, LinkCodes, TellAccount } from '../ports/accounts.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Incoming, Reply } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Decision, Rollout, Rollouts } from '../ports/rollouts.ts';
import type { Does, PlanLine } from '../ports/step.ts';
import type { Asked } from './asked.ts';
import type { CommandName, CommandOf } from './grammar.ts';
import { refusalReply } from './reply.ts';
import { pressedAlready } from './standing.ts';

/** An environment as environments.yaml has it. `channels` are `platform:id`. */
export interface EnvironmentConfig {
  vars: Record<string, Json>;
  connections: Record<string, Connection>;
  channels: readonly string[];
}

/** One step of a plan, in words. */
export interface PreviewedStep extends PlanLine {
  step: string;
  kind: string;
  does: Does;
}

export interface InboxDeps {
  rollouts: Rollouts;
  /** The policy itself; `asked.policy` also knows the accounts that people linked. */
  policy(): Policy;
  playbooks(): ReadonlyMap<string, Playbook>;
  environments(): ReadonlyMap<string, EnvironmentConfig>;
  clock: Clock;
  /** What senders told of alerts, as they told it. */
  alerts: Pick<Alerts, 'group'>;
  /** What fires and belongs to no rollout. */
  unbound(): readonly GroupReport[];
  /** Takes every known secret out of a text. */
  redact(text: string): string;
  /** Who is who over the platforms. */
  identity: { accounts: Accounts; codes: LinkCodes; tell: TellAccount };
  /** Asks each step of a plan what it would do; reads the world at most. */
  preview(plan: Plan): Promise<readonly PreviewedStep[]>;
  /** Where a rollout can be looked at. */
  urls?(id: string): string;
  log: { error(fields: object, message: string): void };
}

/** Who asks, from where, and what there is to answer with. */
export interface Scene {
  asked: Asked;
  incoming: Incoming;
  deps: InboxDeps;
}

/** One command of one known person. */
export interface Call<N extends CommandName> extends Scene {
  command: CommandOf<N>;
}

/** A command on a rollout, decided on exactly the state that it is recorded after. */
export type Decide = (asked: Asked, rollout: Rollout, environment: EnvironmentState) => Decision;

/**
 * Records what is decided about a rollout. A press is decided knowing all that was journaled since its button was
 * drawn, and counts once, however often it is delivered.
 */
export async function onRollout(
  { asked, incoming, deps }: Scene,
  id: string,
  decide: Decide,
  say: (rollout: Rollout) => Reply,
): Promise<Reply> {
  const { drawnAt } = asked;
  const ahead = incoming.ahead?.standing;
  const recorded = await deps.rollouts.record(
    id,
    asked.person,
    (rollout, environment, since) => {
      const now = { ...asked, now: deps.clock.now(), ...(drawnAt === undefined ? {} : { since }) };
      const decision = decide(now, rollout, environment);
      const facts = 'facts' in decision ? decision.facts : [];
      const again = pressedAlready(now, facts, 'Nothing was done a second time.');
      return again ? { refusal: again } : decision;
    },
    drawnAt,
    ahead?.id === id ? ahead.found : undefined,
  );
  return 'refusal' in recorded ? refusalReply(recorded.refusal) : say(recorded.rollout);
}

/** What the policy says of the room that a command came from. */
export function channelHere({ asked, incoming }: Scene): PolicyChannel {
  return channelOf(asked.policy, incoming.channel);
}

/** The people of roles, for cards. */
export function peopleOf({ asked }: Scene) {
  return peopleFor(asked.policy);
}

/** A rollout's page, where there is one. */
export function linksTo({ deps }: Scene, id: string): { label: string; href: string }[] {
  return deps.urls ? [{ label: `Open ${id}`, href: deps.urls(id) }] : [];
}

/** Its report, as a page and as Markdown. */
export function reportLinks({ deps }: Scene, id: string): { label: string; href: string }[] {
  const page = deps.urls?.(id);
  if (page === undefined) return [];
  return [
    { label: 'Report', href: reportAddress(page, id) },
    { label: 'Report as Markdown', href: reportAddress(page, id, 'md') },
  ];
}

/** Every environment that is configured or that the policy names, in that order. */
export function environmentNames({ asked, deps }: Scene): string[] {
  return [...new Set([...deps.environments().keys(), ...Object.keys(asked.policy.environments)])];
}
