import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card, Line } from '../../src/core/card/card.ts';
import { canonicalJson, wellFormed } from '../../src/core/json.ts';
import { cards } from './cards.ts';
import { hostileOrLong } from './hostile.ts';
import { cardsOf, someJournals } from './journals.ts';
import { type PlatformUnderTest, platforms } from './platforms.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_121);
const journals = someJournals(150, seed);
const words = fc.array(hostileOrLong, { minLength: 1, maxLength: 5 });

/** Who may be notified by a card. */
function pinged(card: Card): string[] {
  const lines: readonly Line[] = [card.title, ...card.lines];
  return lines
    .flat()
    .flatMap((span) =>
      typeof span === 'object' && 'person' in span && span.ping === true ? [span.person] : [],
    );
}

/** What is wrong with a card on some platform. */
async function faultsOf(card: Card): Promise<string[]> {
  const found = await Promise.all(platforms.map((platform) => faultsOn(platform, card)));
  return found.flat();
}

async function faultsOn({ name, draw, accounts, carries }: PlatformUnderTest, card: Card): Promise<string[]> {
  const { fault, mentioned, commands } = await draw(card);
  const allowed = accounts(pinged(card));
  const drawn = new Set(commands.map((command) => wellFormed(command)));
  const lost = card.actions.filter((action) => carries(action) && !drawn.has(wellFormed(action.command)));
  return [
    ...(fault === undefined ? [] : [`${name} refuses it: ${fault}`]),
    ...mentioned.filter((who) => !allowed.includes(who)).map((who) => `${name} notifies ${who}`),
    ...lost.map(({ label }) => `${name} loses the button ${label.slice(0, 40)}`),
  ];
}

const timeout = 240_000;

describe('every platform takes it, notifies nobody else, and loses no button', () => {
  it('for 2,500 threads of any journal, with any words in it', { timeout }, async () => {
    const cases = fc.tuple(fc.nat(journals.length - 1), fc.nat(), words);
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ([which, upTo, said]) => {
        const drawn = cardsOf(journals[which] ?? [], upTo, said);
        seen += drawn.length;
        expect(() => canonicalJson(drawn)).not.toThrow();
        expect((await Promise.all(drawn.map(faultsOf))).flat()).toEqual([]);
      }),
      { numRuns: 2_500, seed },
    );
    console.info(`${seen} cards of ${journals.length} journals, seed ${seed}`);
    expect(seen).toBeGreaterThan(6_500);
  });

  it('for 3,500 cards that nobody would make', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(cards, async (card) => void expect(await faultsOf(card)).toEqual([])),
      { numRuns: 3_500, seed },
    );
    console.info(`3500 cards of any kind, seed ${seed}`);
  });
});
