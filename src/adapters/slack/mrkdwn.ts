import type { Line, Span } from '../../core/card/card.ts';
import { utc } from '../../core/card/plain-text.ts';

/** The Slack accounts (`team/user`) of a person of the policy; empty: they have none. */
export type AccountsOf = (person: string) => readonly string[];

/** Text from outside can then be no link, mention or command to Slack. Rule: Slack, "Formatting text for app surfaces". */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A line in Slack's mark-up. */
export function mrkdwnLine(line: Line, accountsOf: AccountsOf): string {
  return line.map((span) => mrkdwnSpan(span, accountsOf)).join('');
}

function mrkdwnSpan(span: Span, accountsOf: AccountsOf): string {
  if (typeof span === 'string') return escapeText(span);
  if ('bold' in span) return wrapped(span.bold, '*', '∗');
  if ('italic' in span) return wrapped(span.italic, '_', '_');
  if ('code' in span) return wrapped(span.code, '`', "'");
  if ('link' in span) return mrkdwnLink(span.link, span.href);
  if ('person' in span) return person(span, accountsOf);
  return date(span.time);
}

/** A link that Slack opens in the browser; anything but http(s) stays plain text. */
export function mrkdwnLink(label: string, href: string): string {
  const url = URL.parse(href);
  const opens = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!opens) return escapeText(label);
  const address = url.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return `<${escapeText(address)}|${escapeText(label.replaceAll('|', '/'))}>`;
}

/** Marks are put around a text only where Slack reads them as marks: not around spaces or line ends. */
function wrapped(text: string, mark: string, instead: string): string {
  const plain = escapeText(text.replaceAll(/\s*\n\s*/g, ' '));
  const inner = mark === '_' ? plain : plain.replaceAll(mark, instead);
  const core = inner.trim();
  return core === '' ? inner : inner.replace(core, () => `${mark}${core}${mark}`);
}

function person(span: Extract<Span, { person: string }>, accountsOf: AccountsOf): string {
  const user = accountsOf(span.person)[0]?.split('/')[1];
  if (span.ping !== true) return escapeText(span.name);
  return user !== undefined && /^[UW][A-Z0-9]+$/.test(user) ? `<@${user}>` : escapeText(`@${span.name}`);
}

function date(time: string): string {
  const seconds = Math.floor(Date.parse(time) / 1_000);
  if (!(seconds > 0)) return escapeText(time);
  return `<!date^${seconds}^{date_short_pretty} {time}|${utc(time)}>`;
}
