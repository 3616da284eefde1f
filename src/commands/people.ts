import type { Line } from '../core/card/card.ts';
import { list } from '../core/card/words.ts';
import { nearest } from '../core/nearest.ts';
import { may, rolesOf } from '../core/policy/policy.ts';
import { rights } from '../core/policy/schema.ts';
import { refuse } from '../core/refusal.ts';
import type { Reply } from '../ports/chat.ts';
import type { Call } from './call.ts';
import { type CommandName, commandNames, grammar, usageOf } from './grammar.ts';
import { refusalReply, reply } from './reply.ts';

/** Who the person is to the bot, and what they may do where. */
export async function whoami({ asked, incoming }: Call<'whoami'>): Promise<Reply> {
  const { policy, person } = asked;
  const roles = rolesOf(policy, person.id);
  const allowed = Object.keys(policy.environments).map((environment): Line => {
    const granted = rights.filter((right) => may(policy, environment, right, person.id));
    return [{ bold: environment }, `: ${granted.length > 0 ? list(granted) : 'nothing but looking'}`];
  });
  const account = `${incoming.channel.platform} account \`${incoming.account}\``;
  return reply(`You are ${person.name} (\`${person.id}\`)`, [
    `Known by the ${account}.`,
    roles.length > 0 ? `Roles: ${list(roles)}.` : 'You have no role.',
    ...allowed,
  ]);
}

/** The commands, or one of them. */
export async function help({ command }: Call<'help'>): Promise<Reply> {
  const wanted = command.command?.toLowerCase();
  if (wanted === undefined) return overview();
  const name = commandNames.find((known) => known === wanted);
  if (name) return explained([name]);
  const family = commandNames.filter((known) => known.startsWith(`${wanted} `));
  return family.length > 0 ? explained(family) : unknownCommand(wanted);
}

function overview(): Reply {
  const lines = commandNames.map((name): Line => [{ code: usageOf(name) }, ` · ${grammar[name].help}`]);
  return reply(
    [{ bold: 'Type /rollout and one of these' }],
    [...lines, 'More about one: `/rollout help <command>`.'],
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
