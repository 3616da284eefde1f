import { platformOf, roomOf } from '../jobs/outbound/channel-name.ts';
import type { LimitsOf } from '../jobs/outbound/pace.ts';
import type { Limit } from '../ports/allowance.ts';

/**
 * How many calls the platforms take. Calls that people wait for may use the last part of a burst, which progress
 * leaves alone.
 *
 * Slack (api.slack.com/apis/rate-limits): about one message a second in a channel, short bursts are let pass; edits are
 * tier 3, 50 a minute for the whole app, and so is reading a thread back.
 * Telegram (core.telegram.org/bots/faq): about one message a second in a chat, 20 a minute in a group, 30 a second in
 * all; edits count like messages.
 * The console is our own.
 */
export const limitsOf: LimitsOf = (channel, { call, urgent }) => {
  switch (platformOf(channel)) {
    case 'slack':
      return call === 'post'
        ? [{ name: channel, every: 1_000, burst: urgent ? 4 : 3, held: true }]
        : [{ name: `slack ${call}`, every: 1_500, burst: urgent ? 10 : 6, held: true }, inChannel(channel)];
    case 'telegram':
      return inTelegram(chatOf(channel), urgent);
    default:
      return [];
  }
};

function inChannel(channel: string) {
  return { name: `${channel} calls`, every: 1_000, burst: 2 };
}

/** The topics of a forum (`chat/topic`) are one chat. */
function chatOf(channel: string): string {
  return roomOf(channel).split('/')[0] ?? '';
}

/** Groups have negative numbers. */
function inTelegram(chat: string, urgent: boolean): Limit[] {
  const inAll = { name: 'telegram', every: 40, burst: 5 };
  const inChat = { name: `telegram:${chat}`, every: 1_000, burst: 2, held: true as const };
  const inGroup = { name: `telegram:${chat} a minute`, every: 4_000, burst: urgent ? 5 : 4 };
  return chat.startsWith('-') ? [inAll, inChat, inGroup] : [inAll, inChat];
}
