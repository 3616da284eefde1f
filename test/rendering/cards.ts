import fc from 'fast-check';
import type { Card, Line, Span } from '../../src/core/card/card.ts';
import type { Chart } from '../../src/core/rollout/event.ts';
import { hostile, long } from './hostile.ts';

/** People of the policy, and one who is not. */
export const personIds = ['alice', 'bob', 'carol', 'nobody'] as const;

/** As `fc.webUrl` makes them, whose first takes seconds. */
const webUrl = fc
  .tuple(fc.constantFrom('http', 'https'), fc.domain(), hostile, fc.option(hostile), fc.option(hostile))
  .map(([scheme, host, path, query, fragment]) => {
    const part = (mark: string, text: string | null) =>
      text === null ? '' : `${mark}${encodeURIComponent(text.toWellFormed())}`;
    return `${scheme}://${host}${part('/', path)}${part('?q=', query)}${part('#', fragment)}`;
  });

const href = fc.oneof(
  webUrl,
  hostile.map((text) => `https://example.com/${text}`),
  fc.constantFrom('javascript:alert(1)', 'data:text/html,x', 'tg://user?id=7', '/rollouts/aether-7', ''),
  hostile,
);

const span: fc.Arbitrary<Span> = fc.oneof(
  { weight: 4, arbitrary: hostile },
  hostile.map((bold): Span => ({ bold })),
  hostile.map((italic): Span => ({ italic })),
  hostile.map((code): Span => ({ code })),
  fc.record({ link: hostile, href }),
  fc.record({ person: fc.constantFrom(...personIds), name: hostile, ping: fc.boolean() }),
  fc.oneof(
    fc.date({ noInvalidDate: true }).map((date): Span => ({ time: date.toISOString() })),
    hostile.map((text): Span => ({ time: `2026-11-21 (${text})` })),
  ),
);
const line: fc.Arbitrary<Line> = fc.array(span, { maxLength: 6 });

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e300, 5e-324),
);
const panel = {
  unit: hostile,
  series: fc.array(
    fc.record({ name: hostile, points: fc.array(fc.tuple(fc.integer(), number), { maxLength: 12 }) }),
    { maxLength: 3 },
  ),
  limit: number,
};
const chart = fc.record(
  {
    title: hostile,
    ...panel,
    mark: fc.record({ at: fc.integer(), label: hostile }),
    panels: fc.array(
      fc.record(panel, { requiredKeys: ['unit', 'series'] }) as fc.Arbitrary<Pick<Chart, 'unit' | 'series'>>,
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['title', 'unit', 'series'] },
) as fc.Arbitrary<Chart>;

const action = fc.record(
  {
    label: hostile,
    command: fc.oneof(
      fc.constantFrom('approve aether-7 nonce=ab12', 'rollback aether-7', 'start green'),
      hostile.map((text) => `skip aether-7 ${text}`),
    ),
    style: fc.constantFrom('primary', 'danger'),
    confirm: fc.record({ title: hostile, text: hostile, ok: hostile }),
    ask: fc.constantFrom('reason', 'evidence', 'duration', 'duration-and-reason'),
  },
  { requiredKeys: ['label', 'command'] },
) as fc.Arbitrary<Card['actions'][number]>;

const anyCard: fc.Arbitrary<Card> = fc.record(
  {
    tone: fc.constantFrom('running', 'waiting', 'doubt', 'bad', 'undone', 'watch', 'good', 'plain'),
    title: line,
    lines: fc.oneof(
      { weight: 9, arbitrary: fc.array(line, { maxLength: 6 }) },
      { weight: 1, arbitrary: fc.array(line, { minLength: 40, maxLength: 70 }) },
    ),
    progress: fc.record({ done: fc.nat(60), total: fc.nat(50) }),
    chart,
    tail: fc.record({ title: hostile, text: hostile, whole: hostile }, { requiredKeys: ['title', 'text'] }),
    actions: fc.oneof(
      { weight: 9, arbitrary: fc.array(action, { maxLength: 6 }) },
      { weight: 1, arbitrary: fc.array(action, { minLength: 20, maxLength: 60 }) },
    ),
    links: fc.array(fc.record({ label: hostile, href }), { maxLength: 12 }),
    drawnAt: fc.nat(),
  },
  { requiredKeys: ['tone', 'title', 'lines', 'actions', 'links'] },
) as fc.Arbitrary<Card>;

/** What is no free text. */
const fixed = new Set(['tone', 'style', 'ask', 'person', 'via', 'time']);

/** The card with one of its texts, wherever it stands, in another's place. */
function withText(card: Card, which: number, text: string): Card {
  let count = 0;
  const walk = (value: unknown, swap: number | undefined): unknown => {
    if (typeof value === 'string') {
      count += 1;
      return count - 1 === swap ? text : value;
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, swap));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fixed.has(key) ? item : walk(item, swap)]),
    );
  };
  walk(card, undefined);
  const swap = which % Math.max(1, count);
  count = 0;
  return walk(card, swap) as Card;
}

/** Any card that the type allows; in some of them one text is 100 kB long. */
export const cards: fc.Arbitrary<Card> = fc.oneof(
  { weight: 19, arbitrary: anyCard },
  { weight: 1, arbitrary: fc.tuple(anyCard, fc.nat(), long).map((given) => withText(...given)) },
);
