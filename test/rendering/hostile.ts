import fc from 'fast-check';
import { anyCharacter } from '../support/characters.ts';

const pieces = [
  '<!channel>',
  '<!here|here>',
  '<!subteam^S012AB>',
  '<@U1>',
  '<@U9|bob>',
  '<#C1|general>',
  '@here @channel @everyone',
  '<https://evil.example|click>',
  '<!date^0^{date}|x>',
  '&lt;!channel&gt;',
  '&amp;amp;#60;',
  '&',
  '<',
  '>',
  '|',
  '*',
  '_',
  '~',
  '`',
  '```',
  '<b>',
  '</b></i>',
  '<a href="tg://user?id=7">Bob</a>',
  '<tg-spoiler>',
  '<script>alert(1)</script>',
  '</pre></code>',
  '${{ secrets.TOKEN }}',
  '\u202Egnp.exe',
  '\u2066\u2069',
  '\u200F\u200E',
  '\u200B\u200C\u200D\u2060\uFEFF',
  '\u00AD',
  '\u2028\u2029',
  '\r\n',
  '\n\n\n',
  '\t',
  ' ',
  '\0',
  '\u0007\u001B[31m',
  '\uD83D',
  '\uDD25',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '🇩🇪',
  'e\u0301\u0302\u0303',
  'ﷺ',
  'مرحبا',
  'valueOf',
  '__proto__',
];

/** 100 kB in one line, of characters that grow when they are escaped, and of pairs that a cut may split. */
export const long = fc.constantFrom(
  ...['x', '<&>', '😀', '&amp;', '*_`', '\u202E'].map((unit) =>
    unit.repeat(Math.ceil(100_000 / unit.length)),
  ),
);

const short = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 30 })), { maxLength: 8 });

/** Text as nobody means well: mark-up, mentions, direction marks, half characters, nothing at all, the same over and over. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 15, arbitrary: short.map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.string({ unit: anyCharacter, maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\u200B', '\n') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 900 }))
      .map(([piece, times]) => piece.repeat(times)),
  },
);

/** The same, and far too much of it. */
export const hostileOrLong: fc.Arbitrary<string> = fc.oneof(
  { weight: 50, arbitrary: hostile },
  { weight: 1, arbitrary: long },
);
