import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../support/fuzz-seed.ts';
import { reportSchema } from '../../src/core/alerts/facts.ts';
import { type Notice, noticeSchema } from '../../src/core/alerts/notice.ts';
import { reportOf } from '../../src/core/alerts/report.ts';
import { alert, ended, iso, minute, noon } from './desk-scene.ts';

const rule = { label: 'severity', page: ['page', 'critical'] };
const noticeOf = (...given: Parameters<typeof alert>): Notice => noticeSchema.parse(alert(...given));
const groupOf = (...notices: Notice[]) => ({
  id: 'g',
  source: 'alertmanager' as const,
  groupKey: 'Errors',
  notices,
});
const over = (notice: Notice, at: number): Notice => noticeSchema.parse(ended(notice, at));

test('a group is counted, and described by what its firing alerts have in common', () => {
  const oldest = noticeOf('Errors', 1, { labels: { zone: 'eu' }, annotations: { summary: 'first' } });
  const page = noticeOf('Errors', 2, {
    startsAt: iso(noon + minute),
    labels: { zone: 'eu', severity: 'critical' },
    annotations: { summary: 'second' },
  });
  const gone = over(noticeOf('Errors', 3, { startsAt: iso(noon - minute), labels: { zone: 'us' } }), noon);
  expect(reportOf(groupOf(page, gone, oldest), rule)).toEqual({
    id: 'g',
    name: 'Errors',
    severity: 'critical',
    summary: 'first',
    labels: { alertname: 'Errors', app: 'shop', zone: 'eu' },
    firing: 2,
    total: 3,
    since: oldest.startsAt,
    links: [],
    source: 'alertmanager',
  });
});

test('a group that is over says when its last alert ended', () => {
  const [one, two] = [noticeOf('Errors', 1), noticeOf('Errors', 2)];
  const report = reportOf(groupOf(over(one, noon + 2 * minute), over(two, noon + minute)), rule);
  expect(report).toMatchObject({
    firing: 0,
    total: 2,
    since: one.startsAt,
    resolvedAt: iso(noon + 2 * minute),
  });
});

test.each([
  [{ severity: '' }, 'warning'],
  [{ severity: 'page' }, 'page'],
  [{ severity: 'info' }, 'info'],
])('an alert with the labels %j is as grave as %s', (labels, severity) => {
  expect(reportOf(groupOf(noticeOf('Errors', 1, { labels })), rule)?.severity).toBe(severity);
});

test('links are those to follow first, and none that does not lead to a web page', () => {
  const notice = noticeOf('Errors', 1, {
    annotations: { runbook_url: 'https://runbooks.example/errors', dashboard_url: 'javascript:alert(1)' },
    links: [
      { label: 'Source', href: 'http://prometheus.example/graph' },
      { label: 'Again', href: 'https://runbooks.example/errors' },
      { label: 'Long', href: `https://example.com/${'x'.repeat(2_000)}` },
      { label: 'File', href: 'file:///etc/passwd' },
    ],
  });
  expect(reportOf(groupOf(notice), rule)?.links).toEqual([
    { label: 'Runbook', href: 'https://runbooks.example/errors' },
    { label: 'Source', href: 'http://prometheus.example/graph' },
  ]);
});

test('no alert at all is no report', () => {
  expect(reportOf(groupOf(), rule)).toBeUndefined();
});

const text = fc.string({ unit: 'grapheme', maxLength: 400 });
const notices = fc.uniqueArray(
  fc.record({
    fingerprint: fc.integer({ min: 0, max: 20 }),
    startsAt: fc.integer({ min: 0, max: 5 }),
    fires: fc.boolean(),
    labels: fc.dictionary(text, text, { maxKeys: 30 }),
    annotations: fc.dictionary(fc.constantFrom('summary', 'runbook_url', 'title', '__proto__'), text),
    links: fc.array(fc.record({ label: text, href: fc.oneof(text, fc.webUrl()) }), { maxLength: 10 }),
  }),
  { selector: ({ fingerprint }) => fingerprint, minLength: 1, maxLength: 8 },
);

test('whatever the alerts say, in whatever order, the report is the same, and fits the journal', () => {
  fc.assert(
    fc.property(notices, fc.infiniteStream(fc.nat()), (given, order) => {
      const told = given.map(({ fingerprint, startsAt, fires, labels, annotations, links }) => {
        const start = { startsAt: iso(noon + startsAt * minute), annotations, links };
        const notice = noticeOf('Errors', fingerprint, start);
        const own = { ...notice, labels };
        return fires ? own : over(own, noon + 10 * minute);
      });
      const shuffled = told
        .map((one) => ({ one, by: order.next().value ?? 0 }))
        .toSorted((a, b) => a.by - b.by);
      const report = reportOf(groupOf(...told), rule);
      expect(reportSchema.parse(report)).toEqual(report);
      expect(reportOf(groupOf(...shuffled.map(({ one }) => one)), rule)).toEqual(report);
    }),
    { numRuns: 1_000 },
  );
});
