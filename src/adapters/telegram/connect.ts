import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Chart } from '../../core/rollout/event.ts';
import type { ChatPort, Inbox, LookAhead } from '../../ports/chat.ts';
import type { Clock, NewNonce } from '../../ports/clock.ts';
import type { Deliveries } from '../../ports/deliveries.ts';
import type { Memory, Turns } from '../../ports/memory.ts';
import { createAnswers } from './answers.ts';
import { botApi } from './api.ts';
import { createAsking } from './asking.ts';
import { telegramChat } from './chat.ts';
import { checkTelegram } from './check.ts';
import { createConfirmations } from './confirmations.ts';
import { type TelegramGateway, telegramGateway } from './gateway.ts';
import type { AccountsOf } from './html.ts';
import { introduce } from './introduce.ts';
import type { Log } from './log.ts';
import { createOutputs } from './outputs.ts';
import { createPictures } from './pictures.ts';
import { type Polling, startPolling } from './poll.ts';
import { putBack } from './pressed.ts';
import { createPresses } from './presses.ts';
import { createQuestions } from './questions.ts';
import { createRooms } from './rooms.ts';
import { announceWebhook, type Webhook, webhookListener, webhookPath } from './webhook.ts';

export interface TelegramOptions {
  botToken: string;
  apiRoot: string;
  /** Absent: long polling. */
  webhook?: Webhook;
  accountsOf?: AccountsOf;
  /** Whether environments or policy name a room by this very name. */
  isNamed?(channel: string): boolean;
  /** A chart as a PNG picture; absent: charts are told in words. */
  drawPng?(chart: Chart): Promise<Uint8Array>;
  /** What all processes of this bot share. */
  memory: Memory;
  turns: Turns;
  deliveries: Deliveries;
  clock: Clock;
  newNonce: NewNonce;
  log: Log;
  /** The token was checked just now, by `checkTelegram`. */
  checked?: boolean;
}

export interface Telegram {
  chat: ChatPort;
  /**
   * Checks the token and begins to listen. Throws when Telegram refuses the token; Telegram being away is no
   * fault: it is tried again and again. `lookAhead` saves people a way to the store where they press.
   */
  start(inbox: Inbox, lookAhead?: LookAhead): Promise<void>;
  /** Where updates come in by HTTP; the body must not have been read. Undefined with long polling. */
  webhook: { path: string; listener(request: IncomingMessage, response: ServerResponse): void } | undefined;
  /** Whether presses can arrive at this process now. */
  connected(): boolean;
  /** Stops listening, and waits for what was taken to be answered. */
  stop(): Promise<void>;
}

/** What was left behind is looked for so often (milliseconds). */
const tidyEvery = 5_000;

export function connectTelegram(options: TelegramOptions): Telegram {
  const { log, webhook } = options;
  const shared = partsOf(options);
  const stopping = new AbortController();
  let gateway: TelegramGateway | undefined;
  let polling: Polling | undefined;
  let listening = Promise.resolve();
  let tidying: NodeJS.Timeout | undefined;

  async function listen(inbox: Inbox, lookAhead?: LookAhead): Promise<void> {
    const bot = await introduce(shared.api, { polls: webhook === undefined, log }, stopping.signal);
    if (bot === undefined) return;
    const asking = createAsking({ ...options, ...shared, inbox });
    const ahead = lookAhead === undefined ? {} : { lookAhead };
    const hearing = telegramGateway({ ...options, ...shared, ...ahead, inbox, asking }, bot);
    gateway = hearing;
    tidying = setInterval(() => void tidy(hearing), tidyEvery);
    await tidy(hearing);
    if (webhook) await announceWebhook(shared.api, webhook, log, stopping.signal);
    else if (!stopping.signal.aborted)
      polling = startPolling({
        ...options,
        api: shared.api,
        bot: bot.id,
        take: (update) => hearing.take(update),
      });
  }

  /** While Redis is away there is nothing to tidy; it is tried again. */
  async function tidy(hearing: TelegramGateway): Promise<void> {
    await hearing.resume().catch(() => undefined);
    await putBack({ ...shared, log }).catch(() => undefined);
  }

  return {
    chat: telegramChat(shared),
    async start(inbox, lookAhead) {
      if (!options.checked) await checkTelegram(options);
      listening = listen(inbox, lookAhead).catch((error: unknown) =>
        log.error({ err: error }, 'Telegram is not listened to'),
      );
    },
    webhook: webhook && {
      path: webhookPath(webhook),
      listener: webhookListener(webhook, () => gateway && ((update) => taking(gateway, update)), log),
    },
    connected: () => (webhook ? gateway !== undefined : (polling?.listening() ?? false)),
    async stop() {
      stopping.abort();
      clearInterval(tidying);
      await listening;
      await polling?.stop();
      await gateway?.settled();
    },
  };
}

async function taking(gateway: TelegramGateway | undefined, update: unknown): Promise<void> {
  await gateway?.take(update);
}

function partsOf(options: TelegramOptions) {
  const { botToken, apiRoot, memory, clock, newNonce, accountsOf = () => [] } = options;
  const own = within(memory, `telegram:${botToken.split(':')[0]}:`);
  const api = botApi(botToken, apiRoot);
  const rooms = createRooms(own, options.isNamed);
  const presses = createPresses(own, botToken);
  const answers = createAnswers({ api, presses, rooms, accountsOf, log: options.log });
  const pictures = createPictures({ ...options, memory: own });
  const bringOutput = createOutputs({ api, memory: own, log: options.log });
  const confirmations = createConfirmations(own, clock, newNonce);
  const questions = createQuestions(own, clock);
  return { api, rooms, presses, answers, pictures, bringOutput, confirmations, questions, accountsOf };
}

/** The part of a memory whose keys begin so. */
function within(memory: Memory, prefix: string): Memory {
  return {
    read: (key) => memory.read(prefix + key),
    write: (key, value, time) => memory.write(prefix + key, value, time),
    take: (key) => memory.take(prefix + key),
  };
}
