import { writeFile } from 'node:fs/promises';
import { drawPng } from '../../src/adapters/chart/draw.ts';
import type { Card } from '../../src/core/card/card.ts';
import { launchBrowser } from '../../test/console/browser.ts';
import { replies, type Scene, scenes } from './scenes.ts';
import { sheet } from './sheet.ts';
import { slackLook } from './slack-look.ts';
import { telegramLook } from './telegram-look.ts';

const looks = {
  slack: async (card: Card, picture: string | undefined) => slackLook(card, picture),
  telegram: telegramLook,
} as const;

async function pictureOf({ chart }: Card): Promise<string | undefined> {
  if (chart === undefined) return undefined;
  return `data:image/png;base64,${Buffer.from(await drawPng(chart)).toString('base64')}`;
}

async function pageOf(look: keyof typeof looks, all: readonly Scene[]): Promise<string> {
  const cards: { name: string; html: string }[] = [];
  for (const { name, card } of all) {
    cards.push({ name, html: await looks[look](card, await pictureOf(card)) });
  }
  return sheet(look, cards);
}

const browser = await launchBrowser();
try {
  for (const look of ['slack', 'telegram'] as const) {
    const sheets = { cards: scenes(), thread: replies() };
    for (const [name, all] of Object.entries(sheets)) {
      const page = await browser.newPage({ viewport: { width: 1_250, height: 100 } });
      await page.setContent(await pageOf(look, all));
      const file = new URL(`../images/${look}-${name}.png`, import.meta.url);
      await writeFile(file, await page.screenshot({ fullPage: true }));
      await page.close();
      console.log(`docs/images/${look}-${name}.png`);
    }
  }
} finally {
  await browser.close();
}
