import { describe, expect, it } from 'vitest';
import { messageOf, outputLeftOut } from '../../src/adapters/slack/blocks.ts';
import { mrkdwnLine } from '../../src/adapters/slack/mrkdwn.ts';
import type { Card, Span } from '../../src/core/card/card.ts';
import { largeCard, smallCard } from '../chat-contract/cards.ts';
import { blocksFault } from '../doubles/slack/block-kit/rules.ts';

const accountsOf = (person: string) => (person === 'bob' ? ['T1/U2', 'T9/U9'] : []);

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

  it('is cut where it is too large, says so, and leaves out a button that can not be carried', () => {
    const { blocks } = messageOf(largeCard(), accountsOf);
    expect(blocksFault(blocks)).toBeUndefined();
    expect(JSON.stringify(blocks)).toContain('…');
    const labels = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])).length;
    expect(labels).toBe(3);
    expect(JSON.stringify(blocks)).toContain('Slack has no room for “Too long” as a button');
  });

  it('shows every one of many buttons, with shorter texts', () => {
    const confirm = { title: 'T'.repeat(100), text: 'x'.repeat(300), ok: 'O'.repeat(30) };
    const actions = Array.from({ length: 60 }, (_, index) => ({
      label: `Skip step number ${index} of sixty`,
      command: `skip aether-7 s${index}`,
      confirm,
    }));
    const { blocks } = messageOf({ ...smallCard('stuck'), actions }, accountsOf);
    expect(blocksFault(blocks)).toBeUndefined();
    const rows = blocks.flatMap((block) => (block.type === 'actions' ? [block.elements.length] : []));
    expect(rows).toEqual([25, 25, 10]);
  });

  it('shows a chart as its picture, with the numbers for those who do not see it', () => {
    const chart = {
      title: 'Soak',
      unit: '%',
      limit: 1,
      series: [{ name: 'errors', points: [[1, 4.1] as [number, number]] }],
      panels: [{ unit: '/s', series: [{ name: 'throughput', points: [[1, 480] as [number, number]] }] }],
    };
    const card: Card = { ...smallCard('judged'), chart };
    expect(messageOf(card, accountsOf, { picture: 'F0123456789' }).blocks.slice(1)).toEqual([
      {
        type: 'image',
        slack_file: { id: 'F0123456789' },
        alt_text: 'Soak\nerrors: █ 4.1 % (limit 1 %)\nthroughput: █ 480/s',
      },
    ]);
    expect(messageOf(card, accountsOf).blocks[1]).toMatchObject({
      type: 'context',
      elements: [{ text: 'Soak' }, { text: 'errors: █ 4.1 % (limit 1 %)' }, { text: 'throughput: █ 480/s' }],
    });
  });

  it('shows the end of an output, and leads to all of it', () => {
    const whole = Array.from({ length: 200 }, (_, index) => `line ${index}`).join('\n');
    const tail = { title: 'Output of Migrate', text: whole.slice(-500), whole };
    const card: Card = { ...smallCard('failed'), tail };
    expect(outputLeftOut(card, accountsOf)).toBe(whole);
    const { blocks } = messageOf(card, accountsOf, { output: { link: 'https://t.slack.com/files/F1' } });
    expect(JSON.stringify(blocks)).toContain(
      'All of it: <https://t.slack.com/files/F1|the file in this thread>',
    );
    const short = { ...tail, text: 'no space left', whole: 'no space left' };
    expect(outputLeftOut({ ...card, tail: short }, accountsOf)).toBeUndefined();
    expect(
      outputLeftOut(
        { ...card, tail: { ...short, text: '&'.repeat(2_000), whole: '&'.repeat(2_000) } },
        accountsOf,
      ),
    ).toBe('&'.repeat(2_000));
    expect(
      outputLeftOut({ ...card, tail: { title: 'Live', text: '&'.repeat(2_000) } }, accountsOf),
    ).toBeUndefined();
  });

  it('lets no text turn the words around it, and has words where a text has none', () => {
    const { text, blocks } = messageOf(
      { ...smallCard('\u202Egnp.exe'), lines: [['\uD83D half']] },
      accountsOf,
    );
    expect(text).toBe('[U+202E]gnp.exe\n\uFFFD half');
    expect(blocks).toEqual([section('[U+202E]gnp.exe'), section('\uFFFD half')]);
    const blank: Card = {
      ...smallCard('\u200B '),
      tone: 'bad',
      actions: [{ label: ' ', command: 'status x' }],
    };
    expect(messageOf(blank, accountsOf).blocks).toMatchObject([
      { text: { text: 'Trouble' } },
      { elements: [{ text: { text: 'status' } }] },
    ]);
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
    [{ link: '\u200B', href: 'https://x.example/' }, '<https://x.example/>'],
    [{ link: 'far', href: `https://x.example/${'x'.repeat(3_000)}` }, 'far'],
    [
      { time: '2026-11-21 (<!channel>)' },
      '<!date^1795219200^{date_short_pretty} {time}|2026-11-21 00:00 UTC>',
    ],
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
