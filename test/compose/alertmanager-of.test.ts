import { describe, expect, it } from 'vitest';
import { alertmanagerOf } from '../../src/compose/silences.ts';
import type { AlertGroupState } from '../../src/core/alerts/state.ts';

const group: AlertGroupState = {
  id: 'g',
  n: 1,
  name: 'Slow',
  severity: 'page',
  labels: {},
  firing: 1,
  total: 1,
  since: '2026-11-21T12:00:00.000Z',
  links: [{ label: 'Alertmanager', href: 'https://eu.example/am/#/alerts?receiver=cutover' }],
  source: 'alertmanager',
};
const at = (url: string) => ({ kind: 'alertmanager', url });
const environment = (connections: Record<string, { kind: string; url?: string }>) => ({
  name: 'production',
  vars: {},
  quorum: 1,
  connections,
});

describe('the Alertmanager of an alert', () => {
  it('is the environment’s own, else that of the process, else none', () => {
    const own = environment({ metrics: { kind: 'prometheus' }, alerts: at('https://own.example') });
    expect(alertmanagerOf(own, group, 'https://usual.example')).toEqual(at('https://own.example'));
    expect(alertmanagerOf(environment({}), group, 'https://usual.example')).toEqual(
      at('https://usual.example'),
    );
    expect(alertmanagerOf(environment({}), group, undefined)).toBeUndefined();
  });

  it('is none for senders that have no silences', () => {
    const own = environment({ alerts: at('https://own.example') });
    expect(alertmanagerOf(own, { ...group, source: 'generic' }, 'https://usual.example')).toBeUndefined();
  });

  it('is, of several, the one that the alert links to, and never just any', () => {
    const both = environment({ us: at('https://us.example/am'), eu: at('https://eu.example/am/') });
    expect(alertmanagerOf(both, group, undefined)).toEqual(at('https://eu.example/am/'));
    expect(() => alertmanagerOf(both, { ...group, links: [] }, undefined)).toThrow(
      'production has several Alertmanagers (us and eu)',
    );
  });
});
