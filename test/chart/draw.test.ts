import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { drawPng, drawSvg } from '../../src/adapters/chart/draw.ts';
import { endsOf, rowsOf } from '../../src/adapters/chart/rows.ts';
import type { Chart } from '../../src/core/rollout/event.ts';

const start = Date.parse('2026-11-21T14:21:00Z');

function chart(change: Partial<Chart> = {}): Chart {
  const points = Array.from({ length: 40 }, (_, index): [number, number] => [
    start + index * 15_000,
    index / 40,
  ]);
  return { title: 'Errors on green', unit: '%', series: [{ name: 'errors', points }], ...change };
}

/** Width and height from the header of a PNG. */
function dimensions(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/** How many pixels differ between the PNGs of two charts. */
async function difference(one: Chart, other: Chart): Promise<number> {
  const [a, b] = await Promise.all([one, other].map(async (each) => pixelsOf(await drawPng(each))));
  if (!a || !b || a.length !== b.length) throw new Error('not the same size');
  return a.reduce((count, value, index) => count + (value === b[index] ? 0 : 1), 0);
}

/** Decodes a PNG by drawing it into another picture. */
function pixelsOf(png: Uint8Array): Uint8Array {
  const [width, height] = dimensions(png);
  const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image href="${href}" width="${width}" height="${height}"/></svg>`;
  return new Resvg(svg).render().pixels;
}

describe('drawSvg', () => {
  it('says title, unit, limit, mark, the series and the time in UTC', async () => {
    const svg = await drawSvg(chart({ limit: 1, mark: { at: start + 300_000, label: 'switch' } }));
    for (const text of ['Errors on green', '0.6 %', 'limit 1 %', 'switch', 'errors', '14:25:00', 'UTC']) {
      expect(svg).toContain(`>${text}<`);
    }
  });

  it('says that there is no data', async () => {
    const svg = await drawSvg(
      chart({ limit: 1, series: [{ name: 'errors', points: [[start, Number.NaN]] }] }),
    );
    expect(svg).toContain('>no data<');
    expect(svg).not.toContain('>errors<');
  });

  it('lets no text become markup', async () => {
    const svg = await drawSvg(chart({ title: '</text><script>alert(1)</script>', unit: '"&' }));
    expect(svg).not.toContain('<script>');
  });

  it('leaves out an instant that is far from the data', async () => {
    const svg = await drawSvg(chart({ mark: { at: start - 86_400_000, label: 'switch' } }));
    expect(svg).not.toContain('>switch<');
  });

  it('stays small for many points, and keeps every peak', async () => {
    const points = Array.from({ length: 10_000 }, (_, index): [number, number] => [
      start + index * 1_000,
      index === 4_321 ? 99 : Math.sin(index),
    ]);
    const many = chart({
      series: [
        { name: 'a', points },
        { name: 'b', points },
        { name: 'c', points },
      ],
    });
    const rows = rowsOf(many);
    expect(rows.length).toBeLessThanOrEqual(1_200);
    expect(rows.filter(({ value }) => value === 99)).toHaveLength(2);
    expect((await drawSvg(many)).length).toBeLessThan(100_000);
  });

  it('moves names apart that would cover each other', () => {
    const ends = endsOf(
      [
        { at: 1, value: 10, series: 'a' },
        { at: 1, value: 10.1, series: 'b' },
      ],
      ['a', 'b'],
      280,
    );
    expect(ends.map(({ dy }) => dy)).toEqual([7, -7]);
  });
});

describe('drawPng', () => {
  it('is a PNG of twice the size', async () => {
    const png = await drawPng(chart());
    expect(Buffer.from(png.subarray(0, 4)).toString('latin1')).toBe('\x89PNG');
    expect(dimensions(png)).toEqual([1280, 560]);
    expect(png.byteLength).toBeLessThan(120_000);
  });

  it('really draws text: another word changes pixels', async () => {
    expect(await difference(chart(), chart())).toBe(0);
    expect(await difference(chart(), chart({ title: 'Errors on blue!' }))).toBeGreaterThan(500);
    const [errors] = chart().series;
    const renamed = chart({ series: [{ name: 'faults', points: errors?.points ?? [] }] });
    expect(await difference(chart(), renamed)).toBeGreaterThan(200);
  });

  it('draws a single point', async () => {
    const single = chart({ limit: 1, series: [{ name: 'errors', points: [[start, 0.5]] }] });
    expect(dimensions(await drawPng(single))).toEqual([1280, 560]);
  });
});
