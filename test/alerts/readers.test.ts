import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readAlertmanager } from '../../src/adapters/alerts/alertmanager.ts';
import { alertJsonSchema, readGeneric } from '../../src/adapters/alerts/generic.ts';
import { readGoogleMonitoring } from '../../src/adapters/alerts/google-monitoring.ts';
import type { Reader } from '../../src/adapters/alerts/reading.ts';
import { hear } from '../../src/core/alerts/hear.ts';
import { noticeSchema } from '../../src/core/alerts/notice.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { anyCharacter } from '../support/characters.ts';
import { alertmanagerPayload, googlePayload, pushOf } from './payloads.ts';

const tellingsOf = (reader: Reader, body: unknown) => {
  const reading = reader(body);
  if ('fault' in reading) throw new Error(reading.fault);
  return reading.tellings;
};
const faultOf = (reader: Reader, body: unknown) => {
  const reading = reader(body);
  return 'fault' in reading ? reading.fault : undefined;
};

describe('Alertmanager', () => {
  it('is read as its version 0.25 posts', () => {
    const [over, firing] = tellingsOf(readAlertmanager, alertmanagerPayload);
    expect(over).toEqual({
      source: 'alertmanager',
      groupKey: '{}:{alertname="HighErrorRate", service="checkout"}',
      groupLabels: { alertname: 'HighErrorRate', service: 'checkout' },
      fingerprint: '5d53deb3770e4b6b',
      status: 'resolved',
      startsAt: '2026-11-21T23:51:05.123Z',
      endsAt: '2026-11-21T23:51:09.000Z',
      labels: { alertname: 'HighErrorRate', instance: 'a', service: 'checkout', severity: 'page' },
      annotations: alertmanagerPayload.alerts[0]?.annotations,
      links: [
        { label: 'Dashboard', href: 'https://grafana.example/d/1' },
        { label: 'Runbook', href: 'https://runbooks.example/errors' },
        { label: 'Source', href: 'http://prometheus.example:9090/graph?g0.expr=x%3E1&g0.tab=1' },
        { label: 'Alertmanager', href: 'http://am.example:9093/#/alerts?receiver=bot' },
      ],
    });
    expect(firing).toMatchObject({ status: 'firing', startsAt: '2026-11-21T23:51:05.343Z' });
    expect(firing).not.toHaveProperty('endsAt');
    expect(firing?.links.map(({ label }) => label)).toEqual(['Alertmanager']);
  });

  it('says when it left alerts out', () => {
    expect(readAlertmanager({ ...alertmanagerPayload, truncatedAlerts: 7 })).toMatchObject({
      remark: expect.stringMatching(/left out 7 alerts/),
    });
  });

  it.each([
    ['another version', { ...alertmanagerPayload, version: '3' }, /says version 3; only .* version 4/],
    ['Grafana’s own', { ...alertmanagerPayload, version: '1', orgId: 1 }, /says version 1;/],
    ['no version', {}, /no version/],
    ['no object', 'firing', /no version/],
    ['no alerts', { ...alertmanagerPayload, alerts: undefined }, /: alerts: /],
    ['no group', { ...alertmanagerPayload, groupKey: '' }, /: groupKey: /],
    [
      'a strange time',
      { ...alertmanagerPayload, alerts: [{ ...alertmanagerPayload.alerts[0], startsAt: 'yesterday' }] },
      /: alerts\[0\]\.startsAt: /,
    ],
  ])('is refused with one sentence: %s', (_, body, why) => {
    expect(faultOf(readAlertmanager, body)).toMatch(why);
  });

  it('never links to what is no address of the web', () => {
    const [alert] = alertmanagerPayload.alerts;
    const annotations = { runbook_url: 'javascript:alert(1)', dashboard_url: 'file:///etc/passwd' };
    const [told] = tellingsOf(readAlertmanager, {
      ...alertmanagerPayload,
      externalURL: 'about:blank',
      alerts: [{ ...alert, generatorURL: 'data:text/html,x', annotations }],
    });
    expect(told?.links).toEqual([]);
  });

  it('keeps as much of huge texts as is of use', () => {
    const [alert] = alertmanagerPayload.alerts;
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`l${n}`, 'x']));
    const [told] = tellingsOf(readAlertmanager, {
      ...alertmanagerPayload,
      groupKey: 'k'.repeat(100_000),
      alerts: [{ ...alert, labels: many, annotations: { summary: 'é'.repeat(1_000_000) } }],
    });
    expect(told?.annotations.summary).toHaveLength(4_096);
    expect(Object.keys(told?.labels ?? {})).toHaveLength(100);
    expect(told?.groupKey.length).toBeLessThan(100);
  });
});

