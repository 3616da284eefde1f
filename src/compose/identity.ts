import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { linkCodes } from '../adapters/link-codes.ts';
import type { Log } from '../adapters/log.ts';
import type { InboxDeps } from '../commands/call.ts';
import { withLinks } from '../core/accounts/account.ts';
import type { Accounts, TellAccount } from '../ports/accounts.ts';
import type { ChatPort } from '../ports/chat.ts';
import type { Catalogue } from './catalogue.ts';

/** Milliseconds that a platform gets to take a notice: somebody waits for the answer to a command. */
const patience = 3_000;

/** Who is who over the platforms, and how people are told of changes to it. */
export function createIdentity(
  accounts: Accounts,
  chats: readonly ChatPort[],
  log: Log,
): InboxDeps['identity'] {
  return { accounts, codes: linkCodes, tell: telling(chats, log) };
}

function telling(chats: readonly ChatPort[], log: Log): TellAccount {
  return async ({ platform, id }, card) => {
    const chat = chats.find((each) => each.platform === platform);
    const room = chat?.directRoom?.(id);
    if (!chat || room === undefined) return false;
    const posted = chat.post(room, undefined, card, randomUUID()).then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error, platform }, 'Somebody could not be told of a change to their accounts');
        return false;
      },
    );
    return Promise.race([posted, pause(patience, false, { ref: false })]);
  };
}

/** The catalogue with the accounts that people linked in its policy, as last known here: for mentions, not for rights. */
export function withLinkedAccounts(catalogue: Catalogue, accounts: Accounts): Catalogue {
  return { ...catalogue, policy: () => withLinks(catalogue.policy(), accounts.known().links) };
}
