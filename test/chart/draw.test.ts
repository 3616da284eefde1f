import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawPng, drawSvg } from '../../src/adapters/chart/draw.ts';
import { looks, sizeOf } from '../../src/adapters/chart/layout.ts';
import { seriesOf } from '../../src/adapters/chart/rows.ts';
import type { Chart } from '../../src/core/rollout/event.ts';
import { anyCharacter } from '../support/characters.ts';

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

const latency = {
  unit: 'ms',
  limit: 250,
  series: [
    { name: 'p95', points: [[start, 84] as [number, number], [start + 585_000, 97] as [number, number]] },
    { name: 'p99', points: [[start, 140] as [number, number], [start + 585_000, 260] as [number, number]] },
  ],
};
const throughput = {
  unit: '/s',
  series: [{ name: 'throughput', points: [[start, 480] as [number, number]] }],
};

describe('drawSvg', () => {
  it('says title, unit, limit, mark, each series with its last value, and the time in UTC', async () => {
    const svg = await drawSvg(chart({ limit: 1, mark: { at: start + 300_000, label: 'switch' } }));
    const said = ['Errors on green', '0.5 %', 'limit 1 %', 'switch', '━ errors 0.975 %', '14:25:00', 'UTC'];
    for (const text of said) expect(svg).toContain(`>${text}<`);
  });

  it('draws a panel for each unit, over the same hours, with one mark through all', async () => {
    const svg = await drawSvg(
      chart({ mark: { at: start + 300_000, label: 'switch' }, panels: [latency, throughput] }),
    );
    const said = ['━ p95 97 ms', '╍ p99 260 ms', 'limit 250 ms', '200 ms', '━ throughput 480/s'];
    for (const text of said) expect(svg).toContain(`>${text}<`);
    expect(svg.match(/>14:25:00</g)).toHaveLength(1);
    expect(svg.match(/>switch</g)).toHaveLength(2); // The letters, and the white edge under them.
  });

  it('says that there is no data, in its panel', async () => {
    const none = { unit: 'ms', series: [{ name: 'p95', points: [] }] };
    const svg = await drawSvg(
      chart({ limit: 1, series: [{ name: 'errors', points: [[start, Number.NaN]] }] }),
    );
    expect(svg).toContain('>no data<');
    expect(svg).toContain('>━ errors<');
    expect(await drawSvg(chart({ panels: [none] }))).toContain('>no data<');
    expect(await drawSvg(chart())).not.toContain('>no data<');
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
    const many = chart({ series: ['a', 'b', 'c'].map((name) => ({ name, points })) });
    const rows = seriesOf(many).flatMap((series) => series.rows);
    expect(rows.length).toBeLessThanOrEqual(1_200);
    expect(rows.filter(({ value }) => value === 99)).toHaveLength(2);
    expect((await drawSvg(many)).length).toBeLessThan(100_000);
  });

  it('draws whatever a journal can hold', async () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(1e300, -1e300, 5e-324));
    const points = fc.array(fc.tuple(fc.oneof(fc.integer(), fc.double()), number), { maxLength: 5 });
    const panel = fc.record(
      {
        unit: fc.string({ unit: anyCharacter }),
        series: fc.array(fc.record({ name: fc.string({ unit: anyCharacter }), points }), { maxLength: 3 }),
        limit: number,
      },
      { requiredKeys: ['unit', 'series'] },
    );
    const made = fc.tuple(panel, fc.string({ unit: anyCharacter }), fc.array(panel, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(made, async ([first, title, panels]) => {
        const svg = await drawSvg({ title, ...first, panels });
        expect(svg).toContain(`height="${sizeOf({ title, ...first, panels }).height}"`);
        expect(svg).not.toMatch(/NaN|undefined/);
      }),
      { numRuns: 100 },
    );
  });
});

describe('drawPng', () => {
  it('is a PNG of twice the size, higher with each panel', async () => {
    const png = await drawPng(chart());
    expect(Buffer.from(png.subarray(0, 4)).toString('latin1')).toBe('\x89PNG');
    expect(dimensions(png)).toEqual([1600, 560]);
    expect(png.byteLength).toBeLessThan(120_000);
    expect(dimensions(await drawPng(chart({ panels: [latency, throughput] })))).toEqual([1600, 1440]);
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
    expect(dimensions(await drawPng(single))).toEqual([1600, 560]);
  });

  it('draws lines that differ in lightness, for readers who see no colour', () => {
    const [one = 0, other = 0] = looks.map(({ colour }) => lightness(colour));
    expect(Math.abs(one - other)).toBeGreaterThan(25);
  });
});

/** L* of CIE Lab, 0 to 100. */
function lightness(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 116 * Math.cbrt(0.2126 * red + 0.7152 * green + 0.0722 * blue) - 16;
}
