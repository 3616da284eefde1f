import { createRequire } from 'node:module';
import type { Chart } from '../../core/rollout/event.ts';
import { layout } from './layout.ts';
import { specOf } from './spec.ts';

const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
  createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`),
);

/** A chart as an SVG picture, times in UTC. The drawing library is loaded at the first call. */
export async function drawSvg(chart: Chart): Promise<string> {
  const vega = await import('vega');
  const view = new vega.View(vega.parse(specOf(chart)), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A chart as a PNG picture, twice as large as its SVG so that phones show it sharp. */
export async function drawPng(chart: Chart): Promise<Uint8Array> {
  const [{ Resvg }, svg] = await Promise.all([import('@resvg/resvg-js'), drawSvg(chart)]);
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' };
  const picture = new Resvg(svg, { font, fitTo: { mode: 'width', value: layout.width * 2 } });
  return picture.render().asPng();
}
