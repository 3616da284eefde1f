import { isPage, severityRule } from '../alerts/severity.ts';
import { groupOf } from '../alerts/state.ts';
import type { Milestone } from '../rollout/state.ts';
import { rollBackOf } from './alert-card.ts';
import type { Card, Line } from './card.ts';
import type { Telling } from './telling.ts';
import { cut, dotted, list, peopleSpans } from './words.ts';

const namesShown = 8;

/** A ping about groups of alerts. Its list grows by what begins within the same minute, without another ping. */
export function callReply(telling: Telling, { seq }: Milestone): Card | undefined {
  const { plan, state } = telling;
  const call = state.alerts?.calls.find((known) => known.seq === seq);
  if (call === undefined) return undefined;
  const groups = call.groups.flatMap((id) => groupOf(state.alerts, id) ?? []);
  const names = groups.slice(0, namesShown).map(({ name, severity }) => `${cut(name, 60)} (${severity})`);
  const more = groups.length > namesShown ? [`and ${groups.length - namesShown} more`] : [];
  const rule = severityRule(plan);
  const asks = groups.some(({ severity }) => isPage(severity, rule)) && rollBackOf(telling) !== undefined;
  const opening = call.kind === 'call' ? '🔥 ' : '⏰ Nobody has acknowledged this yet: ';
  return plain(
    'bad',
    dotted([
      [opening, { bold: list([...names, ...more]) }],
      asks ? { bold: 'Roll back?' } : '',
      peopleSpans(telling.people(call.roles), 'and', true),
    ]),
  );
}

/** The end of a page that somebody took in hand. */
export function endReply(said: string): Card {
  return plain('good', ['✓ ', { bold: said }, ' no longer fires']);
}

function plain(tone: Card['tone'], title: Line): Card {
  return { tone, title, lines: [], actions: [], links: [] };
}
