import { type Logger, webApi } from '@slack/bolt';
import { type Log, slackLogger } from './log.ts';

/** Calls to Slack are given up after this many milliseconds: with its files a message takes less than ten seconds. */
const callTimeout = 6_000;

/** A client that never repeats a call by itself: the caller decides, as only it knows what repeating does. */
export function slackClient(
  token: string,
  apiUrl: string | undefined,
  log: Log,
  timeout = callTimeout,
): webApi.WebClient {
  return new webApi.WebClient(token, { ...clientOptions(apiUrl, slackLogger(log)), timeout });
}

export function clientOptions(apiUrl: string | undefined, logger: Logger): webApi.WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    logger,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: callTimeout,
    allowAbsoluteUrls: false,
  };
}
