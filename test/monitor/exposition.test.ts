import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ExpositionError, parseExposition } from '../../src/core/monitor/exposition.ts';

function read(text: string) {
  return parseExposition(text).map(({ name, labels, value }) => [name, Object.fromEntries(labels), value]);
}

describe('parseExposition', () => {
  it.each([
    ['a 1', [['a', {}, 1]]],
    [
      'a\t1\r\nb 2\n',
      [
        ['a', {}, 1],
        ['b', {}, 2],
      ],
    ],
    ['# HELP a b{c="d"} 1\n# TYPE a counter\n#\n\na 1', [['a', {}, 1]]],
    ['a{b="c"} 1 1700000000000', [['a', { b: 'c' }, 1]]],
    ['a { b = "c" , d = "e" , } 1.5e-3', [['a', { b: 'c', d: 'e' }, 0.0015]]],
    ['a{} .5', [['a', {}, 0.5]]],
    [String.raw`a{b="\"\\\n"} 1`, [['a', { b: '"\\\n' }, 1]]],
    ['a{b="}, {=\'"} 1', [['a', { b: "}, {='" }, 1]]],
    [
      'a{b="é✓"} +Inf\nc -Inf\nd NaN',
      [
        ['a', { b: 'é✓' }, Infinity],
        ['c', {}, -Infinity],
        ['d', {}, NaN],
      ],
    ],
    ['a:b_total{le="+Inf"} 12 # {trace_id="x"} 0.5\n# EOF', [['a:b_total', { le: '+Inf' }, 12]]],
    ['', []],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '<html>',
    'a',
    'a b',
    'a{b="c"}',
    'a{b=c} 1',
    'a{b="c} 1',
    'a{b="c" d="e"} 1',
    'a{b="c",b="d"} 1',
    'a{1b="c"} 1',
    String.raw`a{b="\x"} 1`,
    'a 0x10',
    'a 1_000',
    'a 1 2 3',
    '1a 1',
    'a{,} 1',
  ])('refuses %j and names the line', (line) => {
    expect(() => parseExposition(`ok 1\n${line}\n`)).toThrow(ExpositionError);
    expect(() => parseExposition(`ok 1\n${line}\n`)).toThrow('line 2');
  });

  it('reads what prom-client writes, whatever stands in the labels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.double({ min: 0, max: 9, noNaN: true }),
        async (text, seen) => {
          const registry = new Registry();
          const label = text.replace(/\r/g, '');
          const histogram = new Histogram({
            name: 'h',
            help: `help ${text}`,
            labelNames: ['l'],
            buckets: [1, 5],
            registers: [registry],
          });
          histogram.observe({ l: label }, seen);
          const samples = parseExposition(await registry.metrics());
          expect(samples.filter(({ name }) => name === 'h_bucket')).toHaveLength(3);
          expect(samples.map(({ labels }) => labels.get('l'))).toEqual(Array(5).fill(label));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes time in proportion to the text', () => {
    const nasty = `a{b="${'\\\\'.repeat(50_000)}`;
    const started = performance.now();
    expect(() => parseExposition(nasty)).toThrow(ExpositionError);
    expect(() => parseExposition(`a{${' '.repeat(50_000)}`)).toThrow(ExpositionError);
    expect(() => parseExposition(`a ${'1'.repeat(50_000)} x ${' '.repeat(50_000)}y`)).toThrow(
      ExpositionError,
    );
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
