import { expect, test } from 'vitest';
import { deploymentOf, reportOf } from '../../src/core/report/report.ts';
import { folded, journalOf } from './journal.ts';
import { rich } from './rich.ts';

const events = journalOf(rich);

function sectionOf(text: string, title: string): string {
  return text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
}

test('alerts: how bad, from when to when, acknowledged and silenced by whom and why', () => {
  const alerts = sectionOf(reportOf(events) ?? '', 'Alerts');
  expect(alerts).toContain(
    '| `aether-9.1` | HighErrorRate | page | 2026-11-21 14:31:20 UTC | 2026-11-21 14:31:28 UTC | Alice (slack), 2026-11-21 14:31:19 UTC: looking | by Alice (slack) until 2026-11-21 16:00:00 UTC: known since noon |',
  );
});

test('hypercare: the window, the error budget, the numbers and what was noticed', () => {
  const hypercare = sectionOf(reportOf(events) ?? '', 'Hypercare');
  expect(hypercare).toContain('Error budget: 100 % before, 90 % after.');
  expect(hypercare).toContain('286 of 288 looks passed, 1 failed, 1 inconclusive.');
  expect(hypercare).toContain('| errors | 0.1 % | 1.4 % | 0.2 % | 1 % |');
  expect(hypercare).toContain('| noticed | errors 1.4 % (limit 1 %) |');
});

test('the rollback: by whom, why, in what time, and what each step restored', () => {
  const rollback = sectionOf(reportOf(events) ?? '', 'Rollback');
  expect(rollback).toMatch(
    /^Rollback\n\nAsked for by Bob \(console\) at .* UTC: checkout errors\. Restored in 3 s\./,
  );
  expect(rollback).toContain('| restore | succeeded | 1 s | api.example.com → blue, as captured |');
});

test('duties: open, and done by whom with which evidence', () => {
  expect(sectionOf(reportOf(events) ?? '', 'Duties')).toMatch(
    /\| Rotate the signing keys \| security \| 2026-11-28 09:00:00 UTC \| done \| Bob \(console\), .* UTC: SEC-12 \|/,
  );
  expect(sectionOf(reportOf(events.slice(0, -1)) ?? '', 'Duties')).toMatch(/\| open \| – \|/);
});

test('the timeline tells both the people’s own time and UTC, over a change of the clock too', () => {
  const text = reportOf(events, { timezone: 'Europe/Berlin' }) ?? '';
  expect(text).toContain('| No | When | Europe/Berlin | Who | What |');
  expect(text).toContain('| 2 | 2026-11-21 14:31:01 UTC | 2026-11-21 15:31:01 | the bot | Started |');
});

test('durations are compared with the last five successful runs of the playbook that were over before', () => {
  const run = folded(events);
  const before = (id: string, took: number, more: object = {}) => ({
    plan: run.plan,
    state: {
      ...run.state,
      id,
      succeeded: true,
      startedAt: '2026-11-01T10:00:00.000Z',
      endedAt: '2026-11-01T12:00:00.000Z',
      milestones: [
        {
          seq: 1,
          at: new Date(Date.parse('2026-11-01T10:00:00Z') + took * 1_000).toISOString(),
          actor: { kind: 'bot' as const, id: 'cutover' },
          type: 'phase-finished' as const,
          subject: 'switch',
        },
      ],
      ...more,
    },
  });
  const earlier = [
    before('aether-5', 20),
    before('aether-4', 30),
    before('aether-3', 40),
    before('aether-8', 1, { endedAt: '2027-01-01T00:00:00.000Z' }),
    before('aether-2', 1, { succeeded: false }),
  ];
  const durations = sectionOf(reportOf(events, { earlier }) ?? '', 'Durations');
  expect(durations).toContain('| switch | 11 s | 30 s | 19 s faster |');
  expect(durations).toContain('Compared with: aether-5, aether-4, aether-3.');
  expect(sectionOf(reportOf(events) ?? '', 'Durations')).toContain('No earlier successful run');
});

test('the entry for an audit report has all that a reviewer signs', () => {
  const entry = deploymentOf(events) ?? '';
  expect(entry).toMatch(/^### aether-9: aether-blue-green in production\n/);
  for (const title of ['Rollback', 'Approvals and answers', 'Alerts', 'Hypercare', 'Duties', 'Timeline'])
    expect(entry).toContain(`\n#### ${title}\n`);
  expect(entry).toContain(`Journal: ${events.length} events, head \`${events.at(-1)?.hash}\``);
});
