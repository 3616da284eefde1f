/** One line of the table. */
export interface Figure {
  what: string;
  value: string;
  /** What it stands beside: the floor or a peer, measured in the same run. */
  beside: string;
  bound: string;
  holds: boolean;
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
export const times = (ratio: number): string => `${ratio.toFixed(2)}×`;
export const bytes = (value: number): string =>
  value < 1_048_576 ? `${(value / 1_024).toFixed(1)} kB` : `${(value / 1_048_576).toFixed(1)} MB`;

/** A figure that is a ratio to something measured beside it. */
export function ratio(
  what: string,
  value: number,
  beside: { name: string; value: number },
  limit: number,
): Figure {
  const factor = value / beside.value;
  return {
    what,
    value: ms(value),
    beside: `${beside.name} ${ms(beside.value)}`,
    bound: `${times(factor)}, at most ${limit}×`,
    holds: factor <= limit,
  };
}

/** A figure with an absolute limit. */
export function limited(what: string, value: number, limit: number, beside = '–'): Figure {
  return { what, value: ms(value), beside, bound: `under ${ms(limit)}`, holds: value < limit };
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, beside, bound, holds }) => [
    what,
    value,
    beside,
    bound,
    holds ? 'yes' : '**no**',
  ]);
  const lines = [
    ['Figure', 'Measured', 'Beside it, in the same run', 'Bound', 'Holds'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
