import { platformOf, roomOf } from '../jobs/outbound/channel-name.ts';
import type { LimitsOf } from '../jobs/outbound/pace.ts';

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
      return [
        { name: 'telegram', every: 40, burst: 5 },
        inChannel(channel),
        ...(isGroup(channel)
          ? [{ name: `${channel} a minute`, every: 4_000, burst: urgent ? 5 : 4, held: true as const }]
          : [{ name: `${channel} held`, every: 1_000, burst: 1, held: true as const }]),
      ];
    default:
      return [];
  }
};

function inChannel(channel: string) {
  return { name: `${channel} calls`, every: 1_000, burst: 2 };
}

/** Telegram gives groups negative numbers. */
function isGroup(channel: string): boolean {
  return roomOf(channel).startsWith('-');
}
