import { panelsOf } from '../../core/rollout/chart.ts';
import type { Chart } from '../../core/rollout/event.ts';

/** Pixels, before a picture is scaled. On a phone it is shown at about half of its width: the type is large for that. */
export const layout = {
  width: 800,
  /** Over the first panel stands the title, under the last one the hours. */
  head: 48,
  foot: 12,
  panel: 220,
  /** In a panel: its heading above the plot, the hours or a gap below it. */
  plot: { left: 112, right: 20, top: 44, height: 144 },
} as const;

export const type = { title: 25, heading: 22, label: 19 } as const;

export const ink = {
  background: '#ffffff',
  text: '#1f2328',
  faint: '#57606a',
  grid: '#d8dee4',
  limit: '#b3261e',
} as const;

/** The lines of a panel: they differ in lightness as well as in hue, and each has its own dash. */
export const looks: readonly { colour: string; dash: number[]; sample: string }[] = [
  { colour: '#003f7d', dash: [1, 0], sample: '━' },
  { colour: '#d55e00', dash: [9, 5], sample: '╍' },
];
export type Look = (typeof looks)[number];

export const plotWidth = layout.width - layout.plot.left - layout.plot.right;

/** The size of a chart's picture: as wide as all, and as high as it has panels. */
export function sizeOf(chart: Chart): { width: number; height: number } {
  return { width: layout.width, height: layout.head + panelsOf(chart).length * layout.panel + layout.foot };
}
