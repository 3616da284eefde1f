import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDeployment } from '../../src/core/report/audit.ts';
import { code, plain } from '../../src/core/report/markdown.ts';
import { deploymentOf, reportOf } from '../../src/core/report/report.ts';
import { sentence } from '../../src/core/report/sentence.ts';
import { type Fact, factTypes } from '../../src/core/rollout/event.ts';
import '../support/fuzz-seed.ts';
import { alice, bob, bot, digest, expectedReport, journalOf, plan, whole } from './journal.ts';

function rendered(facts = whole): string {
  return reportOf(journalOf(facts)) ?? '';
}

describe('reportOf', () => {
  it('tells the whole rollout, to the letter', async () => {
    expect(rendered()).toBe(await expectedReport());
  });

  it('gives the same text for the same journal, and another for another', () => {
    expect(rendered()).toBe(rendered());
    expect(rendered(whole.slice(0, -1))).not.toBe(rendered());
  });

  it('leaves out the middle of a very long journal and says so', () => {
    const many = Array.from({ length: 700 }, (_, index) => [
      [alice, { type: 'rollout.paused', data: { reason: `no ${index}` } }] as const,
      [alice, { type: 'rollout.resumed', data: {} }] as const,
    ]).flat();
    const text = rendered([...whole, ...many]);
    expect(text).toContain('913 events left out; the journal has them all');
    expect(text.length).toBeLessThan(80_000);
    expect(text).toContain('no 699');
  });

  it('says who asked for a rollback and why', () => {
    const text = rendered([
      ...whole,
      [bob, { type: 'rollback.requested', data: { reason: 'checkout errors' } }],
      [bot, { type: 'rollback.finished', data: {} }],
    ]);
    expect(text).toContain('| State | **rolled-back** |');
    expect(text).toContain('| Rolled back because | checkout errors |');
    expect(text).toContain('| Bob (console) | Rollback requested: checkout errors |');
  });
});

describe('sentence', () => {
  const some: Record<string, Fact['data']> = {
    'rollout.followed': { channel: { platform: 'slack', id: 'C1' } },
    'rollout.unfollowed': { channel: { platform: 'slack', id: 'C1' } },
    'rollout.superseded': { by: 'aether-8' },
    'plan.revised': { plan, digest, reason: 'image' },
    'phase.finished': { phase: 'switch' },
    'step.failed': { step: 'flip', summary: 'no', retryAt: '2026-11-21T14:31:00Z' },
    'step.doubted': { step: 'flip', summary: 'unknown', known: ['the worker died'] },
    'step.interrupted': { step: 'flip', why: 'rollback' },
    'step.skipped': { step: 'flip', reason: 'not needed' },
    'step.reset': { step: 'flip' },
    'step.settled': { step: 'flip', evidence: 'checked' },
    'hypercare.started': { until: '2026-11-21T14:31:00Z' },
    'hypercare.noticed': { summary: 'errors' },
    'hypercare.cleared': { summary: 'fine' },
    'hypercare.extended': { until: '2026-11-21T14:31:00Z' },
    'hypercare.checked': { after: '6h' },
    'hypercare.ended': {},
    'rollout.reclaimed': {},
    'duty.due': { duty: 'flip' },
    'duty.escalated': { duty: 'flip', roles: ['security'] },
    'duty.done': { duty: 'flip', evidence: 'seen' },
    'duty.cancelled': { duty: 'flip', reason: 'rolled back' },
    'rollback.requested': { reason: 'why' },
    'alerts.changed': {
      groups: [
        {
          id: 'g1',
          n: 1,
          name: 'HighErrorRate',
          severity: 'page',
          labels: {},
          firing: 2,
          total: 3,
          since: '2026-11-21T14:31:00Z',
          links: [],
          source: 'alertmanager',
        },
      ],
    },
    'alerts.called': { groups: ['g1'], roles: ['ops'] },
    'alerts.escalated': { groups: ['g1'], roles: ['ops'] },
    'alert.acknowledged': { group: 'g1' },
    'alert.silence-asked': {
      group: 'g1',
      name: 'HighErrorRate',
      until: '2026-11-21T14:31:00Z',
      reason: 'known',
      matchers: [{ name: 'job', value: 'shop', isRegex: false, isEqual: true }],
    },
    'alert.silenced': { group: 'g1', silence: 's1', until: '2026-11-21T14:31:00Z' },
    'alert.silence-failed': { group: 'g1', why: 'no answer' },
    'alert.unsilence-asked': { group: 'g1' },
    'alert.silence-removed': { group: 'g1' },
    'report.archived': { files: [{ name: 'report.md', uri: 'file:///r.md', sha256: 'sha256:0' }], events: 9 },
    'report.failed': { why: 'the bucket does not answer' },
  };

  it.each(factTypes)('has words for %s', (type) => {
    const data = some[type] ?? whole.find(([, fact]) => fact.type === type)?.[1].data ?? {};
    const [event] = journalOf([[alice, { type, data } as Fact]]);
    if (!event) throw new Error('no event');
    expect(sentence(plan, event)).toMatch(/^\S.{4,}$/);
    expect(sentence(plan, event)).not.toContain('undefined');
  });
});

