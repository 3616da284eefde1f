import { expect, test } from 'vitest';
import { drawCard, drawReply, drawThread } from '../../src/adapters/terminal/draw.ts';
import { plainScreen } from '../../src/adapters/terminal/screen.ts';
import type { Paint } from '../../src/adapters/terminal/spans.ts';
import type { Card, ThreadView } from '../../src/core/card/card.ts';

const plain: Paint = (_, text) => text;

const waiting: Card = {
  tone: 'waiting',
  title: [{ bold: 'aether-7 · green → production' }, ' · by ', { person: 'alice', name: 'Alice' }],
  progress: { done: 4, total: 10 },
  lines: [
    ['Waiting for approval: ', { italic: 'Move traffic to green' }],
    [{ person: 'bob', name: 'Bob', ping: true }, ' · ', { code: '/rollout approve aether-7' }],
  ],
  actions: [
    { label: 'Approve', command: 'approve aether-7', style: 'primary' },
    { label: 'Roll back', command: 'rollback aether-7', style: 'danger' },
  ],
  links: [{ label: 'Details', href: 'http://127.0.0.1:3000/rollouts/aether-7' }],
};

function titled(title: string): Card {
  return { tone: 'good', title: [title], lines: [], actions: [], links: [] };
}

function threadWith(replies: readonly string[]): ThreadView {
  return { root: waiting, replies: replies.map((text, index) => ({ key: `m${index}`, card: titled(text) })) };
}

test('a card says its tone in words, how far it is, what it says, its buttons and links', () => {
  expect(drawCard(waiting, plain)).toEqual([
    'aether-7 · green → production · by Alice  Waiting ',
    '■■■■□□□□□□ 4 of 10',
    'Waiting for approval: Move traffic to green',
    '@Bob · /rollout approve aether-7',
    '[ Approve ] [ Roll back ]',
    'Details: http://127.0.0.1:3000/rollouts/aether-7',
  ]);
});

test('colours are put on by what a thing means', () => {
  const marked: Paint = (format, text) => `<${[format].flat().join(' ')}:${text}>`;
  const lines = drawCard(waiting, marked);
  expect(lines[0]).toBe('<bold:aether-7 · green → production> · by Alice <yellow inverse: Waiting >');
  expect(lines[4]).toBe('<bold green:[ Approve ]> <bold red:[ Roll back ]>');
});

test('what a person wrote can’t move the cursor, recolour, ring, reverse or break a line', () => {
  const hostile = 'a\u001b[2J\u001b]0;title\u0007b\u0007\rc\u202Ed\ne\u009b31mf';
  const card: Card = {
    ...titled(hostile),
    lines: [[{ bold: hostile }, { code: hostile }, { link: hostile, href: hostile }]],
    tail: { title: hostile, text: `one\n${hostile}` },
    actions: [{ label: hostile, command: 'x' }],
    links: [{ label: hostile, href: hostile }],
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  expect(drawCard(card, plain).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
});

test('the end of a long output is shown', () => {
  const text = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
  const lines = drawCard({ ...titled('failed'), tail: { title: 'Output', text } }, plain);
  expect(lines.slice(1)).toEqual(['Output:', ...[14, 15, 16, 17, 18, 19].map((n) => `  line ${n}`)]);
});

test('long lines are broken at words and stay behind the bar', () => {
  const lines = drawReply(titled('one two three four five six seven eight'), { width: 30, paint: plain });
  expect(lines).toEqual(['  ├ one two three four five', '  │   six seven eight']);
});

test('where the replies don’t fit, the oldest are left out and counted; the root card stays', () => {
  const thread = threadWith(['first', 'second', 'third', 'fourth']);
  const drawn = drawThread(thread, { width: 80, rows: 9, paint: plain });
  expect(drawn.slice(6)).toEqual(['  ⋮ 2 earlier replies', '  ├ third', '  ├ fourth']);
  expect(drawThread(thread, { width: 80, rows: 3, paint: plain })).toHaveLength(7);
  expect(drawThread(thread, { width: 80, rows: 24, paint: plain })).toHaveLength(10);
});

test('without a terminal each change is printed once', () => {
  const printed: string[] = [];
  const screen = plainScreen({ write: (text: string) => printed.push(text.trimEnd()) }, plain);
  screen.show(threadWith(['first']));
  screen.say('Bob presses');
  const further = { ...waiting, tone: 'waiting' as const, progress: { done: 5, total: 10 } };
  screen.show({ root: further, replies: threadWith(['first', 'second']).replies });
  screen.show({ root: further, replies: threadWith(['first', 'second, edited']).replies });
  expect(printed.slice(0, 6)).toEqual([
    '  ┃ aether-7 · green → production · by Alice  Waiting',
    '  ┃ ■■■■□□□□□□ 4 of 10',
    '  ┃ Waiting for approval: Move traffic to green',
    '  ┃ @Bob · /rollout approve aether-7',
    '  ┃ [ Approve ] [ Roll back ]',
    '  ├ first',
  ]);
  expect(printed.slice(6)).toEqual([
    'Bob presses',
    '  ┃ ■■■■■□□□□□ 5 of 10',
    '  ├ second',
    '  ├ second, edited',
  ]);
});
