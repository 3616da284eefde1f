import type { GroupMark, TextMark } from 'vega';

type Look = NonNullable<NonNullable<TextMark['encode']>['enter']>;

/**
 * A text in a picture. It is handed over as data: words such as `valueOf` in the specification itself would
 * be taken for what every object inherits.
 */
export function textGroup(said: string, ...looks: readonly Look[]): GroupMark {
  return {
    type: 'group',
    data: [{ name: 'words', values: [{ said }] }],
    marks: looks.map((look) => ({
      type: 'text',
      from: { data: 'words' },
      encode: { enter: { ...look, text: { field: 'said' } } },
    })),
  };
}
