import type { Binding } from './binding.ts';
import { belongs } from './binding.ts';
import { mostMatchers, type SilenceMatcher } from './facts.ts';
import type { ToldGroup } from './report.ts';

/**
 * What a silence of a rollout's group matches: the labels that its sender grouped by, those that the sender's route
 * asks for, and those by which alerts become the rollout's. All by the labels as they were told, never as they are cut
 * for display, and each by equality: no alert of another group or of another rollout is silenced, and an alert that
 * joins the group later is. Undefined where these are none, or more than a silence can have. Of a sender without
 * silences they only say what is meant.
 */
export function matchersOf(group: ToldGroup, binding: Binding): SilenceMatcher[] | undefined {
  const own = group.notices.filter((notice) => belongs(notice, binding));
  const [first] = own;
  if (first === undefined) return undefined;
  const exact = group.source === 'alertmanager';
  const have = ([name, value]: [string, string]) => own.every(({ labels }) => labels[name] === value);
  const needed = [...Object.entries(first.groupLabels), ...Object.entries(binding.labels)];
  const known = new Map([...routeLabels(group.groupKey).filter(have), ...needed]);
  if (exact && !(needed.every(have) && needed.every(isWhole))) return undefined;
  if (known.size === 0 || known.size > mostMatchers) return undefined;
  return [...known]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** `alertname="Slow", app="shop"`: as Alertmanager writes it. */
export function matchersInWords(matchers: readonly SilenceMatcher[]): string {
  return matchers.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(', ');
}

/**
 * What the route of an Alertmanager's group asks for by equality: `{}/{team="a"}:{alertname="Slow"}` has team="a".
 * A key of another form has nothing.
 */
function routeLabels(groupKey: string): [string, string][] {
  if (groupKey.length > longestKey || !groupKey.startsWith('{')) return [];
  const route = groupKey.slice(0, Math.max(0, groupKey.lastIndexOf(':{')));
  return [...route.matchAll(/[{,]\s*([A-Za-z_]\w*)="([^"\\]*)"/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
}

const longestKey = 10_000;

/** Longer texts were cut when they came in. */
function isWhole([name, value]: [string, string]): boolean {
  return name.length < 4_000 && value.length < 4_000;
}
