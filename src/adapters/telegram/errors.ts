import { TelegramError } from 'telegraf';
import { z } from 'zod';
import { ChatError } from '../../ports/chat.ts';
import { notConnected } from './connections.ts';

/** The call never left this machine, or reached nobody. */
const unreachedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  notConnected,
]);

/** What Telegram says, as its server words it, what it means, and what a person can do. */
const sayings: readonly [RegExp, ChatError['reason'], string?][] = [
  [/message to (edit|be replied|delete) not found|MESSAGE_ID_INVALID|message can't be edited/i, 'gone'],
  [
    /message thread not found|TOPIC_DELETED/i,
    'closed',
    'The topic was deleted: name another one in the environment.',
  ],
  [/TOPIC_CLOSED/, 'closed', 'Open the topic again, or let the bot manage topics.'],
  [
    /chat not found/i,
    'closed',
    'Check the id of the group (`/rollout whoami` there says it), and add the bot.',
  ],
  [/bot was kicked/i, 'closed', 'Add the bot to the group again.'],
  [/not a member of the/i, 'closed', 'Add the bot to the group.'],
  [
    /blocked by the user|user is deactivated|can't initiate conversation/i,
    'closed',
    'The person has to open a chat with the bot.',
  ],
  [
    /group chat was deleted|CHAT_WRITE_FORBIDDEN|group chat was deactivated/i,
    'closed',
    'Name another group in the environment.',
  ],
  [
    /not enough rights|have no (rights|write access)|CHAT_SEND_\w+_FORBIDDEN|CHAT_ADMIN_REQUIRED/i,
    'closed',
    'Let the bot send messages and pictures in the group.',
  ],
  [/group chat was upgraded/i, 'closed', 'The group has a new id; `/rollout whoami` there says it.'],
];

/** The message says already what it was to say. Rule: Telegram counts that as an error. */
export function isUnchanged(error: unknown): boolean {
  return error instanceof TelegramError && /message is not modified/i.test(error.description);
}

/** A press that was answered too late; nothing is lost by it. */
export function isTooOld(error: unknown): boolean {
  return error instanceof TelegramError && /query is too old|query ID is invalid/i.test(error.description);
}

/** Another program asks for the same bot's updates. */
export function isConflict(error: unknown): error is TelegramError {
  return error instanceof TelegramError && error.code === 409;
}

/** The token is not one of a bot. Telegram answers 404 to what does not even look like a token. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof TelegramError && (error.code === 401 || error.code === 404);
}

const migrationSchema = z.object({ migrate_to_chat_id: z.int() });

/** The new id of a group that became a supergroup. */
export function migratedTo(error: unknown): number | undefined {
  if (!(error instanceof TelegramError)) return undefined;
  return migrationSchema.safeParse(error.parameters).data?.migrate_to_chat_id;
}

/**
 * What a failed call to Telegram means. `repeatable` calls (edits, reads) are never doubtful: doing them again is
 * harmless. An answer of 5xx is unclear too: Telegram's own server gives 500 to what was under way when it restarts, and
 * what stands before it 502 and 504 to what it handed on. The message never holds the token.
 */
export function classify(method: string, error: unknown, repeatable: boolean): ChatError {
  if (error instanceof ChatError) return error;
  const unclear = repeatable ? 'unavailable' : 'doubtful';
  if (error instanceof TelegramError) return refusalOf(method, error, unclear);
  if (unreachedCodes.has(codeOf(error))) {
    return new ChatError('unavailable', `Telegram could not be reached for ${method}.`, { cause: error });
  }
  return new ChatError(unclear, `The connection to Telegram broke during ${method}.`, { cause: error });
}

function refusalOf(method: string, error: TelegramError, unclear: ChatError['reason']): ChatError {
  if (error.code === 429) {
    return new ChatError('rate-limited', `Telegram asked to slow down (${method}).`, {
      cause: error,
      retryAfter: (error.parameters?.retry_after ?? 5) * 1_000,
    });
  }
  if (error.code >= 500) {
    return new ChatError(unclear, `Telegram answered ${method} with HTTP ${error.code}.`, { cause: error });
  }
  if (isUnauthorized(error)) {
    return new ChatError(
      'closed',
      `Telegram refused the bot's token (${error.description}). Check TELEGRAM_BOT_TOKEN; BotFather shows it under /mybots.`,
      { cause: error },
    );
  }
  const [, reason = 'refused', advice] = sayings.find(([words]) => words.test(error.description)) ?? [];
  const said = [`Telegram refused ${method}: ${error.description}.`, advice ?? ''].filter(
    (text) => text !== '',
  );
  return new ChatError(reason, said.join(' '), { cause: error });
}

/** The system's code of an error, or of the first cause that has one. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}
