import type { Agent } from 'node:https';
import { Telegram } from 'telegraf';
import type { Telegram as Methods, Opts } from 'telegraf/types';
import { connections } from './connections.ts';

export interface CallOptions {
  /** Milliseconds after which the call is given up. */
  timeout?: number;
  /** Gives the call up early. */
  signal?: AbortSignal;
}

/** The methods of Telegram's Bot API. A call that fails throws telegraf's own error, or the connection's. */
export type BotApi = <M extends keyof Methods>(
  method: M,
  payload: Opts<M>,
  options?: CallOptions,
) => Promise<unknown>;

/** A thread's lock relies on a call that ends within 10 s (milliseconds). */
export const callTimeout = 9_000;

/** Telegraf names the signal of an older library; the one of Node works as well. */
type Signal = NonNullable<NonNullable<Parameters<Telegram['callApi']>[2]>['signal']>;

/**
 * Telegraf's client, for calls only: it never repeats one by itself. Telegraf's own loops are not used, as they
 * confirm updates before these are kept, and end for good at a conflict.
 */
export function botApi(token: string, apiRoot: string, agent: Agent = connections()): BotApi {
  const telegram = new Telegram(token, { apiRoot, agent, webhookReply: false });
  return (method, payload, { timeout = callTimeout, signal } = {}) => {
    const limit = AbortSignal.timeout(timeout);
    const ending = signal ? AbortSignal.any([limit, signal]) : limit;
    return telegram.callApi(method, payload, { signal: ending as unknown as Signal });
  };
}