describe('markdown', () => {
  it('lets no text from outside become markup or break a table', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(plain(text)).not.toMatch(/(?<!\\)(?:\\\\)*[|<*[`_]/);
        expect(code(text)).not.toMatch(/[|\n]/);
      }),
    );
    expect(plain('<script>|[x](http://x)')).toBe('\\<script\\>\\|\\[x\\](http://x)');
    expect(code('a`b')).toBe('``a`b``');
  });
});

describe('withDeployment', () => {
  const events = journalOf(whole);
  const entry = deploymentOf(events) ?? '';

  it('makes the report and its section', () => {
    const made = withDeployment('', 'aether-7', entry);
    expect(made).toMatch(
      /^# Audit report\n\n## Deployments\n\n<!-- cutover aether-7: begin -->\n### aether-7/,
    );
    expect(withDeployment(made, 'aether-7', entry)).toBe(made);
  });

  it('replaces its own entry and leaves all else alone', () => {
    const report = '# Audit\n\nText.\n\n## Deployments\n\nOld words.\n\n## Findings\n\nNone.\n';
    const once = withDeployment(report, 'aether-7', 'first');
    const twice = withDeployment(withDeployment(once, 'aether-8', 'other'), 'aether-7', 'second');
    expect(once).toBe(
      '# Audit\n\nText.\n\n## Deployments\n\nOld words.\n\n<!-- cutover aether-7: begin -->\nfirst\n<!-- cutover aether-7: end -->\n\n## Findings\n\nNone.\n',
    );
    expect(twice).toContain('second');
    expect(twice).not.toContain('first');
    expect(twice.indexOf('other')).toBeGreaterThan(twice.indexOf('second'));
    expect(twice).toMatch(/## Findings\n\nNone\.\n$/);
  });

  it('takes no heading inside of a code block for one, and keeps every byte of the file', () => {
    const report =
      '# Audit\r\n\r\n```\r\n## Deployments\r\n```\r\n## Deployments\r\n\r\n~~~~\n# no heading\n~~~\n~~~~\nEnd.\n\n\n\n## Next\r\n\ttab \r\n';
    const made = withDeployment(report, 'aether-7', 'entry');
    expect(made).toBe(
      report.replace(
        '## Next',
        '<!-- cutover aether-7: begin -->\nentry\n<!-- cutover aether-7: end -->\n\n## Next',
      ),
    );
  });

  it('leaves whatever stood there byte for byte, and changes nothing the second time', () => {
    const line = fc.constantFrom(
      '',
      'Text',
      '## Deployments',
      '## Other',
      '# Top',
      '```',
      '~~~~',
      ' # x',
      '### deep',
    );
    const file = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 });
    fc.assert(
      fc.property(file, fc.boolean(), (lines, cutEnd) => {
        const whole = lines.map(([text, end]) => text + end).join('');
        const report = cutEnd ? whole.trimEnd() : whole;
        const made = withDeployment(report, 'aether-7', 'entry');
        const before = report.split('').findIndex((character, at) => character !== made[at]);
        const kept = before < 0 ? report : report.slice(0, before);
        expect(made.startsWith(kept)).toBe(true);
        expect(made.endsWith(report.slice(kept.length))).toBe(true);
        expect(withDeployment(made, 'aether-7', 'entry')).toBe(made);
        const other = withDeployment(withDeployment(made, 'aether-8', 'other'), 'aether-7', 'new');
        expect(other.replace('new', 'entry')).toBe(withDeployment(made, 'aether-8', 'other'));
      }),
      { numRuns: 500 },
    );
  });

  it('adds the section at the end where it is missing', () => {
    expect(withDeployment('# Audit\n', 'aether-7', 'x')).toMatch(/^# Audit\n\n## Deployments\n\n<!--/);
  });
});
