import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from '../../src/core/report/markup.ts';
import { htmlOf } from '../../src/core/report/report.ts';
import { alice, journalOf } from './journal.ts';
import { rich } from './rich.ts';

const draw = async () => '<svg></svg>';

test('the page holds every section, its charts, and nothing that runs or loads', async () => {
  const page = (await htmlOf(journalOf(rich), draw)) ?? '';
  const titles = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
  expect(titles).toEqual([
    'Rollback',
    'Approvals and answers',
    'Alerts',
    'Hypercare',
    'Duties',
    'Durations',
    'Steps',
    'Timeline',
    'Captured before the changes',
    'Measurements',
    'Evidence',
    'Journal',
  ]);
  expect(page.match(/<figure role="img" aria-label="Chart: /g)).toHaveLength(2);
  expect(page).not.toMatch(/<script|<link|<img| src=| href=| on[a-z]+=/i);
});

test('no text from outside becomes markup, in an element or in an attribute', async () => {
  const frame = html`<p title="${''}">${''}</p>`.markup;
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`<>"'&/=x;#`) }), (text) => {
      const made = html`<p title="${text}">${text}</p>`.markup;
      const back = made.replace(/&(?:lt|gt|quot|#39);/g, '').replace(/&amp;/g, '');
      expect(back.match(/[<>"]/g)).toEqual(frame.match(/[<>"]/g));
    }),
  );
  const hostile = `</td><script>alert(1)</script>"' onload=x`;
  const page =
    (await htmlOf(
      journalOf([...rich, [alice, { type: 'rollout.paused', data: { reason: hostile } }]]),
      draw,
    )) ?? '';
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=x');
  expect(page).not.toContain('<script');
});

test('5,000 events give a page of bounded size', async () => {
  const many = Array.from({ length: 2_500 }, (_, index) => [
    [alice, { type: 'rollout.paused', data: { reason: `no ${index}` } }] as const,
    [alice, { type: 'rollout.resumed', data: {} }] as const,
  ]).flat();
  const page = (await htmlOf(journalOf([...rich, ...many]), draw)) ?? '';
  expect(page).toContain('events left out; the journal has them all');
  expect(page.length).toBeLessThan(200_000);
});
