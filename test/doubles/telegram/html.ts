/** A piece of a text that is more than plain. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  user?: { id: number };
}

const types: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  blockquote: 'blockquote',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
};

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** A fault in mark-up, in Telegram's own words. */
export class MarkupFault extends Error {}

interface Open {
  tag: string;
  argument: string;
  offset: number;
}

/**
 * Reads a text as Telegram's parser of its HTML style does: the same tags, the same four named references, and the
 * same complaints. Offsets in complaints are in bytes, those of entities in UTF-16 units.
 */
export function parseHtml(source: string): { text: string; entities: Entity[] } {
  let text = '';
  const entities: Entity[] = [];
  const open: Open[] = [];
  let rest = source;
  const at = () => Buffer.byteLength(source.slice(0, source.length - rest.length));
  while (rest !== '') {
    if (rest.startsWith('&')) {
      const [read, letter] = reference(rest);
      text += letter;
      rest = rest.slice(read);
    } else if (rest.startsWith('</')) {
      rest = closeTag(rest, at, open, text, entities);
    } else if (rest.startsWith('<')) {
      rest = openTag(rest, at, open, text.length);
    } else {
      const end = rest.search(/[<&]/);
      text += end < 0 ? rest : rest.slice(0, end);
      rest = end < 0 ? '' : rest.slice(end);
    }
  }
  const last = open.at(-1);
  if (last) throw new MarkupFault(`Can't find end tag corresponding to start tag "${last.tag}"`);
  return { text, entities };
}

/** What a reference stands for, and how much of the source it takes; an unknown one is plain text. */
function reference(rest: string): [number, string] {
  const word = /^&([a-z]+);?/i.exec(rest);
  const letter = word && Object.hasOwn(named, word[1] ?? '') ? named[word[1] ?? ''] : undefined;
  if (word && letter !== undefined) return [word[0].length, letter];
  const number = /^&#(?:x([0-9a-f]+)|(\d+));?/i.exec(rest);
  const code = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10) : 0;
  return number && code > 0 && code < 0x10ffff && number[0].length < 10
    ? [number[0].length, String.fromCodePoint(code)]
    : [1, '&'];
}

function openTag(rest: string, at: () => number, open: Open[], offset: number): string {
  const [begin = '', name = ''] = /^<([^\s>]*)/.exec(rest) ?? [];
  const tag = name.toLowerCase();
  if (begin.length === rest.length) throw new MarkupFault(`Unclosed start tag at byte offset ${at()}`);
  if (!Object.hasOwn(types, tag))
    throw new MarkupFault(`Unsupported start tag "${tag}" at byte offset ${at()}`);
  let after = rest.slice(begin.length);
  let argument = '';
  for (;;) {
    after = after.trimStart();
    if (after.startsWith('>')) break;
    const [whole, attribute = '', double, single, bare] =
      /^([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]*)))?/.exec(after) ?? [];
    if (whole === undefined)
      throw new MarkupFault(`Empty attribute name in the tag "${tag}" at byte offset ${at()}`);
    const value = double ?? single ?? bare ?? '';
    if ((tag === 'a' && attribute === 'href') || (tag === 'span' && attribute === 'class')) {
      argument = value.replace(/&\w+;/g, (word) => reference(word)[1]);
    }
    if (tag === 'blockquote' && attribute === 'expandable') argument = 'expandable';
    after = after.slice(whole.length);
    if (after === '') throw new MarkupFault(`Unclosed start tag at byte offset ${at()}`);
  }
  if (tag === 'span' && argument !== 'tg-spoiler') {
    throw new MarkupFault(`Tag "span" must have class "tg-spoiler" at byte offset ${at()}`);
  }
  open.push({ tag, argument, offset });
  return after.slice(1);
}

function closeTag(rest: string, at: () => number, open: Open[], text: string, entities: Entity[]): string {
  const last = open.pop();
  if (!last) throw new MarkupFault(`Unexpected end tag at byte offset ${at()}`);
  const [whole, name = ''] = /^<\/([^\s>]*)\s*>/.exec(rest) ?? [];
  if (whole === undefined) throw new MarkupFault(`Unclosed end tag at byte offset ${at()}`);
  if (name !== '' && name.toLowerCase() !== last.tag) {
    throw new MarkupFault(
      `Unmatched end tag at byte offset ${at()}, expected "</${last.tag}>", found "</${name.toLowerCase()}>"`,
    );
  }
  const length = text.length - last.offset;
  if (length > 0) entities.push(...entityOf(last, length, text.slice(last.offset)));
  return rest.slice(whole.length);
}

function entityOf({ tag, argument, offset }: Open, length: number, inner: string): Entity[] {
  if (tag !== 'a') {
    const type = argument === 'expandable' ? 'expandable_blockquote' : (types[tag] ?? tag);
    return [{ type, offset, length }];
  }
  const url = argument === '' ? inner : argument;
  const [, user] = /^tg:\/\/user\?id=(\d+)$/.exec(url) ?? [];
  if (user !== undefined) return [{ type: 'text_mention', offset, length, user: { id: Number(user) } }];
  return /^(https?:\/\/|tg:\/\/)?[^\s/]+\.?[^\s]*$/i.test(url)
    ? [{ type: 'text_link', offset, length, url }]
    : [];
}

const mention = /(?<![\p{L}\p{N}_])@(?:[\u2028-\u202E]|\u0333|\u033F|\u030A)*[a-z0-9_]{2,32}/giu;

/**
 * What Telegram makes of a text beside its mark-up: it takes out what can't be shown and the space around, and finds
 * mentions by itself. Rule: tdlib, `clean_input_string` and `match_mentions`.
 */
export function asShown(parsed: { text: string; entities: Entity[] }): { text: string; entities: Entity[] } {
  const text = parsed.text
    .replaceAll(/(?!\n)\p{Cc}/gu, ' ')
    .replaceAll(/[\u2028-\u202E]|\u0333|\u033F|\u030A/g, '')
    .trim();
  const covered = (offset: number) =>
    parsed.entities.some(
      (entity) =>
        ['code', 'pre', 'text_link', 'text_mention'].includes(entity.type) &&
        offset >= entity.offset &&
        offset < entity.offset + entity.length,
    );
  const found = [...parsed.text.matchAll(mention)].flatMap(({ index, 0: word }) =>
    covered(index) ? [] : [{ type: 'mention', offset: index, length: word.length }],
  );
  return { text, entities: [...parsed.entities, ...found] };
}
