import { htmlOf } from '../../src/adapters/telegram/message.ts';
import { createPresses } from '../../src/adapters/telegram/presses.ts';
import type { Card } from '../../src/core/card/card.ts';

const memory = { read: async () => undefined, write: async () => undefined, take: async () => undefined };
const presses = createPresses(memory, '1:picture');

const account: Readonly<Record<string, number>> = { alice: 1, bob: 2, carol: 3 };

/** A card's real HTML and keyboard, drawn as Telegram draws them on a phone. */
export async function telegramLook(card: Card, picture: string | undefined): Promise<string> {
  const accountsOf = (person: string) => [account[person] ?? 0].filter((id) => id > 0);
  const html = htmlOf(card, { accountsOf, caption: picture !== undefined });
  const keyboard = await presses.draw(card.actions, card.drawnAt);
  const rows = keyboard.map(
    (row) => `<div class="row">${row.map(({ text }) => `<span class="key">${text}</span>`).join('')}</div>`,
  );
  const image = picture === undefined ? '' : `<img src="${picture}" alt="">`;
  return `<div class="bubble">${image}<p>${html.replaceAll('\n', '<br>')}</p></div>${rows.join('')}`;
}
