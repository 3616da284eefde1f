import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import {
  ExpressionError,
  evaluate,
  maxExpressionLength,
  parseExpression,
  references,
  referencesIn,
} from '../../src/core/playbook/expression.ts';

function parsed(source: string) {
  const result = parseExpression(source);
  if ('error' in result) throw new Error(`${source}: ${result.error}`);
  return result.ok;
}

const valueOfSource = (source: string, scope: Record<string, Json> = {}) => evaluate(parsed(source), scope);

function faultOf(source: string, scope: Record<string, Json>): string {
  try {
    return `no fault: ${JSON.stringify(valueOfSource(source, scope))}`;
  } catch (fault) {
    return fault instanceof ExpressionError ? fault.message : `another fault: ${String(fault)}`;
  }
}

const scope: Record<string, Json> = {
  n: 3,
  half: 0.5,
  zero: 0,
  big: 9_007_199_254_740_991,
  text: 'green',
  flag: true,
  nothing: null,
  xs: [1, 2, 3],
  words: ['a', 'b'],
  m: { one: 1, 'two-two': { deep: 'x' } },
  errors: 1,
  total: 3,
};

describe('numbers', () => {
  it.each<[string, Json]>([
    ['n >= 2', true],
    ['n == 3', true],
    ['n == 3.0', true],
    ['n != 4', true],
    ['3 == n', true],
    ['half < 1', true],
    ['half < 0.6', true],
    ['1 > half', true],
    ['n + 1', 4],
    ['1 + n', 4],
    ['n - 1.5', 1.5],
    ['2 * n', 6],
    ['n * half', 1.5],
    ['errors / total < 0.34', true],
    ['errors / total > 0.33', true],
    ['errors / 3 > 0.3', true],
    ['1 / total > 0.3', true],
    ['7 / 2', 3],
    ['7.0 / 2.0', 3.5],
    ['n % 2', 1],
    ['7 % n', 1],
    ['-n', -3],
    ['-zero', 0],
    ['size(xs) == 3', true],
    ['size(xs) == n', true],
    ['size(xs) / 2', 1],
    ['xs[n - 1]', 3],
    ['xs[0]', 1],
    ['n in xs', true],
    ['3 in xs', true],
    ['xs.exists(x, x > 2)', true],
    ['xs.map(x, x * 2)', [2, 4, 6]],
    ['xs.filter(x, x != 2)', [1, 3]],
    ['text.substring(n)', 'en'],
    ['text.charAt(zero)', 'g'],
    ['"%s of %s".format([errors, total])', '1 of 3'],
    ['string(n)', '3'],
    ['string(half)', '0.5'],
    ['int("3") == n', true],
    ['double("0.5") == half', true],
    ['big', 9_007_199_254_740_991],
    ['n > 2 ? "many" : "few"', 'many'],
    ['{"a": n, "b": [1, 2.5]}', { a: 3, b: [1, 2.5] }],
    ['{1: "x"}', { '1': 'x' }],
    ['m == {"one": 1, "two-two": {"deep": "x"}}', true],
    ['xs + [4]', [1, 2, 3, 4]],
    ['nothing == null', true],
    ['text.upperAscii()', 'GREEN'],
    ['words.join("-")', 'a-b'],
    ['text.matches("^gr(e+)n$")', true],
    ['m["two-two"].deep', 'x'],
    ['has(m.one) && !has(m.three)', true],
    ['duration("90s") < duration("2m")', true],
    ['timestamp("2026-11-21T10:00:00Z") < timestamp("2026-11-21T11:00:00Z")', true],
  ])('%s', (source, expected) => {
    expect(valueOfSource(source, scope)).toEqual(expected);
  });
});

describe('what has no value', () => {
  it.each<[string, string]>([
    ['txt', 'unknown name "txt": did you mean "text"?'],
    ['m.on', 'm has no "on": known: one, two-two'],
    ['m.oen', 'm has no "oen": known: one, two-two'],
    ['m["two-twi"]', 'm has no "two-twi": did you mean "two-two"?'],
    ['nothing.x', 'nothing is null, so it has no "x"'],
    ['text.x', 'text is "green", so it has no "x"'],
    ['xs[7]', 'the list has no item 7'],
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'division by zero'],
    ['n / zero', 'division by zero'],
    ['zero / zero', 'division by zero'],
    ['n / 0', 'division by zero'],
    ['text + n', '+ does not work on text and a number: write string(…) around what is not text'],
    ['text < 3', '< does not work on text and a number'],
    ['!n', '! does not work on a number'],
    ['n ? 1 : 2', 'the condition of … ? … : … must be true or false, not a number'],
    ['flag && n', '&& and || need true or false on both sides, not a number'],
    ['n.exists(x, x)', 'only a list or a map can be gone through, not a number'],
    ['text.substring(half)', 'a whole number is needed, not 0.5'],
    ['int(text)', '"green" is not a whole number'],
    ['size(n)', 'size does not work on a number'],
    [
      'timestamp("2026-11-21T10:00:00Z")',
      'the result is a time or a type, not a plain value: write string(…) around it',
    ],
    ['9223372036854775807', 'the result 9223372036854775807 is too large to be exact'],
    [
      'constructor',
      'unknown name "constructor": known: n, half, zero, big, text, flag, nothing, xs, words, m, errors, total',
    ],
    ['m.constructor', 'm has no "constructor": known: one, two-two'],
    ['m.__proto__', 'm has no "__proto__": known: one, two-two'],
    ['xs.map(x, x.y)', 'there is no "y" in x'],
  ])('%s', (source, message) => {
    expect(faultOf(source, scope)).toBe(message);
  });
});

