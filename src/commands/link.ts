import { type Account, accountsOf, isSameAccount, withLinks } from '../core/accounts/account.ts';
import { readCode, writeCode } from '../core/accounts/code.ts';
import {
  codeLife,
  type Entering,
  enterCode,
  issueCode,
  tooManyMisses,
  unlink,
} from '../core/accounts/decide.ts';
import type { Card, Line } from '../core/card/card.ts';
import { list, platformName } from '../core/card/words.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import type { Policy } from '../core/policy/schema.ts';
import { refuse } from '../core/refusal.ts';
import type { Person } from '../core/rollout/actor.ts';
import type { Incoming, Reply } from '../ports/chat.ts';
import type { Call, InboxDeps } from './call.ts';
import { refusalReply, reply, sentence } from './reply.ts';

/** `link` hands a code out, `link <code>` takes one. */
export function link(call: Call<'link'>): Promise<Reply> {
  const { code } = call.command;
  return code === undefined ? issue(call) : enter(call.incoming, call.deps, code, call.asked.person);
}

async function issue({ asked, incoming, deps }: Call<'link'>): Promise<Reply> {
  if (!incoming.isPrivate) return refusalReply(notHere);
  const code = deps.identity.codes.fresh();
  const hash = await deps.identity.codes.hash(code);
  const decide = () => issueCode(asked.person, accountOf(incoming), hash, deps.clock.now());
  await deps.identity.accounts.record(decide);
  return reply(
    ['Your code: ', { code: writeCode(code) }],
    [
      `Type \`/rollout link ${writeCode(code)}\` with the account that is to be yours, on any platform.`,
      `It is good for ${formatDuration(codeLife)}, and once. Whoever enters it acts as you: show it to nobody.`,
    ],
    { tone: 'waiting' },
  );
}

const notHere = refuse(
  'bad-input',
  'No code was made.',
  'Others could read it here.',
  'Type `/rollout link` in a private chat with the bot.',
);

/** An account, known or not, enters a code. */
export async function enter(
  incoming: Incoming,
  { identity, policy, clock }: InboxDeps,
  typed: string,
  person?: Person,
): Promise<Reply> {
  const entering = enteringOf(incoming, person);
  const before = await identity.accounts.read();
  const refusal = tooManyMisses(entering, before, clock.now());
  if (refusal) return refusalReply(refusal);
  const hash = await identity.codes.hash(readCode(typed) ?? '');
  const recorded = await identity.accounts.record((state) =>
    enterCode(entering, hash, policy(), state, clock.now()),
  );
  if (recorded.refusal) return refusalReply(recorded.refusal);
  const { account } = entering;
  const owner = ownerName(policy(), recorded.state.links, account);
  const told = await tellOthers(identity, withLinks(policy(), recorded.state.links), owner.id, [account], {
    title: `The ${inWords(account)} is yours now, ${owner.name}`,
    lines: [
      'It was linked with a code that you got. It may do all that you may do, and is one vote with you.',
      `If that wasn’t you: \`/rollout unlink ${account.platform}\`, and tell whoever keeps policy.yaml.`,
    ],
  });
  return reply(
    `✓ This ${platformName(account.platform)} account is yours now, ${owner.name}`,
    [
      'You may do here what you may do elsewhere, and are one vote with your other accounts. See `/rollout whoami`.',
      told,
      'If that wasn’t you: `/rollout unlink`.',
    ],
    { tone: 'good' },
  );
}

function enteringOf(incoming: Incoming, person: Person | undefined): Entering {
  const { platform } = incoming.channel;
  const account = accountOf(incoming);
  const aliases = (incoming.aliases ?? []).map((id): Account => ({ platform, id }));
  return { account, names: [account, ...aliases], person };
}

export function accountOf({ channel, account }: Incoming): Account {
  return { platform: channel.platform, id: account };
}

function ownerName(policy: Policy, links: Parameters<typeof withLinks>[1], account: Account) {
  const id = links.find((each) => isSameAccount(each.account, account))?.person ?? '';
  return { id, name: policy.people[id]?.name ?? id };
}

export async function unlinkAccount({ command, asked, incoming, deps }: Call<'unlink'>): Promise<Reply> {
  const { identity, policy } = deps;
  const from = accountOf(incoming);
  const recorded = await identity.accounts.record((state) =>
    unlink(asked.person, from, command.platform, policy(), state),
  );
  if (recorded.refusal) return refusalReply(recorded.refusal);
  const gone = recorded.facts.flatMap((fact) =>
    fact.type === 'account.unlinked' ? [fact.data.account] : [],
  );
  const which = list(gone.map(inWords));
  const news = {
    title: `The ${which} ${gone.length === 1 ? 'is' : 'are'} no longer yours, ${asked.person.name}`,
    lines: [
      'The link was taken away with `/rollout unlink`.',
      'If that wasn’t you: tell whoever keeps policy.yaml.',
    ],
  };
  const others = withLinks(policy(), recorded.state.links);
  const told = await tellOthers(identity, others, asked.person.id, [from], news, gone);
  return reply(`✓ The ${which} ${gone.length === 1 ? 'is' : 'are'} no longer yours`, [told], {
    tone: 'good',
  });
}

function inWords({ platform, id }: Account): string {
  return `${platformName(platform)} account ${id}`;
}

/** Tells all accounts of a person but those that read it anyway; a sentence about who could be told. */
async function tellOthers(
  { tell }: InboxDeps['identity'],
  policy: Policy,
  person: string,
  except: readonly Account[],
  { title, lines }: { title: string; lines: readonly string[] },
  more: readonly Account[] = [],
): Promise<string> {
  const accounts = [...accountsOf(policy, person), ...more].filter(
    (account) => !except.some((each) => isSameAccount(each, account)),
  );
  const card: Card = {
    tone: 'watch',
    title: [title],
    lines: lines.map((line): Line => sentence(line)),
    actions: [],
    links: [],
  };
  const reached = await Promise.all(accounts.map((account) => tell(account, card)));
  const told = accounts.filter((_, index) => reached[index]).map(({ platform }) => platformName(platform));
  const missed = accounts.filter((_, index) => !reached[index]).map(({ platform }) => platformName(platform));
  const named = (platforms: string[]) => list([...new Set(platforms)]);
  if (accounts.length === 0) return 'You have no other account that could be told.';
  if (missed.length === 0) return `Your account on ${named(told)} was told.`;
  const rest = `Your account on ${named(missed)} could not be told.`;
  return told.length === 0 ? rest : `Your account on ${named(told)} was told. ${rest}`;
}
