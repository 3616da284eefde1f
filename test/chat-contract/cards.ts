import type { Card } from '../../src/core/card/card.ts';

export function smallCard(text: string): Card {
  return { tone: 'plain', title: [text], lines: [], actions: [], links: [] };
}

const hostile = '<!channel> <@U1> & <https://evil.example|click> <b>*bold*</b> `code` \u202Egnp.exe &amp;';

/** Everything that a card can hold, too much of it, and hostile. */
export function largeCard(): Card {
  return {
    tone: 'bad',
    title: [{ bold: `aether-7 ${hostile}` }, ' ', { code: 'x`y' }, ' ', { italic: 'it_al_ic' }],
    lines: Array.from({ length: 60 }, (_, index) => [
      `${index}: ${hostile} `,
      { link: hostile, href: index % 2 === 0 ? 'javascript:alert(1)' : 'https://example.com/a|b?x=<y>&z=1' },
      { time: '2026-11-21T14:31:07.000Z' },
      { person: 'bob', name: `Bob ${hostile}`, ping: true },
      'long '.repeat(200),
    ]),
    progress: { done: 5, total: 22 },
    chart: {
      title: `Soak ${hostile}`,
      unit: '%',
      limit: 1,
      series: [
        {
          name: 'errors',
          points: [
            [1, 0.1],
            [2, Number.MAX_VALUE],
          ],
        },
        { name: 'none', points: [] },
      ],
    },
    tail: { title: `Output ${hostile}`, text: `\`\`\`${hostile}\n`.repeat(2_000) },
    actions: [
      { label: 'Approve', command: 'approve aether-7 nonce=ab12', style: 'primary' },
      {
        label: 'A label that is far longer than the seventy-five characters that some platforms show of it',
        command: 'rollback aether-7',
        style: 'danger',
        confirm: { title: 'T'.repeat(200), text: hostile.repeat(20), ok: 'O'.repeat(60) },
        ask: 'reason',
      },
      {
        label: 'Abort',
        command: 'abort aether-7',
        confirm: { title: 'T'.repeat(200), text: hostile.repeat(20), ok: 'O'.repeat(60) },
      },
      { label: 'Too long', command: `start ${'x'.repeat(5_000)}` },
    ],
    links: [
      { label: `Journal ${hostile}`, href: 'https://example.com/journal' },
      { label: 'Script', href: 'javascript:alert(1)' },
    ],
    drawnAt: 12,
  };
}
