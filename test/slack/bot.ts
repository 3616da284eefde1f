import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  connectSlack,
  type Slack,
  type SlackDesk,
  type SlackOptions,
  slackEventsPath,
} from '../../src/adapters/slack/connect.ts';
import type { Card } from '../../src/core/card/card.ts';
import type { Inbox, Incoming } from '../../src/ports/chat.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { smallCard } from '../chat-contract/cards.ts';
import type { SlackDouble } from '../doubles/slack/start.ts';
import { keptLog } from './quiet.ts';

/** An inbox that remembers what it got, and answers `heard: …` once `open` lets it. */
export function recordingInbox() {
  const heard: Incoming[] = [];
  let gate = Promise.resolve();
  let answer: (message: Incoming) => Card = ({ text }) => smallCard(`heard: ${text}`);
  const inbox: Inbox = async (message) => {
    heard.push(message);
    await gate;
    return { ok: true, card: answer(message) };
  };
  return {
    inbox,
    heard,
    /** Holds answers back; call the result to let them go. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    answerWith(card: (message: Incoming) => Card): void {
      answer = card;
    },
  };
}

export type BotOptions = Partial<SlackOptions>;

/** The Slack adapter on a double, listening by Socket Mode. */
export async function socketBot(
  double: SlackDouble,
  inbox: Inbox,
  options: BotOptions = {},
  desk?: SlackDesk,
) {
  const log = keptLog();
  const slack = connectSlack({
    botToken: double.workspace.botToken,
    appToken: double.workspace.appToken,
    apiUrl: double.apiUrl,
    clock: systemClock,
    log,
    ...options,
  });
  await slack.start(inbox, desk);
  return { slack, log };
}

/** The Slack adapter on a double, listening by HTTP at `url`. */
export async function httpBot(double: SlackDouble, options: BotOptions = {}) {
  const log = keptLog();
  const slack = connectSlack({
    botToken: double.workspace.botToken,
    signingSecret: double.workspace.signingSecret,
    apiUrl: double.apiUrl,
    clock: systemClock,
    log,
    ...options,
  });
  const server = createServer((request, response) => slack.listener?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    slack,
    log,
    url: `http://127.0.0.1:${port}${slackEventsPath}`,
    stop: () => stopped(server, slack),
  };
}

async function stopped(server: ReturnType<typeof createServer>, slack: Slack): Promise<void> {
  await slack.stop();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
