import { stripVTControlCharacters, styleText } from 'node:util';
import type { Line, Span } from '../../core/card/card.ts';

type Format = Parameters<typeof styleText>[0];

/** Puts a format on a text; gives it back as it is where no colours are wanted. */
export type Paint = (format: Format, text: string) => string;

/** Colours as this stream takes them: none when it is no terminal or NO_COLOR is set. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (format, text) => styleText(format, text, { stream });
}

/** What a text may not bring along: whatever would move the cursor, recolour the screen or ring the bell. */
const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** A text from outside in one line that is safe to print. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(control, '');
}

/** One line of a card. */
export function drawLine(line: Line, paint: Paint): string {
  return line.map((span) => drawSpan(span, paint)).join('');
}

function drawSpan(span: Span, paint: Paint): string {
  if (typeof span === 'string') return printable(span);
  if ('bold' in span) return paint('bold', printable(span.bold));
  if ('italic' in span) return paint('italic', printable(span.italic));
  if ('code' in span) return paint('cyan', printable(span.code));
  if ('link' in span) return `${printable(span.link)} (${printable(span.href)})`;
  if ('person' in span) return span.ping ? paint('bold', `@${printable(span.name)}`) : printable(span.name);
  return clock(span.time);
}

/** The hour and minute of an instant, with its date unless that is today's, in the time zone of this machine. */
function clock(iso: string): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const date = (day: Date) => day.toLocaleDateString('sv-SE');
  return date(at) === date(new Date()) ? time : `${date(at)} ${time}`;
}
