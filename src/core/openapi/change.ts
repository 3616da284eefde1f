import { shown } from '../step/shown.ts';

/** How a contract differs from another in one place. */
export interface ContractChange {
  /** `GET /orders`, or a part of what goes over it: `Order.total in answers`. */
  where: string;
  /** In words: `is gone`. */
  what: string;
  /** Whether callers that were right before can fail by it. */
  breaking: boolean;
}

const rows = 12;
const longest = 60;

/** A table for people, what breaks callers first; `and 7 more` where it would get long. */
export function tableOf(changes: readonly ContractChange[]): string {
  const sorted = [...changes].sort((a, b) => Number(b.breaking) - Number(a.breaking));
  const first = sorted.slice(0, rows).map(({ where, what, breaking }) => ({
    kind: breaking ? 'breaks' : 'differs',
    where: shown(where, longest),
    what: shown(what, 2 * longest),
  }));
  const width = Math.max(0, ...first.map(({ where }) => where.length));
  const lines = first.map(({ kind, where, what }) => `${kind.padEnd(8)} ${where.padEnd(width)}  ${what}`);
  const more = sorted.length - first.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
