import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Card } from '../../../core/card/card.ts';
import { messageOf } from '../blocks.ts';
import type { AccountsOf } from '../mrkdwn.ts';

/** What a window with a card keeps while it is open. */
export interface WindowNote {
  /** The address of a message that the person pointed at. */
  about?: string;
}

const windowSchema = z.strictObject({ about: z.string().optional() });

export function decodeWindow(metadata: string): WindowNote {
  try {
    const { about } = windowSchema.safeParse(JSON.parse(metadata)).data ?? {};
    return about === undefined ? {} : { about };
  } catch {
    return {};
  }
}

/** A card in a window of its own, with its buttons. */
export function windowOf(card: Card, accountsOf: AccountsOf, note: WindowNote = {}): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'cutover-window',
    private_metadata: JSON.stringify(note),
    title: { type: 'plain_text', text: 'Cutover' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: messageOf(card, accountsOf).blocks,
  };
}

/** A window that is there at once, while what it is to show is looked up. */
export function waitingWindow(note: WindowNote): types.ModalView {
  const text = 'Looking it up …';
  const card: Card = { tone: 'plain', title: [text], lines: [], actions: [], links: [] };
  return windowOf(card, () => [], note);
}