describe('what can not be read', () => {
  it.each<[string, string, number]>([
    ['', 'the expression is empty', 0],
    ['   ', 'the expression is empty', 0],
    ['a = 1', 'unexpected "=": two values are compared with ==', 2],
    ['a b', 'unexpected "b" at character 3', 2],
    ['(a', 'the expression ends too early', 2],
    ['"abc', 'a text that begins with " is not closed', 0],
    ['siz(xs)', 'there is no function "siz": did you mean "size"?', 0],
    ['xs.siez()', 'there is no function "siez": did you mean "size"?', 0],
    ['has(xs)', 'has(…) takes a name with a dot, such as has(steps.flip.output)', 0],
    ['steps.freeze-writes.started = 1', 'unexpected "=": two values are compared with ==', 28],
    ['x'.repeat(maxExpressionLength + 1), 'the expression is longer than 4096 characters', 0],
    [`${'('.repeat(2_000)}1${')'.repeat(2_000)}`, 'the expression is nested too deeply', 0],
  ])('%s', (source, error, at) => {
    expect(parseExpression(source)).toEqual({ error, at });
  });
});

describe('references', () => {
  it('are the paths that are read from outside', () => {
    const source =
      'steps.flip["before"].x.filter(y, y.z > env.a) == [target] && has(steps.q.output) && steps[params.n].z';
    expect(references(parsed(source))).toEqual([
      ['steps', 'flip', 'before', 'x'],
      ['env', 'a'],
      ['target'],
      ['steps', 'q', 'output'],
      ['steps'],
      ['params', 'n'],
    ]);
  });

  it('take the dashes of a step id for what they are, but not in a text', () => {
    const expression = parsed('steps.freeze-writes.started && "steps.a-b" != string(n-1)');
    expect(references(expression)).toEqual([['steps', 'freeze-writes', 'started'], ['n']]);
    expect(evaluate(expression, { steps: { 'freeze-writes': { started: true } }, n: 2 })).toBe(true);
  });
});

describe('work', () => {
  const long = Array.from({ length: 1_000 }, (_, index) => index);
  const tooMuch = 'the expression needs too much work: go through shorter lists';

  it.each<[string, string]>([
    ['long.map(a, long.map(b, long.map(c, 1))).size()', tooMuch],
    ['long.exists(a, long.exists(b, long.exists(c, c < 0)))', tooMuch],
    ['long.all(a, long.all(b, long.all(c, c >= 0 || true)))', tooMuch],
    [`[1]${'.map(a, [a, a])'.repeat(40)} == 1`, tooMuch],
    [`[long]${'.map(a, a + a)'.repeat(40)}.size()`, tooMuch],
    [`[1]${'.map(a, [a, a])'.repeat(40)}`, 'the result is too large'],
    [`["aaaaaaaa"]${'.map(a, a + a)'.repeat(60)}`, 'a text grows over 1 MB'],
    [
      `"aaaaaaaaaaaaaaaa"${'.replace("a", "aaaaaaaaaaaaaaaa")'.repeat(10)}`,
      'replace makes a text of over 1 MB',
    ],
  ])('is bounded: %s', (source, message) => {
    const begun = performance.now();
    expect(faultOf(source, { long })).toBe(message);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('is counted again from the start each time', () => {
    const expression = parsed('long.map(x, x + 1).filter(x, x > 1).size()');
    for (let turn = 0; turn < 20; turn += 1) expect(evaluate(expression, { long })).toBe(999);
  });

  it('takes lists that the library alone overflows on', () => {
    const many = Array.from({ length: 4_000 }, (_, index) => index);
    expect(valueOfSource('many.map(x, x).size()', { many })).toBe(4_000);
  });

  it('refuses a scope that is too large', () => {
    const huge = Array.from({ length: 100_001 }, () => 0);
    expect(faultOf('size(huge)', { huge })).toBe('the values are too large: more than 100000 in all');
    expect(valueOfSource('1 + 1', { huge })).toBe(2);
  });

  it('can not be hung by a regular expression', () => {
    expect(valueOfSource('text.matches("^(a+)+$")', { text: `${'a'.repeat(5_000)}!` })).toBe(false);
  });
});

describe('data', () => {
  it.each<Json>([
    { constructor: 1 },
    { $typeName: 'google.protobuf.Any' },
    { __proto__: null, a: [null, { b: {} }] },
    [],
    {},
  ])('comes back as it went in: %j', (value) => {
    expect(valueOfSource('value', { value })).toEqual(value);
  });

  it('with a key named __proto__ changes nothing else', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}') as Json;
    const result = valueOfSource('value', { value });
    expect(Object.hasOwn(result as object, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

it('what a value reads is found wherever it stands, steps with dashes in their names among it', () => {
  const value = {
    a: ['${{ steps.image-trader.output.digest }}', 'text'],
    b: 'x ${{ params.version }} ${{ steps["flip"].before }}',
  };
  expect(referencesIn(value)).toEqual([
    ['steps', 'image-trader', 'output', 'digest'],
    ['params', 'version'],
    ['steps', 'flip', 'before'],
  ]);
  expect(referencesIn({ a: '${{ broken ( }}', b: 1 })).toEqual([]);
});
