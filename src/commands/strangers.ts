import { channelOf } from '../core/policy/policy.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Incoming, Reply } from '../ports/chat.ts';
import { whoCanInstead } from './asked.ts';
import type { InboxDeps } from './call.ts';
import type { Command } from './grammar.ts';
import { reply } from './reply.ts';
import { rightFor } from './rights.ts';

/** What a stranger gets back who asks who they are. */
export function strangerReply(incoming: Incoming, policy: Policy): Reply {
  return reply('The bot does not know you', strangerLines(incoming, policy), { tone: 'waiting' });
}

/** Who somebody is whom the policy does not name, and how they are added. */
export function strangerLines(incoming: Incoming, policy: Policy): string[] {
  const { channel, account } = incoming;
  const outside = outsideWords(incoming, policy);
  return [
    `Your ${channel.platform} account is \`${account}\`.`,
    ...(outside === undefined ? [] : [outside]),
    howToAdd(channel.platform, account),
    ...(outside === undefined ? [howToLink] : []),
    ...(channel.id === ''
      ? []
      : [
          `This room is \`${channel.platform}:${channel.id}\`, as policy.yaml and environments.yaml write it.`,
        ]),
  ];
}

const howToLink =
  'If the bot knows you on another platform: type `/rollout link` there, and `/rollout link <code>` here.';

/** Refuses somebody whom the policy does not name: with what to add to it, and with who could do it now. */
export async function unknownPerson(
  incoming: Incoming,
  command: Command | undefined,
  deps: InboxDeps,
): Promise<Refusal> {
  const { channel, account } = incoming;
  const why =
    outsideWords(incoming, deps.policy()) ??
    `The policy names nobody with the ${channel.platform} account \`${account}\`.`;
  const able = command && (await whoIsAble(command, incoming, deps));
  const next = [able, howToAdd(channel.platform, account), command?.name === 'link' ? howToLink : undefined]
    .filter((text) => text !== undefined)
    .join(' ');
  return refuse('unknown-person', 'Nothing was done.', why, next);
}

/** Whether somebody comes from a workspace that the policy names nobody of: nothing links them either. */
export function isOutside(incoming: Incoming, policy: Policy): boolean {
  return outsideWords(incoming, policy) !== undefined;
}

/** With Slack Connect people of other workspaces are in the room; a user id means somebody else in each workspace. */
function outsideWords({ channel, account, aliases = [] }: Incoming, policy: Policy): string | undefined {
  if (channel.platform !== 'slack') return undefined;
  const teams = Object.values(policy.people).flatMap(({ slack }) =>
    slack.map((known) => known.split('/')[0]),
  );
  const own = [account, ...aliases].map((name) => name.split('/')[0] ?? '');
  if (teams.length === 0 || own.some((team) => teams.includes(team))) return undefined;
  return `You come from the Slack workspace \`${own[0]}\`, and the policy names nobody from there. People of other workspaces can read along, and do nothing else.`;
}

async function whoIsAble(
  command: Command,
  { channel }: Incoming,
  deps: InboxDeps,
): Promise<string | undefined> {
  const right = rightFor[command.name];
  const policy = deps.policy();
  if (right === undefined) return undefined;
  const environment =
    'id' in command && command.id !== undefined
      ? (await deps.rollouts.find(command.id))?.plan.environment.name
      : 'env' in command
        ? command.env
        : ((command.name === 'start' ? command.settings?.env : undefined) ??
          channelOf(policy, channel).environment);
  const known = environment !== undefined && Object.hasOwn(policy.environments, environment);
  return known ? whoCanInstead(policy, environment, right) : undefined;
}

function howToAdd(platform: Incoming['channel']['platform'], account: string): string {
  const key =
    platform === 'slack' || platform === 'telegram'
      ? `\`${platform}: [${account}]\` to your entry under \`people\``
      : 'you under `people`';
  return `Ask whoever keeps policy.yaml to add ${key}, and to give you a role.`;
}
