import { RespondError, webApi } from '@slack/bolt';
import { ChatError } from '../../ports/chat.ts';

/** The message can't be edited or answered any more: deleted, or posted by an app that was replaced. */
const goneCodes: ReadonlySet<string> = new Set([
  'message_not_found',
  'thread_not_found',
  'cant_update_message',
  'edit_window_closed',
]);

/** Nothing can be written until a person mends it. */
const closedCodes: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'channel_is_limited_access',
  'no_permission',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_locked',
  'team_access_not_granted',
  'org_login_required',
  'ekm_access_denied',
  'access_denied',
  'missing_scope',
  'invalid_auth',
  'not_authed',
  'not_allowed_token_type',
  'account_inactive',
  'token_revoked',
  'token_expired',
]);

/** Slack says of these that part of the work may have been done. */
const halfDoneCodes: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
]);

/** The call never left this machine, reached nobody, or somebody who could not show to be Slack. */
const unreachedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const advice: Readonly<Record<string, string>> = {
  not_in_channel: 'Invite the bot into the channel.',
  channel_not_found: 'Check the id of the channel, and invite the bot when it is private.',
  is_archived: 'Unarchive the channel, or name another one in the environment.',
  restricted_action: 'Let the bot post in the channel.',
  restricted_action_read_only_channel: 'Let the bot post in the channel.',
  invalid_auth: 'Check {token}.',
  not_authed: 'Check {token}.',
  not_allowed_token_type: 'Check {token}: it is a token of another kind.',
  account_inactive: 'The bot was removed from the workspace; install it again and set {token}.',
  token_revoked: 'Install the bot again and set {token}.',
  missing_scope:
    'Add the missing scope to the app (docs/slack-manifest.yaml lists them) and install it again.',
};

/**
 * What a failed call to Slack means. `repeatable` calls (edits, reads) are never doubtful: doing them again is
 * harmless. The message never holds a token; `variable` is the one that it came from.
 */
export function classify(
  method: string,
  error: unknown,
  repeatable: boolean,
  variable = 'SLACK_BOT_TOKEN',
): ChatError {
  if (error instanceof ChatError) return error;
  const unclear = repeatable ? 'unavailable' : 'doubtful';
  if (error instanceof webApi.WebAPIRateLimitedError) return rateLimited(method, error, error.retryAfter);
  if (error instanceof webApi.WebAPIPlatformError) return platformError(method, error, unclear, variable);
  if (error instanceof webApi.WebAPIHTTPError || error instanceof RespondError) {
    const refused = error.statusCode >= 400 && error.statusCode < 500;
    const reason = refused ? 'refused' : unclear;
    return new ChatError(reason, `Slack answered ${method} with HTTP ${error.statusCode}.`, { cause: error });
  }
  if (error instanceof webApi.WebAPIRequestError && unreachedCodes.has(codeOf(error.original))) {
    return new ChatError('unavailable', `Slack could not be reached for ${method}.`, { cause: error });
  }
  return new ChatError(unclear, `The connection to Slack broke during ${method}.`, { cause: error });
}

function platformError(
  method: string,
  error: webApi.WebAPIPlatformError,
  unclear: 'unavailable' | 'doubtful',
  variable: string,
): ChatError {
  const code = error.data.error;
  if (code === 'ratelimited' || code === 'rate_limited') {
    return rateLimited(method, error, error.data.response_metadata?.retryAfter ?? 30);
  }
  const reason = halfDoneCodes.has(code) ? unclear : reasonOf(code);
  const details = error.data.response_metadata?.messages ?? [];
  const said = [`Slack refused ${method}: ${code}.`, ...details, adviceOn(code, variable)].filter(
    (text) => text !== '',
  );
  return new ChatError(reason, said.join(' '), { cause: error });
}

function reasonOf(code: string): ChatError['reason'] {
  if (goneCodes.has(code)) return 'gone';
  return closedCodes.has(code) ? 'closed' : 'refused';
}

function adviceOn(code: string, variable: string): string {
  return advice[code]?.replace('{token}', variable) ?? '';
}

function rateLimited(method: string, cause: Error, seconds: number): ChatError {
  return new ChatError('rate-limited', `Slack asked to slow down (${method}).`, {
    cause,
    retryAfter: seconds * 1_000,
  });
}

/** Slack does not take a message because it can't show a file in it (yet): it looks at each file for a moment first. */
export function isUnreadyFile(error: ChatError): boolean {
  const { cause } = error;
  if (!(cause instanceof webApi.WebAPIPlatformError) || cause.data.error !== 'invalid_blocks') return false;
  return (cause.data.response_metadata?.messages ?? []).some((message) => /slack[ _]file/i.test(message));
}

/** The system's code of an error, or of the first cause that has one. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}
