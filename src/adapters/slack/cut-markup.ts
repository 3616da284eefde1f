import { cut } from '../../core/card/words.ts';
import { limits } from './limits.ts';

/** Cuts mark-up before an entity, mention or link that would be broken, and shows that it was cut. */
export function cutMarkup(markup: string, limit: number): string {
  if (markup.length <= limit) return markup;
  const short = cut(markup, limit).slice(0, -1);
  const open = short.lastIndexOf('<') > short.lastIndexOf('>') ? short.lastIndexOf('<') : short.length;
  const entity = /&[a-z]{0,4}$/.exec(short.slice(0, open))?.index ?? open;
  return `${short.slice(0, entity)}…`;
}

/** Lines put together into texts of at most a section's length, `room` in all; what is left out shows as `…`. */
export function chunks(lines: readonly string[], room: number): string[] {
  const texts: string[] = [];
  let left = room;
  for (const line of lines) {
    if (left < 100) return [...texts.slice(0, -1), `${texts.at(-1) ?? ''}\n…`];
    const fits = cutMarkup(line, Math.min(left, limits.sectionText - 2));
    const last = texts.at(-1);
    if (last !== undefined && last.length + fits.length + 3 <= limits.sectionText) {
      texts[texts.length - 1] = `${last}\n${fits}`;
    } else if (fits.trim() !== '') texts.push(fits);
    left -= fits.length + 1;
  }
  return texts;
}
