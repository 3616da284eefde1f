import { genesis } from '../rollout/chain.ts';
import { type Account, isSameAccount, type Link } from './account.ts';
import type { AccountEvent } from './event.ts';

/** A code that was handed out, by its hash; ISO 8601 times. A person has one at most. */
export interface Code {
  person: string;
  hash: string;
  until: string;
}

/** What the journal of accounts says now. */
export interface AccountsState {
  seq: number;
  head: string;
  links: readonly Link[];
  codes: readonly Code[];
  /** Wrong codes of the last hour, oldest first. */
  misses: readonly { account: Account; at: string }[];
}

/** So long (milliseconds) a wrong code is held against an account. */
export const missWindow = 3_600_000;

export function newAccounts(): AccountsState {
  return { seq: 0, head: genesis, links: [], codes: [], misses: [] };
}

/** Folds one event in. */
export function foldAccounts(state: AccountsState, event: AccountEvent): AccountsState {
  const next = { ...state, seq: event.seq, head: event.hash };
  switch (event.type) {
    case 'code.issued': {
      const { person, code: hash, until } = event.data;
      return { ...next, codes: [...codesBut(next, person, event.at), { person, hash, until }] };
    }
    case 'code.missed': {
      const recent = state.misses.filter(({ at }) => Date.parse(event.at) - Date.parse(at) < missWindow);
      return { ...next, misses: [...recent, { account: event.data.account, at: event.at }] };
    }
    case 'code.spent':
      return { ...next, codes: codesBut(next, event.data.person, event.at) };
    case 'account.linked': {
      const { person, account } = event.data;
      return {
        ...next,
        codes: codesBut(next, person, event.at),
        links: [...linksBut(next, account), { person, account, at: event.at }],
      };
    }
    case 'account.unlinked':
      return { ...next, links: linksBut(next, event.data.account) };
  }
}

/** The codes of others, without those that are over. */
function codesBut({ codes }: AccountsState, person: string, now: string): Code[] {
  return codes.filter((code) => code.person !== person && Date.parse(code.until) > Date.parse(now));
}

function linksBut({ links }: AccountsState, account: Account): Link[] {
  return links.filter((link) => !isSameAccount(link.account, account));
}