describe('Google Cloud Monitoring', () => {
  const { incident } = googlePayload;
  const closed = { ...googlePayload, incident: { ...incident, state: 'closed', ended_at: 1_763_769_665 } };

  it('is read as it posts, and as Pub/Sub pushes it', () => {
    const told = tellingsOf(readGoogleMonitoring, googlePayload);
    expect(told).toEqual([
      {
        source: 'google-monitoring',
        groupKey: 'projects/shop-production/alertPolicies/1098849',
        groupLabels: { alertname: 'Too many errors' },
        fingerprint: '0.mtdi83m6w8ao',
        status: 'firing',
        startsAt: '2025-11-21T23:51:05.000Z',
        labels: {
          alertname: 'Too many errors',
          condition: 'Errors over 1 %',
          project_id: 'shop-production',
          resource_type: 'cloud_run_revision',
          metric_type: 'run.googleapis.com/request_count',
          service_name: 'checkout',
          location: 'us-central1',
          response_code_class: '5xx',
          tier: 'front',
          service: 'checkout',
          severity: 'page',
        },
        annotations: {
          summary: incident.summary,
          description: 'Look at the traces first.',
          observed_value: '0.041',
          threshold_value: '0.01',
        },
        links: [{ label: 'Google Cloud', href: incident.url }],
      },
    ]);
    expect(tellingsOf(readGoogleMonitoring, pushOf(googlePayload))).toEqual(told);
  });

  it('says when it is over', () => {
    expect(tellingsOf(readGoogleMonitoring, closed)).toMatchObject([
      { status: 'resolved', startsAt: '2025-11-21T23:51:05.000Z', endsAt: '2025-11-22T00:01:05.000Z' },
    ]);
  });

  it('needs an id and a state alone: nothing else that is missing or strange refuses an alert', () => {
    const strange = Object.fromEntries(Object.keys(incident).map((key) => [key, [17, { x: null }]]));
    const body = { version: '1.2', incident: { ...strange, incident_id: 'i1', state: 'OPEN' } };
    expect(tellingsOf(readGoogleMonitoring, body)).toMatchObject([{ fingerprint: 'i1', status: 'firing' }]);
    const bare = { version: '1.2', incident: { incident_id: 'i1', state: 'open' } };
    expect(tellingsOf(readGoogleMonitoring, bare)[0]).not.toHaveProperty('startsAt');
  });

  it('takes its severity where the policy gives none', () => {
    const { policy_user_labels: _, ...rest } = incident;
    const severityOf = (severity: string) =>
      tellingsOf(readGoogleMonitoring, { version: '1.2', incident: { ...rest, severity } })[0]?.labels
        .severity;
    expect([severityOf('Critical'), severityOf('No severity')]).toEqual(['critical', undefined]);
  });

  it('may test its channel', () => {
    const reading = readGoogleMonitoring({ version: 'test', incident: { ...incident, started_at: 0 } });
    expect(reading).toMatchObject({ tellings: [], remark: expect.stringContaining('tested') });
  });

  it.each([
    ['another version', { ...googlePayload, version: '1.1' }, /says version 1.1/],
    ['no incident', { version: '1.2' }, /: incident: /],
    ['a push of something else', pushOf('hello'), /no version/],
    ['a push of no JSON', { message: { data: 'aGVsbG8=' } }, /Pub\/Sub message is no JSON/],
    ['a push in a push', pushOf(pushOf(googlePayload)), /no version/],
  ])('is refused with one sentence: %s', (_, body, why) => {
    expect(faultOf(readGoogleMonitoring, body)).toMatch(why);
  });
});

