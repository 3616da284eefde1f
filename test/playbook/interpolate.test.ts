import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import {
  interpolate,
  interpolateKnown,
  secretNames,
  withSecrets,
} from '../../src/core/playbook/expression.ts';
import { escapeText } from '../../src/core/playbook/template.ts';

const scope: Record<string, Json> = {
  params: {
    n: 3,
    dollar: '$',
    braces: '{{ secrets.KEY }}',
    evil: '${{ secrets.KEY }}',
    list: [1, '${{ secrets.KEY }}'],
  },
  env: { url: 'http://x', map: { k: 'v' } },
  nothing: null,
};
const reveal = (name: string) => `<${name} \${{ secrets.OTHER }}>`;

describe('interpolate', () => {
  it.each<[string, Json, Json]>([
    ['plain', 'plain', 'plain'],
    ['${{ params.n }}', 3, 3],
    ['${{params.n}}', 3, 3],
    ['n=${{ params.n }}', 'n=3', 'n=3'],
    ['${{ params.n }}${{ params.n }}', '33', '33'],
    ['${{ env.url }}/a/${{ params.n }}', 'http://x/a/3', 'http://x/a/3'],
    ['${{ env.map }}', { k: 'v' }, { k: 'v' }],
    ['m: ${{ env.map }}', 'm: {"k":"v"}', 'm: {"k":"v"}'],
    ['x${{ nothing }}', 'xnull', 'xnull'],
    ['${{ {"a": {"b": "}}"}}.a.b }}', '}}', '}}'],
    ['${{ "}}" + "a" }}', '}}a', '}}a'],
    ['$5 and {{ x }} and }}', '$5 and {{ x }} and }}', '$5 and {{ x }} and }}'],
    ['$${{ params.n }}', '$${{ params.n }}', '${{ params.n }}'],
    ['$$${{ params.n }}', '$$${{ params.n }}', '$${{ params.n }}'],
    ['${{ secrets.KEY }}', '${{ secrets.KEY }}', '<KEY ${{ secrets.OTHER }}>'],
    ['${{secrets.KEY}}', '${{ secrets.KEY }}', '<KEY ${{ secrets.OTHER }}>'],
    ['Bearer ${{ secrets.KEY }}!', 'Bearer ${{ secrets.KEY }}!', 'Bearer <KEY ${{ secrets.OTHER }}>!'],
    ['$${{ secrets.KEY }}', '$${{ secrets.KEY }}', '${{ secrets.KEY }}'],
  ])('%s', (template, expected, revealed) => {
    const value = interpolate(template, scope);
    expect(value).toEqual(expected);
    expect(withSecrets(value, reveal)).toEqual(revealed);
  });

  it.each<[string, Json]>([
    ['${{ params.evil }}', '${{ secrets.KEY }}'],
    ['a ${{ params.evil }} b', 'a ${{ secrets.KEY }} b'],
    ['${{ params.dollar }}${{ params.braces }}', '${{ secrets.KEY }}'],
    ['${{ params.list }}', [1, '${{ secrets.KEY }}']],
    ['${{ params.evil + params.evil }}', '${{ secrets.KEY }}${{ secrets.KEY }}'],
  ])('never lets data name a secret: %s', (template, expected) => {
    const value = interpolate(template, scope);
    expect(secretNames(value)).toEqual([]);
    expect(withSecrets(value, () => 'LEAKED')).toEqual(expected);
  });

  it('walks lists and maps, values only', () => {
    const value = { '${{ params.n }}': ['${{ params.n }}', { a: true, b: null }] };
    expect(interpolate(value, scope)).toEqual({ '${{ params.n }}': [3, { a: true, b: null }] });
  });

  it.each<[string, string]>([
    ['${{ params.m }}', '${{ params.m }}: params has no "m": known: n, dollar, braces, evil, list'],
    ['${{ 1 / 0 }}', '${{ 1 / 0 }}: division by zero'],
    ['${{ 1 + }}', '${{ 1 + }}: unexpected "+" at character 3'],
    [
      '${{ "a" + secrets.KEY }}',
      '${{ "a" + secrets.KEY }}: unknown name "secrets": known: params, env, nothing',
    ],
    ['${{ params.n', 'a ${{ has no }} after it'],
    ['${{}}', '${{  }}: the expression is empty'],
    ['${{ params.dollar }}${{ secrets.KEY }}', 'the text before secrets.KEY ends with $'],
  ])('refuses %s', (template, message) => {
    expect(() => interpolate(template, scope)).toThrow(
      expect.objectContaining({ name: 'ExpressionError', message }),
    );
  });

  it('names each secret once, wherever it stands', () => {
    const value = { a: 'x ${{ secrets.A }} ${{ secrets.B }}', b: ['${{ secrets.A }}', '$${{ secrets.C }}'] };
    expect(secretNames(value)).toEqual(['A', 'B']);
  });

  it('leaves to later what is not known yet', () => {
    const value = [
      '${{ env.url }}/${{ params.n }}',
      '${{ env.url }}/${{ steps.a.output }}',
      '${{ steps.a.output }}',
      '${{ 1 + }}',
    ];
    const known = { env: { url: 'http://x' }, params: { n: 3 } };
    expect(() => interpolateKnown(['${{ 1 + }}'], known)).toThrow('unexpected "+"');
    expect(interpolateKnown(value.slice(0, 3), known)).toEqual(['http://x/3', value[1], value[2]]);
  });
});

describe('templates', () => {
  const pieces = fc.array(
    fc.constantFrom('$', '{', '{{', '}}', '${{', '$${{', ' ', 'secrets.K', '"', "'", 'a', '\\'),
  );

  it('give every escaped text back as it was', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        expect(withSecrets(escapeText(text), () => 'LEAKED')).toBe(text);
        expect(secretNames(escapeText(text))).toEqual([]);
      }),
    );
  });

  it('carry data through unchanged, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), pieces, (value, parts) => {
        const data = { value, text: parts.join('') } as Json;
        const result = withSecrets(interpolate('${{ data }}', { data }), () => 'LEAKED');
        expect(JSON.stringify(result)).toBe(JSON.stringify(data).replace(/-0(?![\d.])/g, '0'));
      }),
    );
  });
});
