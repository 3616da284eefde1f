import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactJson, redactor } from '../../src/core/redact.ts';

const letters = (length: number) => 'aB3dE6gH9jK2'.repeat(40).slice(0, length);
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${letters(64)}\n${letters(20)}\n-----END RSA PRIVATE KEY-----`;

describe('known secrets', () => {
  const redact = redactor([
    's3cr3t-value',
    'with "quotes"\\',
    'a&b=c/d e',
    'short',
    `${letters(30)}\n${letters(40)}`,
  ]);

  test.each([
    ['token s3cr3t-value!', 'token [redacted]!'],
    ['s3cr3t-values3cr3t-value', '[redacted][redacted]'],
    [JSON.stringify({ x: 'with "quotes"\\' }), '{"x":"[redacted]"}'],
    ['https://h/?q=a%26b%3Dc%2Fd%20e&z=1', 'https://h/?q=[redacted]&z=1'],
    ['short words stay', 'short words stay'],
    [`one line of it: ${letters(40)}.`, 'one line of it: [redacted].'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  test('the longest of those that overlap goes', () => {
    expect(redactor(['abcdef', 'abcdefghij'])('abcdefghij abcdef')).toBe('[redacted] [redacted]');
  });

  test('a secret that is learned later counts from then on', () => {
    const secrets = new Set<string>();
    const later = redactor(secrets);
    expect(later('new-secret')).toBe('new-secret');
    secrets.add('new-secret');
    expect(later('new-secret')).toBe('[redacted]');
  });
});

test.each([
  [`xoxb-123-456-${letters(12)}`, '[redacted]'],
  ['xoxe.xoxp-1-abcdefgh', '[redacted]'],
  ['xapp-1-A0-1-abc', '[redacted]'],
  [`GET /bot12345678:${letters(35)}/sendMessage`, 'GET /bot[redacted]/sendMessage'],
  ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [redacted]'],
  ['authorization: Basic dXNlcjpwYXNz', 'authorization: Basic [redacted]'],
  ['Basic authentication is off', 'Basic authentication is off'],
  ['redis://user:pa55word@h:6379/0', 'redis://user:[redacted]@h:6379/0'],
  ['http://h/x?a=1&token=abc&b=2', 'http://h/x?a=1&token=[redacted]&b=2'],
  ['http://h/x?access_token=abc#top', 'http://h/x?access_token=[redacted]#top'],
  [`before ${pem} after`, 'before [redacted] after'],
  [`cut ${pem.slice(0, 60)}`, 'cut [redacted]'],
  ['key AKIAIOSFODNN7EXAMPLE.', 'key [redacted].'],
  [`ghp_${letters(36)}`, '[redacted]'],
  [`github_pat_${letters(60)}`, '[redacted]'],
  [`ya29.${letters(40)}`, '[redacted]'],
  [`AIza${letters(35)}`, '[redacted]'],
  [`eyJ${letters(20)}.eyJ${letters(30)}.${letters(43)}`, '[redacted]'],
  ['at 14:30:05, 812 passed, sha256:0a1b', 'at 14:30:05, 812 passed, sha256:0a1b'],
  ['http://127.0.0.1:7100/_router/hosts', 'http://127.0.0.1:7100/_router/hosts'],
])('by shape: %s', (text, redacted) => {
  expect(redactor([])(text)).toBe(redacted);
});

test('a text that was searched before a secret was learned is searched again', () => {
  const secrets = new Set(['another-secret']);
  const redact = redactor(secrets);
  const texts = Array.from({ length: 5_000 }, (_, n) => `text ${n} of new-secret`);
  for (const text of texts) expect(redact(text)).toBe(text);
  secrets.add('new-secret');
  for (const text of texts) expect(redact(text)).not.toContain('new-secret');
});

test('whatever surrounds a known secret, it is gone, and doing it again changes nothing', () => {
  const secret = fc
    .string({ minLength: 6, maxLength: 40 })
    .filter((text) => !/[[\]]/.test(text) && !'[redacted]'.includes(text));
  const around = fc.string({ maxLength: 60, unit: 'grapheme' });
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 5 }),
      around,
      around,
      (secrets, before, after) => {
        const redact = redactor(secrets);
        const [first = ''] = secrets;
        const once = redact(
          `${before}${first}${after} ${encodeURIComponent(first)} ${JSON.stringify(first)}`,
        );
        for (const known of secrets) expect(once).not.toContain(known);
        expect(redact(once)).toBe(once);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['digits', '1'.repeat(200_000)],
  ['begins', '-----BEGIN PRIVATE KEY-----'.repeat(8_000)],
  ['eyJ', 'eyJ'.repeat(70_000)],
  ['colons', '://:'.repeat(50_000)],
  ['queries', '?token='.repeat(30_000)],
  ['bearers', 'Bearer '.repeat(30_000)],
])('no text is slow to search: %s', (_, text) => {
  const began = performance.now();
  redactor(['some-secret'])(text);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("JSON: fields with a secret's name are emptied at any depth, everything else is searched, numbers stay", () => {
  const value = {
    headers: [{ 'Set-Cookie': 'a=b', Authorization: 'x', accept: 'json' }],
    nested: { botToken: 'x', api_key: { id: 1 }, note: 'my hidden-value', tokens: 3, secretNames: ['ASTER'] },
    'key hidden-value': null,
  };
  expect(redactJson(value, redactor(['hidden-value']))).toEqual({
    headers: [{ 'Set-Cookie': '[redacted]', Authorization: '[redacted]', accept: 'json' }],
    nested: {
      botToken: '[redacted]',
      api_key: '[redacted]',
      note: 'my [redacted]',
      tokens: 3,
      secretNames: ['ASTER'],
    },
    'key [redacted]': null,
  });
});