describe('our own form', () => {
  const whole = {
    name: 'Queue is full',
    status: 'resolved',
    severity: 'warning',
    summary: '12,000 wait',
    description: 'They should be 100.',
    labels: { service: 'orders', instance: 'a' },
    id: 'queue-a',
    group: 'queues',
    startsAt: '2026-11-21T12:00:00+01:00',
    endsAt: '2026-11-21T12:10:00+01:00',
    runbook: 'https://runbooks.example/queues',
    links: [{ label: 'Dashboard', href: 'https://grafana.example/d/2' }],
  };

  it('is read whole', () => {
    expect(tellingsOf(readGeneric, whole)).toEqual([
      {
        source: 'generic',
        groupKey: 'queues',
        groupLabels: { alertname: 'Queue is full' },
        fingerprint: 'queue-a',
        status: 'resolved',
        startsAt: '2026-11-21T11:00:00.000Z',
        endsAt: '2026-11-21T11:10:00.000Z',
        labels: { alertname: 'Queue is full', severity: 'warning', service: 'orders', instance: 'a' },
        annotations: {
          summary: '12,000 wait',
          description: 'They should be 100.',
          runbook_url: 'https://runbooks.example/queues',
        },
        links: [
          { label: 'Runbook', href: 'https://runbooks.example/queues' },
          { label: 'Dashboard', href: 'https://grafana.example/d/2' },
        ],
      },
    ]);
  });

  it('needs a name alone, and is one alert or a list', () => {
    const [least] = tellingsOf(readGeneric, { name: 'Disk' });
    expect(least).toMatchObject({ groupKey: 'Disk', status: 'firing', labels: { alertname: 'Disk' } });
    expect(least).not.toHaveProperty('startsAt');
    expect(tellingsOf(readGeneric, [{ name: 'Disk' }])).toEqual([least]);
    expect(tellingsOf(readGeneric, [])).toEqual([]);
  });

  it('is the same alert by its name and labels, in any order, however severe it is', () => {
    const fingerprint = (alert: object) =>
      tellingsOf(readGeneric, { name: 'Disk', ...alert })[0]?.fingerprint;
    const one = fingerprint({ labels: { a: '1', b: '2' } });
    expect(fingerprint({ labels: { b: '2', a: '1' }, severity: 'page', status: 'resolved' })).toBe(one);
    expect(fingerprint({ labels: { a: '1', b: '3' } })).not.toBe(one);
  });

  it.each([
    ['an unknown key', { name: 'x', sevrity: 'page' }, /sevrity/],
    ['no name', { status: 'firing' }, /: name: /],
    ['the place in a list', [{ name: 'x' }, { name: 7 }], /: \[1\]\.name: /],
    ['an end of what goes on', { name: 'x', endsAt: whole.endsAt }, /endsAt: stands only with/],
    ['an end before the beginning', { ...whole, startsAt: '2026-11-21T12:11:00+01:00' }, /before startsAt/],
    ['a link to a file', { name: 'x', runbook: 'file:///x' }, /: runbook: /],
    ['a year that does not exist', { name: 'x', startsAt: '9999-12-31T23:59:59-14:00' }, /years/],
    ['nothing', null, /Invalid input/],
  ])('is refused with one sentence: %s', (_, body, why) => {
    const fault = faultOf(readGeneric, body);
    expect(fault).toMatch(/^This is no alert in the form of docs\/alerts\.md: [^\n]+\.$/);
    expect(fault).toMatch(why);
  });

  it('is described by docs/alert.schema.json (node bin/cutover.js schema alert > docs/alert.schema.json)', async () => {
    const stands = await readFile(new URL('../../docs/alert.schema.json', import.meta.url), 'utf8');
    expect(stands).toBe(`${JSON.stringify(alertJsonSchema(), null, 2)}\n`);
    const check = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(stands));
    for (const good of [whole, [whole, { name: 'x' }], { name: 'x' }]) expect(check(good)).toBe(true);
    for (const bad of [{}, { name: 'x', y: 1 }, [[]], { ...whole, status: 'ok' }])
      expect(check(bad)).toBe(false);
  });
});

/** A payload with a piece of it put out of shape. */
function bent(payload: unknown): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.nat(60), fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: anyCharacter }))
    .map(([place, value, text]) => {
      const copy: unknown = structuredClone(payload);
      const places: [Record<string, unknown>, string][] = [];
      const visit = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key]);
          visit((node as Record<string, unknown>)[key]);
        }
      };
      visit(copy);
      const [node, key] = places[place % places.length] ?? [];
      if (node && key !== undefined) node[key] = place % 2 === 0 ? value : text;
      return copy;
    });
}

const readers = [
  ['Alertmanager', readAlertmanager, alertmanagerPayload],
  ['Google Cloud Monitoring', readGoogleMonitoring, googlePayload],
  ['Pub/Sub', readGoogleMonitoring, pushOf(googlePayload)],
  [
    'our own form',
    readGeneric,
    [{ name: 'x', labels: { a: 'b' }, links: [], startsAt: '2026-11-21T12:00:00Z' }],
  ],
] as const;

test.each(readers)('whatever comes, %s is understood or refused with a sentence', (_, reader, payload) => {
  const bodies = fc.oneof(bent(payload), fc.jsonValue(), fc.anything({ withNullPrototype: true }));
  fc.assert(
    fc.property(bodies, (body) => {
      const reading = reader(body);
      if ('fault' in reading) {
        expect(reading.fault).toMatch(/^[A-Z][^\0]{5,500}\.$/);
        return;
      }
      for (const telling of reading.tellings) {
        const heard = hear(undefined, telling, Date.parse('2026-11-22T00:00:00Z'));
        const notice = heard.news ? heard.notice : undefined;
        expect(noticeSchema.parse(JSON.parse(canonicalJson(notice)))).toEqual(notice);
      }
    }),
    { numRuns: 1_500 },
  );
});
