import type { Card } from '../../../core/card/card.ts';
import { ChatError, type MessageRef } from '../../../ports/chat.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Attached } from '../blocks.ts';
import { isUnreadyFile } from '../errors.ts';
import type { FileOf } from './outputs.ts';
import type { Picture, Pictures } from './pictures.ts';

/** Sends a message with these files in it. */
type Send<T> = (attached: Attached) => Promise<T>;

/** Charts as pictures, and long output as a file. What can't be had is told in words: a message never waits for it. */
export interface CardFiles {
  post(card: Card, send: Send<MessageRef>): Promise<MessageRef>;
  update(message: MessageRef, card: Card, send: Send<void>): Promise<void>;
}

export const withoutFiles: CardFiles = {
  post: (_card, send) => send({}),
  update: (_message, _card, send) => send({}),
};

/**
 * Files may take so many milliseconds of a call, which has to end within ten seconds. A new file is looked at by
 * Slack for a moment before it can be shown; the message is refused until then, so it can be sent again.
 */
export const filesTime = 3_500;
const waits = [300, 600, 1_200];

export interface FilesParts {
  pictures: Pictures;
  fileOf: FileOf;
  clock: Clock;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

export function cardFiles({ pictures, fileOf, clock, sleep }: FilesParts): CardFiles {
  /** Sends with a picture as soon as Slack can show it; answers whether it did. */
  async function sendWith<T>(
    send: Send<T>,
    attached: Attached,
    picture: Picture | undefined,
    deadline: number,
  ): Promise<{ answer: T; shown: Picture | undefined }> {
    if (picture === undefined) return { answer: await send(attached), shown: undefined };
    for (const wait of [...waits, undefined]) {
      try {
        return { answer: await send({ ...attached, picture: picture.file }), shown: picture };
      } catch (error) {
        if (!(error instanceof ChatError && isUnreadyFile(error))) throw error;
        if (wait === undefined || clock.now() + wait > deadline) break;
        await sleep(wait);
      }
    }
    return { answer: await send(attached), shown: undefined };
  }

  /** A new picture that no message came to show is taken away; where nobody knows, it stays. */
  async function taken<T>(fresh: Picture | undefined, sending: Promise<T>): Promise<T> {
    try {
      return await sending;
    } catch (error) {
      const unclear = error instanceof ChatError && ['doubtful', 'unavailable'].includes(error.reason);
      if (fresh !== undefined && !unclear) pictures.discard(fresh);
      throw error;
    }
  }

  return {
    async post(card, send) {
      const deadline = clock.now() + filesTime;
      const picture = await pictures.of(card.chart, undefined, deadline);
      const { answer, shown } = await taken(picture, sendWith(send, {}, picture, deadline));
      if (shown === undefined && picture !== undefined) pictures.discard(picture);
      await pictures.keep(answer, shown, undefined);
      return answer;
    },
    async update(message, card, send) {
      const deadline = clock.now() + filesTime;
      const before = await pictures.shownBy(message);
      const output = await fileOf(message, card, deadline);
      const picture = await pictures.of(card.chart, before, deadline);
      const fresh = picture?.file === before?.file ? undefined : picture;
      const attached = output === undefined ? {} : { output };
      const { shown } = await taken(fresh, sendWith(send, attached, picture, deadline));
      if (shown === undefined && fresh !== undefined) pictures.discard(fresh);
      await pictures.keep(message, shown, before);
    },
  };
}
