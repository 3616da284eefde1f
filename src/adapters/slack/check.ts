import type { ChatError } from '../../ports/chat.ts';
import { slackClient } from './client.ts';
import { classify } from './errors.ts';
import type { Log } from './log.ts';

export interface CheckedTokens {
  botToken: string;
  appToken?: string;
  apiUrl?: string;
  log: Log;
}

/** The check of a token at the start must not hold the bot up (milliseconds). */
const checkTimeout = 3_000;

/** What Slack's library says of a refused call is in the error already. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Asks Slack whether the tokens are good. Throws one error of all refusals, in words for a person; Slack being
 * away is no fault.
 */
export async function checkSlack(tokens: CheckedTokens): Promise<void> {
  const refusals = (await Promise.all([askBotToken(tokens), askAppToken(tokens)])).flat();
  if (refusals.length > 0) throw new AggregateError(refusals, 'Slack refuses the tokens.');
}

/** The same for the bot token alone. */
export async function checkBotToken(tokens: CheckedTokens): Promise<void> {
  for (const refusal of await askBotToken(tokens)) throw refusal;
}

function askBotToken({ botToken, apiUrl, log }: CheckedTokens): Promise<ChatError[]> {
  const client = slackClient(botToken, apiUrl, silent, checkTimeout);
  return refusalOf('auth.test', 'SLACK_BOT_TOKEN', log, () => client.auth.test());
}

async function askAppToken({ appToken, apiUrl, log }: CheckedTokens): Promise<ChatError[]> {
  if (appToken === undefined) return [];
  const client = slackClient(appToken, apiUrl, silent, checkTimeout);
  return refusalOf('apps.connections.open', 'SLACK_APP_TOKEN', log, () => client.apps.connections.open());
}

async function refusalOf(
  method: string,
  variable: string,
  log: Log,
  call: () => Promise<unknown>,
): Promise<ChatError[]> {
  try {
    await call();
    return [];
  } catch (error) {
    const failure = classify(method, error, true, variable);
    if (failure.reason === 'refused' || failure.reason === 'closed') return [failure];
    log.warn(
      { err: failure },
      'Slack could not be reached at the start; messages are tried again until it can',
    );
    return [];
  }
}
