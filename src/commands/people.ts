import { accountsOf, isSameAccount, type Link, ownerOf } from '../core/accounts/account.ts';
import type { Line } from '../core/card/card.ts';
import { list, platformName } from '../core/card/words.ts';
import { nearest } from '../core/nearest.ts';
import { may, rolesOf } from '../core/policy/policy.ts';
import { type Policy, rights } from '../core/policy/schema.ts';
import { refuse } from '../core/refusal.ts';
import type { Platform } from '../core/rollout/actor.ts';
import type { Incoming, Reply } from '../ports/chat.ts';
import type { Call } from './call.ts';
import { type CommandName, commandNames, grammar, usageOf } from './grammar.ts';
import { accountOf } from './link.ts';
import { refusalReply, reply } from './reply.ts';

/** Who the person is to the bot, and what they may do where. */
export async function whoami({ asked, incoming, deps }: Call<'whoami'>): Promise<Reply> {
  const { policy, person } = asked;
  const roles = rolesOf(policy, person.id);
  const allowed = Object.keys(policy.environments).map((environment): Line => {
    const granted = rights.filter((right) => may(policy, environment, right, person.id));
    return [{ bold: environment }, `: ${granted.length > 0 ? list(granted) : 'nothing but looking'}`];
  });
  const { channel } = incoming;
  return reply(`You are ${person.name} (\`${person.id}\`)`, [
    ...accountLines(incoming, deps.policy(), deps.identity.accounts.known().links, person.id),
    roles.length > 0 ? `Roles: ${list(roles)}.` : 'You have no role.',
    ...allowed,
    `This room is \`${channel.platform}:${channel.id}\`, as policy.yaml and environments.yaml write it.`,
  ]);
}

/** By which accounts somebody is known; the others only to themselves. */
function accountLines(incoming: Incoming, policy: Policy, links: readonly Link[], person: string): string[] {
  const here = accountOf(incoming);
  const linked = links.filter(
    (link) => link.person === person && ownerOf(policy, link.account) === undefined,
  );
  const others = [
    ...accountsOf(policy, person).map((account) => ({ account, how: 'by the policy' })),
    ...linked.map(({ account }) => ({ account, how: 'linked' })),
  ].filter(({ account }) => !isSameAccount(account, here));
  const how = linked.some(({ account }) => isSameAccount(account, here)) ? ', which you linked' : '';
  const shown = others.map(({ account: { platform, id }, how: by }) =>
    incoming.isPrivate ? `${platformName(platform)} \`${id}\` (${by})` : platformName(platform),
  );
  return [
    `Known here by the ${here.platform} account \`${here.id}\`${how}.`,
    shown.length > 0
      ? `Also yours: ${list([...new Set(shown)])}. All are one vote.`
      : 'To be known on another platform too: `/rollout link`.',
  ];
}

/** The commands, or one of them. */
export async function help({ command, incoming }: Call<'help'>): Promise<Reply> {
  const wanted = command.command?.toLowerCase();
  if (wanted === undefined) return overview(incoming.channel.platform);
  const name = commandNames.find((known) => known === wanted);
  if (name) return explained([name]);
  const family = commandNames.filter((known) => known.startsWith(`${wanted} `));
  return family.length > 0 ? explained(family) : unknownCommand(wanted);
}

/** What a platform offers beside the commands. */
const besides: Readonly<Partial<Record<Platform, string>>> = {
  slack:
    'The app’s Home tab shows what waits for you, what runs, and what is locked or frozen, with the same buttons. `/rollout start` alone opens a form.',
};

function overview(platform: Platform): Reply {
  const beside = besides[platform];
  const lines = commandNames.map((name): Line => [{ code: usageOf(name) }, ` · ${grammar[name].help}`]);
  return reply(
    [{ bold: 'Type /rollout and one of these' }],
    [...lines, 'More about one: `/rollout help <command>`.', ...(beside === undefined ? [] : [beside])],
  );
}

function explained(names: readonly CommandName[]): Reply {
  const lines = names.flatMap((name): Line[] => [
    [{ code: `/rollout ${usageOf(name)}` }],
    [grammar[name].help],
    ['For example ', { code: `/rollout ${grammar[name].example}` }],
  ]);
  return reply([{ bold: names.length === 1 ? (names[0] ?? '') : 'freeze' }], lines);
}

function unknownCommand(wanted: string): Reply {
  const near = nearest(wanted, commandNames);
  const next = near
    ? `Did you mean \`${near}\`? Type \`/rollout help ${near}\`.`
    : 'Type `/rollout help` for all.';
  const shown = wanted.replaceAll('`', "'").slice(0, 60);
  return refusalReply(
    refuse('not-understood', 'Nothing was explained.', `There is no command \`${shown}\`.`, next),
  );
}
