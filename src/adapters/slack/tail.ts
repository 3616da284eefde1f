import type { types } from '@slack/bolt';
import type { Card } from '../../core/card/card.ts';
import { isBlank } from '../../core/card/outside-text.ts';
import { cut, cutFront } from '../../core/card/words.ts';
import { context, section } from './elements.ts';
import { limits } from './limits.ts';
import { escapeText, mrkdwnLink } from './mrkdwn.ts';

/** Where all of an output is: a file in the thread. `link` where Slack said its address. */
export interface OutputFile {
  link?: string;
}

type Tail = NonNullable<Card['tail']>;

/** The end of an output, as much as `room` characters take, and where the whole of it is. */
export function tailBlocks(
  tail: Card['tail'],
  room: number,
  file: OutputFile | undefined,
): types.KnownBlock[] {
  const drawn = tail === undefined ? undefined : drawnTail(tail, room);
  if (tail === undefined || drawn === undefined) return [];
  if (file === undefined) return [section(drawn.text)];
  const whole =
    file.link === undefined ? 'a file in this thread' : mrkdwnLink('the file in this thread', file.link);
  return [section(drawn.text), context([`All of it: ${whole}`])];
}

/** What of an output the message would leave out; undefined when it shows all that there is. */
export function leftOut(tail: Card['tail'], room: number): string | undefined {
  const whole = tail?.whole;
  if (tail === undefined || whole === undefined || isBlank(whole)) return undefined;
  const drawn = drawnTail(tail, room);
  return drawn !== undefined && !drawn.isCut && tail.text.length >= whole.length ? undefined : whole;
}

function drawnTail({ title, text }: Tail, room: number): { text: string; isCut: boolean } | undefined {
  if (isBlank(text)) return undefined;
  const heading = `*${escapeText(cut(title, 200).replaceAll('*', '∗').replaceAll(/\s+/g, ' '))}*`;
  const space = Math.min(room, limits.sectionText) - heading.length - 10;
  if (space < 100) return undefined;
  const end = cutFront(text, limits.sectionText);
  const escaped = escapeText(end.replaceAll('```', "'''"));
  const shown = lastOf(escaped, space);
  return {
    text: `${isBlank(title) ? '' : heading}\n\`\`\`${shown}\`\`\``,
    isCut: shown !== escaped || end !== text,
  };
}

/** The end of an escaped text, on a whole character. */
function lastOf(escaped: string, space: number): string {
  if (escaped.length <= space) return escaped;
  return cutFront(escaped, space).replace(/^…[a-z]{1,4};/, '…');
}
