import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlOf, noticeOf } from '../../src/adapters/telegram/message.ts';
import { createPresses, type Keyboard } from '../../src/adapters/telegram/presses.ts';
import type { Card, Line, Span } from '../../src/core/card/card.ts';
import { largeCard, smallCard } from '../chat-contract/cards.ts';
import { captionText, keyboardOf, messageText } from '../doubles/telegram/content.ts';
import { anyCharacter } from '../support/characters.ts';
import { shortMemory } from '../support/short-memory.ts';

const accountsOf = (person: string) => (person === 'bob' ? [12] : []);
const html = (card: Card) => htmlOf(card, { accountsOf });

const hostile = fc.constantFrom(
  '@durov',
  '@all ',
  '@',
  '@\u0333',
  '<b>',
  '</b>',
  '<a href="tg://user?id=1">x</a>',
  '&',
  '&lt;',
  '&#65;',
  '"',
  '\u202E',
  '\u2066',
  '\u200B',
  '\uD800',
  '\u0000',
  '\n',
  '\r\n',
  '👩‍👩‍👧‍👦',
  ' ',
);
const text = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 300 }),
  hostile,
  fc.array(hostile).map((all) => all.join('')),
);
const spans: fc.Arbitrary<Span> = fc.oneof(
  text,
  text.map((bold): Span => ({ bold })),
  text.map((italic): Span => ({ italic })),
  text.map((code): Span => ({ code })),
  fc.record({
    link: text,
    href: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.webUrl({ size: 'large' }), text),
  }),
  fc.record({ person: fc.constantFrom('bob', 'carol'), name: text, ping: fc.boolean() }),
  fc.record({
    time: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      text,
    ),
  }),
);
const lines: fc.Arbitrary<Line> = fc.array(spans, { maxLength: 10 });
const cards: fc.Arbitrary<Card> = fc.record(
  {
    tone: fc.constantFrom('running', 'waiting', 'doubt', 'bad', 'undone', 'watch', 'good', 'plain'),
    title: lines,
    lines: fc.array(lines, { maxLength: 60 }),
    progress: fc.record({ done: fc.nat(30), total: fc.nat(30) }),
    tail: fc.record({
      title: text,
      text: fc.oneof(text, fc.string({ unit: anyCharacter, maxLength: 20_000 })),
    }),
    actions: fc.array(
      fc.record(
        { label: text, command: text, ask: fc.constantFrom('reason', 'evidence', 'duration') },
        { requiredKeys: ['label', 'command'] },
      ),
      { maxLength: 30 },
    ),
    links: fc.array(fc.record({ label: text, href: fc.oneof(fc.webUrl({ size: 'large' }), text) }), {
      maxLength: 12,
    }),
  },
  { requiredKeys: ['tone', 'title', 'lines', 'actions', 'links'] },
);

/** The people whom a card may notify. */
const called = (card: Card) =>
  [card.title, ...card.lines].flatMap((line) =>
    line.flatMap((span) =>
      typeof span === 'object' && 'person' in span && span.ping === true ? accountsOf(span.person) : [],
    ),
  );

describe('a card in Telegram', () => {
  it('says what the card says', () => {
    const card: Card = {
      tone: 'waiting',
      title: [{ bold: 'aether-7 · green → production' }, ' · by ', { person: 'alice', name: 'Alice' }],
      lines: [
        [
          'Asked: ',
          { person: 'bob', name: 'Bob', ping: true },
          ', until ',
          { time: '2026-11-21T16:00:00.000Z' },
        ],
        ['errors 4 % < 5 % & ', { code: 'x<y' }, ' ', { italic: 'falling' }],
      ],
      progress: { done: 3, total: 8 },
      tail: { title: 'Output', text: 'one\ntwo' },
      actions: [],
      links: [
        { label: 'Details', href: 'https://bot.example/rollouts/aether-7?a=1&b="2"' },
        { label: 'Script', href: 'javascript:alert(1)' },
      ],
    };
    expect(html(card)).toBe(
      [
        '<b>aether-7 · green → production</b> · by Alice',
        '🟨🟨🟨⬜⬜⬜⬜⬜⬜⬜ 3 of 8 · Waiting',
        'Asked: <a href="tg://user?id=12">Bob</a>, until 2026-11-21 16:00 UTC',
        'errors 4 % &lt; 5 % &amp; <code>x&lt;y</code> <i>falling</i>',
        '<b>Output</b>',
        '<blockquote expandable>one\ntwo</blockquote>',
        '<a href="https://bot.example/rollouts/aether-7?a=1&amp;b=%222%22">Details</a> · Script',
      ].join('\n'),
    );
  });

  it('is taken by Telegram, and notifies nobody whom it does not call, whatever the card', () => {
    fc.assert(
      fc.property(cards, (card) => {
        const asText = messageText(html(card), 'HTML');
        const asCaption = captionText(htmlOf(card, { accountsOf, caption: true }), 'HTML');
        for (const { entities } of [asText, asCaption]) {
          expect(entities.filter(({ type }) => type === 'mention')).toEqual([]);
          const notified = entities.flatMap(({ user }) => (user ? [user.id] : []));
          expect(called(card)).toEqual(expect.arrayContaining(notified));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('draws every button within Telegram’s rules, and knows each again', async () => {
    const presses = createPresses(shortMemory(), 'token');
    await fc.assert(
      fc.asyncProperty(cards, async ({ actions }) => {
        const drawn = keyboardOf({ inline_keyboard: await presses.draw(actions, 12) }) as Keyboard;
        expect(drawn.flat()).toHaveLength(actions.length);
        const read = await Promise.all(drawn.flat().map(({ callback_data }) => presses.read(callback_data)));
        expect(read.map((press) => press?.command)).toEqual(
          actions.map(({ command }) => command.toWellFormed()),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('is cut where it is too large, and says so', () => {
    const { text: shown } = messageText(html(largeCard()), 'HTML');
    expect(shown.length).toBeLessThanOrEqual(4_096);
    expect(shown).toContain('Cut: this is longer than Telegram shows.');
    expect(shown).toContain('Journal');
  });

  it('loses the beginning of a long output first, and nothing else', () => {
    const output = Array.from({ length: 2_000 }, (_, index) => `line ${index}`).join('\n');
    const card: Card = {
      ...smallCard('aether-7'),
      lines: [['all of this stays']],
      tail: { title: 'Output', text: output },
    };
    const { text: shown } = messageText(html(card), 'HTML');
    expect(shown).toMatch(/^aether-7\nall of this stays\nOutput \(its end\)\n…(.|\n)*line 1999$/);
    expect(shown.length).toBeGreaterThan(3_500);
  });

  it.each([
    ['@durov', '@\u2060durov'],
    ['write to bob@example.com', 'write to bob@example.com'],
    ['a\u202Egnp.exe', 'agnp.exe'],
    ['half \uD800 a character', 'half \uFFFD a character'],
  ])('writes %j as %j', (from, to) => {
    expect(html(smallCard(from))).toBe(to);
  });

  it('has something to read even when its title has not', () => {
    expect(messageText(html({ ...smallCard(' \u200B'), lines: [] }), 'HTML').text).toBe('·');
  });

  it('fits into a notice, or says that it does not', () => {
    expect(noticeOf(smallCard('Approved.'))).toEqual({ text: 'Approved.', whole: true });
    expect(noticeOf(largeCard()).whole).toBe(false);
    expect(noticeOf(largeCard()).text.length).toBe(200);
  });
});
