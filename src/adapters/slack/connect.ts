import type { IncomingMessage, ServerResponse } from 'node:http';
import { App, HTTPReceiver, type Logger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { ChatPort, Inbox } from '../../ports/chat.ts';
import type { Forms } from '../../ports/forms.ts';
import type { AskAbout, LookAround } from '../../ports/overview.ts';
import type { Seen } from '../../ports/seen.ts';
import { slackChat } from './chat.ts';
import { checkBotToken } from './check.ts';
import { clientOptions, slackClient } from './client.ts';
import { type FilesOptions, slackFiles } from './files/connect-files.ts';
import { type SlackGateway, slackGateway } from './gateway.ts';
import { keepHomes } from './home/keep-homes.ts';
import type { RootOf } from './home/thread-links.ts';
import { slackLogger } from './log.ts';
import { refuseReplays } from './replay.ts';
import { type KeptSocket, keepConnected } from './socket.ts';

/** The path that Slack delivers to in HTTP mode. */
export const slackEventsPath = '/slack/events';

export interface SlackOptions extends FilesOptions {
  /** Socket Mode. */
  appToken?: string;
  /** HTTP mode; both may be on. */
  signingSecret?: string;
  /** What all processes on one workspace share, so that a delivery counts once. */
  seen?: Seen;
  /** The tokens were checked just now, by `checkSlack`. */
  checked?: boolean;
}

/** What people reach through Slack beside commands and buttons: forms, the shortcut on a message, the Home tab. */
export interface SlackDesk {
  forms: Forms;
  about: AskAbout;
  look: LookAround;
  /** Where the root of a rollout's thread stands in a room. */
  rootOf: RootOf;
  /** Called when a rollout changes; returns the way to stop. */
  onChange(listener: () => void): () => void;
}

export interface Slack {
  chat: ChatPort;
  /**
   * Checks the bot token and begins to listen. Throws when Slack refuses the token; Slack being away is no
   * fault: it is tried again and again.
   */
  start(inbox: Inbox, desk?: SlackDesk): Promise<void>;
  /** HTTP mode: takes `POST /slack/events`. The body must not have been read. Undefined without a signing secret. */
  listener: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Whether presses can arrive now. */
  connected(): boolean;
  /** Stops listening, and waits for what was acknowledged to be answered. */
  stop(): Promise<void>;
}

export function connectSlack(options: SlackOptions): Slack {
  const { log, signingSecret } = options;
  const logger = slackLogger(log);
  const client = slackClient(options.botToken, options.apiUrl, log);
  const http = signingSecret === undefined ? undefined : httpReceiver(signingSecret, logger);
  let gateway: SlackGateway | undefined;
  let socket: KeptSocket | undefined;
  let stopHomes: (() => Promise<void>) | undefined;

  function listen(receiver: Receiver, listening: SlackGateway): App {
    const app = new App({
      receiver,
      authorize: async () => ({ botToken: options.botToken }),
      logger,
      clientOptions: clientOptions(options.apiUrl, logger),
      ignoreSelf: false,
      convoStore: false,
    });
    app.error(async (error) => log.error({ err: error }, 'A Slack delivery failed'));
    if (receiver === http) refuseReplays(app, options);
    listening.listenTo(app);
    return app;
  }

  return {
    chat: slackChat(client, options.accountsOf, slackFiles(options)),
    async start(inbox, desk) {
      if (!options.checked) await checkBotToken(options);
      const homes = desk && keepHomes(client, desk, options);
      stopHomes = homes?.stop;
      gateway = slackGateway({ ...options, ...desk, ...(homes && { home: homes.home }), inbox, client });
      if (http !== undefined) listen(http, gateway);
      if (options.appToken === undefined) return;
      const receiver = socketReceiver(options.appToken, options.apiUrl, logger);
      listen(receiver, gateway);
      socket = keepConnected(receiver.client, log);
    },
    listener: http && httpListener(http, () => gateway !== undefined),
    connected: () => socket?.connected() ?? http !== undefined,
    async stop() {
      await socket?.stop();
      await gateway?.settled();
      await stopHomes?.();
    },
  };
}

function httpReceiver(signingSecret: string, logger: Logger): HTTPReceiver {
  return new HTTPReceiver({
    signingSecret,
    endpoints: slackEventsPath,
    logger,
    customPropertiesExtractor: ({ headers }) => ({ slackSignature: headers['x-slack-signature'] }),
  });
}

function socketReceiver(appToken: string, apiUrl: string | undefined, logger: Logger): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken,
    logger,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: clientOptions(apiUrl, logger) },
  });
}

/** Takes deliveries from when the app listens; Slack tries again what came before. */
function httpListener(receiver: HTTPReceiver, listening: () => boolean): NonNullable<Slack['listener']> {
  return (request, response) => {
    if (listening()) receiver.requestListener(request, response);
    else response.writeHead(503, { 'retry-after': '1' }).end();
  };
}
