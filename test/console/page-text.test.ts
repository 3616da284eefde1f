import { describe, expect, it } from 'vitest';
import { commandIn, suggestions } from '../../src/adapters/console/page/completion.ts';
import { safeHref, visible } from '../../src/adapters/console/page/text.ts';
import { threadsOf } from '../../src/adapters/console/page/thread.ts';
import { duration, relative } from '../../src/adapters/console/page/time.ts';
import { plainCard } from './cards.ts';

describe('what could come next', () => {
  const vocabulary = {
    commands: ['start', 'status', 'rollback'].map((word) => ({ word, usage: `${word} …`, help: '' })),
    playbooks: [
      { name: 'sandbox', targets: ['blue', 'green'] },
      { name: 'aether', targets: ['green'] },
    ],
  };
  it.each([
    ['', []],
    ['/', ['/rollout ']],
    ['/rollout', ['/rollout ']],
    ['/rollout s', ['/rollout start ', '/rollout status ']],
    [
      '/rollout start ',
      ['/rollout start blue ', '/rollout start green ', '/rollout start sandbox ', '/rollout start aether '],
    ],
    ['/rollout start gr', ['/rollout start green ']],
    ['/rollout start green', []],
    ['/rollout start green version', []],
    ['/rollout rollback a', ['/rollout rollback aether-7 ']],
    ['/rollout nonsense x', []],
    ['hello', []],
  ])('%j', (typed, lines) => {
    expect(suggestions(typed, vocabulary, ['aether-7']).map(({ line }) => line)).toEqual(lines);
  });

  it.each([
    ['/rollout start green', 'start green'],
    ['  /rollout   status  ', 'status'],
    ['/rollout', 'help'],
    ['start green', 'start green'],
    ['/deploy green', undefined],
    ['/rolloutx', undefined],
    ['', undefined],
  ])('%j sends %j', (typed, text) => {
    expect(commandIn(typed)).toBe(text);
  });
});

describe('text from outside', () => {
  it.each([
    ['https://grafana.example/d/1', 'https://grafana.example/d/1'],
    ['http://127.0.0.1:9090/graph', 'http://127.0.0.1:9090/graph'],
    ['/rollouts/aether-7#plan', '/rollouts/aether-7#plan'],
    ['//evil.example', undefined],
    ['/\\evil.example', undefined],
    ['javascript:alert(1)', undefined],
    [' javascript:alert(1)', undefined],
    ['JaVaScRiPt:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['vbscript:x', undefined],
    ['file:///etc/passwd', undefined],
    ['not an address', undefined],
    ['', undefined],
  ])('a link to %j leads to %j', (href, safe) => {
    expect(safeHref(href)).toBe(safe);
  });

  it('shows marks that change the direction of reading', () => {
    expect(visible('a\u202egnp.exe\u202c \u2067x\u2069 עברית')).toBe(
      'a[U+202E]gnp.exe[U+202C] [U+2067]x[U+2069] עברית',
    );
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 21, 14, 0, 0);
  it.each([
    [0, 'just now'],
    [-59_000, 'just now'],
    [30_000, 'in a moment'],
    [-60_000, '1 min. ago'],
    [-3 * 3_600_000, '3 hr. ago'],
    [2 * 86_400_000, 'in 2 days'],
  ])('%i ms away is “%s”', (away, words) => {
    expect(relative(new Date(now + away).toISOString(), now)).toBe(words);
  });
  it.each([
    [-5, '0 ms'],
    [840, '840 ms'],
    [3_240, '3.2 s'],
    [59_600, '1 min'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms take “%s”', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });
});

it('orders threads and replies by the number of their ids', () => {
  const message = (id: string, thread?: string) => ({
    id,
    channel: 'c',
    at: '',
    edits: 0,
    card: plainCard(id),
    ...(thread === undefined ? {} : { thread }),
  });
  const messages = [message('m10'), message('m9'), message('m12', 'm9'), message('m11', 'm9')];
  const threads = threadsOf(Object.fromEntries(messages.map((each) => [each.id, each])));
  expect(threads.map(({ root, replies }) => [root.id, replies.map(({ id }) => id)])).toEqual([
    ['m9', ['m11', 'm12']],
    ['m10', []],
  ]);
});
