import type { Line, Span } from '../../core/card/card.ts';
import { isBlank, presentable } from '../../core/card/outside-text.ts';
import { utc } from '../../core/card/plain-text.ts';
import { cut } from '../../core/card/words.ts';
import { limits } from './limits.ts';

/** The Slack accounts (`team/user`) of a person of the policy; empty: they have none. */
export type AccountsOf = (person: string) => readonly string[];

/** Text from outside can then be no link, mention or command to Slack. Rule: Slack, "Formatting text for app surfaces". */
export function escapeText(text: string): string {
  return presentable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A line in Slack's mark-up. Of a text that is longer than any block may be, only the beginning is looked at. */
export function mrkdwnLine(line: Line, accountsOf: AccountsOf): string {
  return line.map((span) => mrkdwnSpan(span, accountsOf)).join('');
}

function mrkdwnSpan(span: Span, accountsOf: AccountsOf): string {
  if (typeof span === 'string') return escapeText(brief(span));
  if ('bold' in span) return wrapped(brief(span.bold), '*', '∗');
  if ('italic' in span) return wrapped(brief(span.italic), '_', '_');
  if ('code' in span) return wrapped(brief(span.code), '`', "'");
  if ('link' in span) return mrkdwnLink(brief(span.link), span.href);
  if ('person' in span) return person({ ...span, name: brief(span.name) }, accountsOf);
  return date(brief(span.time));
}

function brief(text: string): string {
  return cut(text, limits.sectionText);
}

/** A link that Slack opens in the browser; anything but http(s) stays plain text. */
export function mrkdwnLink(label: string, href: string): string {
  const url = href.length > limits.address ? null : URL.parse(href);
  const opens = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!opens) return escapeText(label);
  const address = escapeText(url.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E'));
  if (address.length > limits.address) return escapeText(label);
  const words = escapeText(label.replaceAll('|', '/').replaceAll(/\s+/g, ' '));
  return isBlank(words) ? `<${address}>` : `<${address}|${words}>`;
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
  const at = Date.parse(time);
  if (!(at > 0)) return escapeText(time);
  const plain = utc(new Date(at).toISOString());
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${plain}>`;
}
