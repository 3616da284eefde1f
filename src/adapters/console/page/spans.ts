import type { Line, Span } from '../../../core/card/card.ts';
import { html, type View } from './html.ts';
import { safeHref, visible } from './text.ts';
import { At } from './time.ts';

/** A link, or its words and address as text where the address is not safe to follow. */
export function SafeLink({ href, children }: { href: string; children: unknown }) {
  const safe = safeHref(href);
  if (safe === undefined) return html`<span>${children} (${visible(href)})</span>`;
  const { origin, pathname, hash } = new URL(safe, location.href);
  const inside = origin === location.origin && !pathname.startsWith('/api/');
  return inside
    ? html`<a href=${pathname + hash}>${children}</a>`
    : html`<a href=${safe} target="_blank" rel="noopener noreferrer">${children}</a>`;
}

function span(part: Span, now: number, me: string): View {
  if (typeof part === 'string') return html`<bdi>${visible(part)}</bdi>`;
  if ('bold' in part) return html`<strong><bdi>${visible(part.bold)}</bdi></strong>`;
  if ('italic' in part) return html`<em><bdi>${visible(part.italic)}</bdi></em>`;
  if ('code' in part) return html`<code>${visible(part.code)}</code>`;
  if ('link' in part) return html`<${SafeLink} href=${part.href}>${visible(part.link)}<//>`;
  if ('time' in part) return html`<${At} at=${part.time} now=${now} />`;
  const kind = part.person === me ? 'person me' : 'person';
  return html`<span class=${kind}>${part.ping ? '@' : ''}${visible(part.name)}</span>`;
}

export function Words({ line, now, me }: { line: Line; now: number; me: string }) {
  return html`${line.map((part) => span(part, now, me))}`;
}

/** A line as plain text, for announcements and labels. */
export function plain(line: Line): string {
  return line
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('bold' in part) return part.bold;
      if ('italic' in part) return part.italic;
      if ('code' in part) return part.code;
      if ('link' in part) return part.link;
      return 'time' in part ? part.time : part.name;
    })
    .map(visible)
    .join('');
}
