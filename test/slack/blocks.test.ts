import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/adapters/slack/blocks.ts';
import { mrkdwnLine } from '../../src/adapters/slack/mrkdwn.ts';
import type { Card, Line, Span } from '../../src/core/card/card.ts';
import { largeCard, smallCard } from '../chat-contract/cards.ts';
import { blocksFault } from '../doubles/slack/block-rules.ts';

const accountsOf = (person: string) => (person === 'bob' ? ['T1/U2', 'T9/U9'] : []);

const spans = fc.oneof(
  fc.string({ maxLength: 400 }),
  fc.string({ maxLength: 80 }).map((bold): Span => ({ bold })),
  fc.string({ maxLength: 80 }).map((italic): Span => ({ italic })),
  fc.string({ maxLength: 80 }).map((code): Span => ({ code })),
  fc.record({ link: fc.string(), href: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()) }),
  fc.record({ person: fc.constantFrom('bob', 'carol'), name: fc.string(), ping: fc.boolean() }),
  fc.date({ noInvalidDate: true }).map((date): Span => ({ time: date.toISOString() })),
);
const nasty = fc.constantFrom(
  '<!channel>',
  '<@U1>',
  '&',
  '&lt;',
  '*',
  '_',
  '`',
  '```',
  '\n',
  '|',
  '>',
  '\u202E',
);
const lines: fc.Arbitrary<Line> = fc.array(fc.oneof(spans, nasty), { maxLength: 12 });

const cards: fc.Arbitrary<Card> = fc.record(
  {
    tone: fc.constantFrom('running', 'waiting', 'doubt', 'bad', 'undone', 'watch', 'good', 'plain'),
    title: lines.filter((line) => mrkdwnLine(line, accountsOf).trim() !== ''),
    lines: fc.array(lines, { maxLength: 70 }),
    progress: fc.record({ done: fc.nat(30), total: fc.nat(30) }),
    tail: fc.record({ title: fc.string({ minLength: 1 }), text: fc.string({ maxLength: 6_000 }) }),
    actions: fc.array(
      fc.record(
        {
          label: fc.string({ minLength: 1, maxLength: 100 }).filter((label) => label.trim() !== ''),
          command: fc.string({ minLength: 1, maxLength: 1_200 }),
          ask: fc.constantFrom('reason', 'evidence', 'duration'),
          confirm: fc.record({
            title: fc.string({ minLength: 1, maxLength: 150 }),
            text: fc.string({ minLength: 1, maxLength: 500 }),
            ok: fc.string({ minLength: 1, maxLength: 50 }),
          }),
        },
        { requiredKeys: ['label', 'command'] },
      ),
      { maxLength: 30 },
    ),
    links: fc.array(fc.record({ label: fc.string(), href: fc.webUrl() }), { maxLength: 12 }),
  },
  { requiredKeys: ['tone', 'title', 'lines', 'actions', 'links'] },
);

describe('a card in blocks', () => {
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
        ['errors 4 % < 5 % & falling'],
      ],
      progress: { done: 3, total: 8 },
      actions: [
        { label: 'Approve', command: 'approve aether-7 nonce=ab12', style: 'primary' },
        {
          label: 'Abort',
          command: 'abort aether-7',
          confirm: { title: 'Abort?', text: 'For good.', ok: 'Abort' },
        },
      ],
      links: [{ label: 'Details', href: 'https://bot.example/rollouts/aether-7' }],
      drawnAt: 12,
    };
    expect(messageOf(card, accountsOf)).toEqual({
      text: 'aether-7 · green → production · by Alice\nAsked: @Bob, until 2026-11-21 16:00 UTC\nerrors 4 % &lt; 5 % &amp; falling',
      blocks: [
        section('*aether-7 · green → production* · by Alice'),
        context('🟨🟨🟨⬜⬜⬜⬜⬜⬜⬜ 3 of 8 · Waiting'),
        section(
          'Asked: <@U2>, until <!date^1795276800^{date_short_pretty} {time}|2026-11-21 16:00 UTC>\nerrors 4 % &lt; 5 % &amp; falling',
        ),
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'cutover:0',
              text: { type: 'plain_text', text: 'Approve', emoji: false },
              value: '{"c":"approve aether-7 nonce=ab12","d":12}',
              style: 'primary',
            },
            {
              type: 'button',
              action_id: 'cutover:1',
              text: { type: 'plain_text', text: 'Abort', emoji: false },
              value: '{"c":"abort aether-7","d":12}',
              confirm: {
                title: { type: 'plain_text', text: 'Abort?' },
                text: { type: 'plain_text', text: 'For good.' },
                confirm: { type: 'plain_text', text: 'Abort' },
                deny: { type: 'plain_text', text: 'Cancel' },
              },
            },
          ],
        },
        context('<https://bot.example/rollouts/aether-7|Details>'),
      ],
    });
  });

  it('stays within all of Slack’s limits and rules, whatever the card', () => {
    fc.assert(
      fc.property(cards, (card) => {
        const { text, blocks } = messageOf(card, accountsOf);
        expect(blocksFault(blocks)).toBeUndefined();
        expect(text.length).toBeLessThanOrEqual(40_000);
      }),
      { numRuns: 300 },
    );
  });

  it('is cut where it is too large, says so, and leaves out a button that can not be carried', () => {
    const { blocks } = messageOf(largeCard(), accountsOf);
    expect(blocksFault(blocks)).toBeUndefined();
    expect(JSON.stringify(blocks)).toContain('…');
    const labels = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])).length;
    expect(labels).toBe(3);
  });

  it('mentions nobody and nothing that stands in text from outside', () => {
    const { text, blocks } = messageOf(
      smallCard('<!channel> <@U1> <https://evil.example|click>'),
      accountsOf,
    );
    const written = '&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|click&gt;';
    expect(text).toBe(written);
    expect(blocks).toEqual([section(written)]);
  });

  it.each([
    [{ bold: 'a*b' }, '*a∗b*'],
    [{ bold: ' spaced ' }, ' *spaced* '],
    [{ bold: '' }, ''],
    [{ code: 'a`b' }, "`a'b`"],
    [{ italic: 'two\nlines' }, '_two lines_'],
    [{ link: 'a|b', href: 'https://x.example/?a=1&b=<2>' }, '<https://x.example/?a=1&amp;b=%3C2%3E|a/b>'],
    [{ link: 'bad', href: 'javascript:alert(1)' }, 'bad'],
    [{ person: 'carol', name: 'Carol', ping: true }, '@Carol'],
    [{ person: 'bob', name: 'Bob' }, 'Bob'],
    [{ time: 'no time' }, 'no time'],
  ] satisfies [Span, string][])('writes %j as %s', (span, text) => {
    expect(mrkdwnLine([span], accountsOf)).toBe(text);
  });
});

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function context(text: string) {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}
