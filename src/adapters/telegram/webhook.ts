import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BotApi } from './api.ts';
import { classify } from './errors.ts';
import type { Log } from './log.ts';
import { pause } from './pause.ts';
import { allowedUpdates } from './updates.ts';

export interface Webhook {
  /** The address that Telegram calls. */
  url: string;
  /** What Telegram sends with each call. */
  secret: string;
}

/** The largest update that is read, in bytes; Telegram's are far smaller. */
const largest = 1_000_000;

/** The path at which updates come in; an address without one gets a path of its own. */
export function webhookPath({ url }: Pick<Webhook, 'url'>): string {
  const { pathname } = new URL(url);
  return pathname === '/' ? '/telegram/webhook' : pathname;
}

/**
 * Takes updates by HTTP. Answers 200 only once an update is taken; Telegram delivers again what got another answer.
 * `take` is undefined for as long as the bot does not listen.
 */
export function webhookListener(
  { secret }: Pick<Webhook, 'secret'>,
  take: () => ((update: unknown) => Promise<void>) | undefined,
  log: Log,
): (request: IncomingMessage, response: ServerResponse) => void {
  const expected = digest(secret);
  async function answer(request: IncomingMessage): Promise<number> {
    const given = request.headers['x-telegram-bot-api-secret-token'];
    if (typeof given !== 'string' || !timingSafeEqual(digest(given), expected)) return 401;
    const taking = take();
    if (taking === undefined) return 503;
    const body = await bodyOf(request);
    if (body === undefined) return 413;
    const update = parsed(body);
    if (update === undefined) return 400;
    await taking(update);
    return 200;
  }
  return (request, response) => {
    answer(request).then(
      (status) => end(response, status),
      (error: unknown) => {
        log.error({ err: error }, 'An update from Telegram was not taken');
        end(response, 503);
      },
    );
  };
}

/** Tells Telegram where to call, again and again until it has heard it. */
export async function announceWebhook(
  api: BotApi,
  { url, secret }: Webhook,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  const address = new URL(url);
  address.pathname = webhookPath({ url });
  for (let failures = 0; !stopping.aborted; failures += 1) {
    try {
      const allowed_updates = [...allowedUpdates];
      await api(
        'setWebhook',
        { url: address.href, secret_token: secret, allowed_updates },
        { signal: stopping },
      );
      log.info({ url: address.href }, 'Telegram calls the webhook');
      return;
    } catch (error) {
      if (stopping.aborted) return;
      const failure = classify('setWebhook', error, true);
      log.warn({ err: failure }, 'Telegram was not told of the webhook (TELEGRAM_WEBHOOK_URL); trying again');
      await pause(failure.retryAfter ?? Math.min(60_000, 1_000 * 2 ** failures), stopping);
    }
  }
}

/** Digests are of one length, so that comparing them takes the same time for every secret. */
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > largest) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  // A body that was not read to its end leaves a connection of no use.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, status === 503 ? { 'retry-after': '1' } : {}).end();
}
