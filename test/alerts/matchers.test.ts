import { expect, test } from 'vitest';
import type { Binding } from '../../src/core/alerts/binding.ts';
import { matchersOf } from '../../src/core/alerts/matchers.ts';
import type { Notice, Telling } from '../../src/core/alerts/notice.ts';
import type { ToldGroup } from '../../src/core/alerts/report.ts';
import { alert, hour, iso, noon } from './desk-scene.ts';

const binding: Binding = { labels: { app: 'shop' }, from: noon, to: noon + hour };

function group(groupKey: string, ...tellings: Partial<Telling>[]): ToldGroup {
  const notices = tellings.map(
    (more, n): Notice => ({ startsAt: iso(noon), ...alert('Slow', n, more) }) as Notice,
  );
  return { id: 'g', source: notices[0]?.source ?? 'alertmanager', groupKey, notices };
}

const said = (told: ToldGroup, by: Binding = binding) =>
  matchersOf(told, by)?.map(({ name, value, isRegex, isEqual }) => `${name}=${value} ${isRegex} ${isEqual}`);

test('a silence matches what its group and its rollout have, and no label of a single alert', () => {
  expect(said(group('{}:{alertname="Slow"}', {}, {}))).toEqual([
    'alertname=Slow false true',
    'app=shop false true',
  ]);
});

test('what the route asks for by equality belongs to the group; what it asks for by pattern can’t be told', () => {
  const labels = { team: 'a', tier: 'web' };
  const key = '{}/{team="a",tier=~"web|api"}/{x!="y"}:{alertname="Slow"}';
  expect(said(group(key, { labels }))).toEqual([
    'alertname=Slow false true',
    'app=shop false true',
    'team=a false true',
  ]);
  expect(said(group('{}/{team="b"}:{alertname="Slow"}', { labels }))).toHaveLength(2);
});

test('labels are whole: those that were cut, or too many, make no silence', () => {
  const long = 'x'.repeat(3_000);
  const whole = group('{}', { labels: { alertname: long }, groupLabels: { alertname: long } });
  expect(said(whole)?.[0]).toBe(`alertname=${long} false true`);
  const cut = 'x'.repeat(4_096);
  expect(said(group('{}', { labels: { alertname: cut }, groupLabels: { alertname: cut } }))).toBeUndefined();
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, 'v']));
  expect(said(group('{}', { labels: many, groupLabels: many }))).toBeUndefined();
});

test('a group without an alert of the rollout, or with a label that an alert lacks, makes none', () => {
  expect(said(group('{}', { labels: { app: 'else' } }))).toBeUndefined();
  expect(said(group('{}', { groupLabels: { alertname: 'Slow', zone: 'z' } }))).toBeUndefined();
});

test('of a sender without silences it only says what is meant', () => {
  const told = group('anything', { source: 'generic', groupLabels: { title: 'Slow' } });
  expect(said(told)).toEqual(['app=shop false true', 'title=Slow false true']);
});
