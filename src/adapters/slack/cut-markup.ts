import { cut } from '../../core/card/words.ts';

/** Cuts mark-up before an entity, mention or link that would be broken, and shows that it was cut. */
export function cutMarkup(markup: string, limit: number): string {
  if (markup.length <= limit) return markup;
  const short = cut(markup, limit).slice(0, -1);
  const open = short.lastIndexOf('<') > short.lastIndexOf('>') ? short.lastIndexOf('<') : short.length;
  const entity = /&[a-z]{0,4}$/.exec(short.slice(0, open))?.index ?? open;
  return `${short.slice(0, entity)}…`;
}
