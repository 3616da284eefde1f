import type { Urgency } from '../core/card/urgent.ts';
import { platformOf, roomOf } from '../jobs/outbound/channel-name.ts';
import type { Next } from '../jobs/outbound/ensure.ts';
import type { LimitsOf } from '../jobs/outbound/pace.ts';
import type { Limit } from '../ports/allowance.ts';

/** How many calls may be made at once after a rest. */
type Bursts = Readonly<Record<Urgency, number>>;

/**
 * How many calls the platforms take. Calls that people wait for may use the last part of a burst, which progress
 * leaves alone, and the very last is kept for what has gone wrong: it does not wait for news of other rollouts.
 *
 * Slack (api.slack.com/apis/rate-limits): about one message a second in a channel, short bursts are let pass; edits are
 * tier 3, 50 a minute for the whole app, and so is reading a thread back.
 * Telegram (core.telegram.org/bots/faq): about one message a second in a chat, 20 a minute in a group, 30 a second in
 * all; edits count like messages.
 * The console is our own.
 */
export const limitsOf: LimitsOf = (channel, { call, urgency }) => {
  switch (platformOf(channel)) {
    case 'slack':
      return call === 'post'
        ? [{ name: channel, every: 1_000, burst: inSlack.posts[urgency], held: true }]
        : [
            { name: `slack ${call}`, every: 1_500, burst: inSlack.calls[urgency], held: true },
            inChannel(channel, urgency),
          ];
    case 'telegram':
      return inTelegram(chatOf(channel), { call, urgency });
    default:
      return [];
  }
};

const inSlack: Readonly<Record<'posts' | 'calls', Bursts>> = {
  posts: { progress: 3, act: 4, alarm: 6 },
  calls: { progress: 6, act: 10, alarm: 12 },
};
const inAChat: Bursts = { progress: 2, act: 2, alarm: 4 };
/**
 * Within any minute no more than 20: so many at once, and 10 more. The burst brings a thread up to date within ten
 * seconds after an outage; edits are rarer than they could be, so that they don't use it up.
 */
const inAGroup: Readonly<Record<'calls' | 'edits', Bursts>> = {
  calls: { progress: 7, act: 8, alarm: 10 },
  edits: { progress: 2, act: 3, alarm: 4 },
};

function inChannel(channel: string, urgency: Urgency) {
  return { name: `${channel} calls`, every: 1_000, burst: inAChat[urgency] };
}

/** The topics of a forum (`chat/topic`) are one chat. */
function chatOf(channel: string): string {
  return roomOf(channel).split('/')[0] ?? '';
}

/** Groups have negative numbers. */
function inTelegram(chat: string, { call, urgency }: Next): Limit[] {
  const name = `telegram:${chat}`;
  const inAll = { name: 'telegram', every: 40, burst: 5 };
  const inChat = { name, every: 1_000, burst: inAChat[urgency], held: true as const };
  if (!chat.startsWith('-')) return [inAll, inChat];
  const inGroup = { name: `${name} a minute`, every: 6_000, burst: inAGroup.calls[urgency] };
  const edits = { name: `${name} edits`, every: 8_000, burst: inAGroup.edits[urgency] };
  return call === 'edit' ? [inAll, inChat, inGroup, edits] : [inAll, inChat, inGroup];
}
