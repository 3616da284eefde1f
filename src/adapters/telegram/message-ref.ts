import type { MessageRef } from '../../ports/chat.ts';
import type { At } from './confirmations.ts';
import { channelOf, type Place } from './rooms.ts';

/** A message of the bot's, and the topic that it was posted to. */
export type Posted = At & { topic?: number };

/** How a message is known outside; one that is a picture stays one, so that it is edited as such. */
export function refOf(place: Place, message: number, isPicture: boolean): MessageRef {
  return { channel: channelOf(place), id: isPicture ? `picture:${message}` : `${message}` };
}

/** The message of a name that `refOf` made; undefined when it is none. */
export function readRef({ channel, id }: MessageRef): { at: Posted; isPicture: boolean } | undefined {
  const [, chat, topic] = /^(-?\d{1,16})(?:\/(\d{1,10}))?$/.exec(channel) ?? [];
  const [, picture, message] = /^(picture:)?(\d{1,15})$/.exec(id) ?? [];
  if (chat === undefined || message === undefined) return undefined;
  const at = { chat: Number(chat), message: Number(message) };
  return {
    at: topic === undefined ? at : { ...at, topic: Number(topic) },
    isPicture: picture !== undefined,
  };
}
