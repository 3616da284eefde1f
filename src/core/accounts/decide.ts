import type { Policy } from '../policy/schema.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { type Actor, type Person, theBot } from '../rollout/actor.ts';
import { type Account, isSameAccount, ownerOf } from './account.ts';
import type { AccountFact } from './event.ts';
import { type AccountsState, type Code, missWindow } from './state.ts';

/** Milliseconds that a code is good for. */
export const codeLife = 10 * 60_000;
/** Wrong codes that an account may enter within an hour. */
export const mostMisses = 5;

/** What is to be recorded, by whom, and what the person is told instead of a success. */
export interface AccountsDecision {
  actor: Actor;
  facts: readonly AccountFact[];
  refusal?: Refusal;
}

const notLinked = 'Nothing was linked.';

/** Hands a code out; it replaces the person's earlier one. `hash` is what is kept of it. */
export function issueCode(person: Person, by: Account, hash: string, now: number): AccountsDecision {
  const until = new Date(now + codeLife).toISOString();
  return {
    actor: person,
    facts: [{ type: 'code.issued', data: { person: person.id, code: hash, until, by } }],
  };
}

/** Somebody who enters a code: the account, under all names that its platform has for it. */
export interface Entering {
  account: Account;
  names: readonly Account[];
  /** Who it is already, if anybody. */
  person: Person | undefined;
}

/**
 * Links an account to the person who got the code, if the code is good and the account is nobody's yet. A code is
 * void once it was entered rightly, whatever came of it, and a wrong one counts against the account.
 */
export function enterCode(
  entering: Entering,
  hash: string,
  policy: Pick<Policy, 'people'>,
  state: AccountsState,
  now: number,
): AccountsDecision {
  const { account, person } = entering;
  const actor = person ?? theBot;
  const refusal = tooManyMisses(entering, state, now);
  if (refusal) return { actor, facts: [], refusal };
  const code = state.codes.find((each) => each.hash === hash && now < Date.parse(each.until));
  if (!code)
    return {
      actor,
      facts: [{ type: 'code.missed', data: { account } }],
      refusal: wrong(entering, state, now),
    };
  const name = Object.hasOwn(policy.people, code.person) ? policy.people[code.person]?.name : undefined;
  if (name === undefined) return spent(actor, account, code, gone);
  const taken = takenBy(entering, policy, state);
  if (taken !== undefined) return spent(actor, account, code, already(taken === code.person, account));
  return {
    actor: { kind: 'person', id: code.person, name, via: account.platform },
    facts: [{ type: 'account.linked', data: { person: code.person, account } }],
  };
}

/** Refuses an account that entered too many wrong codes lately; no code of it is looked at. */
export function tooManyMisses(entering: Entering, state: AccountsState, now: number): Refusal | undefined {
  const misses = missesOf(entering, state, now);
  const first = misses.at(-mostMisses);
  if (misses.length < mostMisses || first === undefined) return undefined;
  const minutes = Math.ceil((Date.parse(first.at) + missWindow - now) / 60_000);
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return refuse(
    'not-allowed',
    notLinked,
    `This account entered ${mostMisses} wrong codes within an hour.`,
    `Try again in ${wait}, with a code that was handed out then.`,
  );
}

function missesOf({ names }: Entering, { misses }: AccountsState, now: number) {
  return misses.filter(
    ({ account, at }) =>
      now - Date.parse(at) < missWindow && names.some((name) => isSameAccount(name, account)),
  );
}

function wrong(entering: Entering, state: AccountsState, now: number): Refusal {
  const left = mostMisses - missesOf(entering, state, now).length - 1;
  const more =
    left === 0 ? 'This was the last try for now.' : `${left} more wrong ones, and you have to wait.`;
  return refuse(
    'bad-input',
    notLinked,
    'That code is wrong, used, or older than ten minutes.',
    `Get a new one with \`/rollout link\` where the bot knows you. ${more}`,
  );
}

function spent(actor: Actor, account: Account, { person }: Code, refusal: Refusal): AccountsDecision {
  return { actor, facts: [{ type: 'code.spent', data: { person, account, why: refusal.why } }], refusal };
}

const gone = refuse(
  'unknown-person',
  notLinked,
  'The policy no longer names the person who got this code.',
  'Ask whoever keeps policy.yaml.',
);

/** The person whose account it is, by the policy or by a link that holds. */
function takenBy(
  { names }: Entering,
  policy: Pick<Policy, 'people'>,
  { links }: AccountsState,
): string | undefined {
  const owner = names.map((name) => ownerOf(policy, name)).find((each) => each !== undefined);
  const link = links.find(
    ({ account, person }) =>
      Object.hasOwn(policy.people, person) && names.some((name) => isSameAccount(name, account)),
  );
  return owner ?? link?.person;
}

function already(own: boolean, { platform }: Account): Refusal {
  if (own) {
    const why = 'This account is yours already.';
    return refuse('already-answered', notLinked, why, 'See `/rollout whoami`. The code is void now.');
  }
  return refuse(
    'not-allowed',
    notLinked,
    'This account is somebody else’s; one person is one vote.',
    `If it is yours: \`/rollout unlink ${platform}\` first, or ask whoever keeps policy.yaml. The code is void now.`,
  );
}

/** Takes links away: those of a platform, that of the account that asks, or the only one. */
export function unlink(
  person: Person,
  from: Account,
  platform: string | undefined,
  policy: Policy,
  state: AccountsState,
): AccountsDecision {
  const mine = state.links.filter((link) => link.person === person.id);
  const here = mine.filter(({ account }) => isSameAccount(account, from));
  const wanted = platform === undefined ? (here.length > 0 ? here : mine) : of(mine, platform);
  const platforms = [...new Set(wanted.map(({ account }) => account.platform))];
  const refusal =
    wanted.length === 0
      ? nothingLinked(person, from, platform, policy)
      : platforms.length > 1
        ? whichOne(platforms)
        : undefined;
  if (refusal) return { actor: person, facts: [], refusal };
  const facts = wanted.map(
    ({ account }): AccountFact => ({ type: 'account.unlinked', data: { person: person.id, account } }),
  );
  return { actor: person, facts };
}

function of(links: AccountsState['links'], platform: string) {
  return links.filter(({ account }) => account.platform === platform.toLowerCase());
}

const notUnlinked = 'Nothing was unlinked.';

function nothingLinked(person: Person, from: Account, platform: string | undefined, policy: Policy): Refusal {
  const named = ownerOf(policy, from) === person.id;
  const where = platform === undefined ? '' : ` on ${platform.slice(0, 20).replaceAll('`', "'")}`;
  return refuse(
    'wrong-state',
    notUnlinked,
    `You linked no account${where}.`,
    named
      ? 'What policy.yaml names is changed there. See what is yours with `/rollout whoami`.'
      : 'See what is yours with `/rollout whoami`.',
  );
}

function whichOne(platforms: readonly string[]): Refusal {
  const ways = platforms.map((platform) => `\`/rollout unlink ${platform}\``).join(' or ');
  return refuse('bad-input', notUnlinked, 'You linked accounts on several platforms.', `Say which: ${ways}.`);
}
