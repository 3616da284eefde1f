import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadEnvironments } from '../../src/core/environments.ts';

const good = `staging:
  vars: { api: "https://x", colours: { blue: 1 }, secret: "\${KEY}" }
  connections:
    metrics: { kind: prometheus, url: "http://p" }
  channels: [ "slack:C123", "console:rollouts", "telegram:-100:7" ]
production: {}
`;

describe('environments.yaml', () => {
  it('is read with its channels, and nothing in it is expanded', () => {
    const loaded = loadEnvironments(good, { file: 'e.yaml' });
    expect('environments' in loaded && [...loaded.environments]).toEqual([
      [
        'staging',
        {
          vars: { api: 'https://x', colours: { blue: 1 }, secret: '${KEY}' },
          connections: { metrics: { kind: 'prometheus', url: 'http://p' } },
          channels: [
            { platform: 'slack', id: 'C123' },
            { platform: 'console', id: 'rollouts' },
            { platform: 'telegram', id: '-100:7' },
          ],
        },
      ],
      ['production', { vars: {}, connections: {}, channels: [] }],
    ]);
  });

  it.each([
    ['vars:', 'var:', '2:3 unknown key "var" (did you mean "vars"?)'],
    ['kind: prometheus, ', '', '4:14 "kind" is missing in metrics'],
    [
      'slack:C123',
      'slak:C123',
      '5:15 item 1 of channels must be a channel such as slack:C0123, telegram:-100123 or console:rollouts, not "slak:C123"',
    ],
    [
      'production: {}',
      'Production: {}',
      '6:1 the key "Production" must be lower-case letters, digits and dashes, starting with a letter',
    ],
    ['production: {}', 'production:', '6:12 production must be a map, not empty'],
    [
      'api:',
      'api-url:',
      '2:11 the key "api-url" must be letters, digits and _, starting with a letter: expressions read it as env.<name>',
    ],
    ['production: {}', 'staging: {}', '6:1 the key "staging" stands here twice'],
    [good, '[]', '1:1 the file must be a map, not a list'],
  ])('refuses %s -> %s', (before, after, expected) => {
    const loaded = loadEnvironments(good.replace(before, after), { file: 'e.yaml' });
    const problems = 'problems' in loaded ? loaded.problems : [];
    expect(
      problems.map(
        ({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` (${hint})` : ''}`,
      ),
    ).toEqual([expected]);
  });
});

describe('the connections of a file', () => {
  const connections = new Map<string, z.ZodType>([
    ['shop', z.strictObject({ kind: z.literal('shop'), url: z.url(), port: z.int().optional() })],
  ]);
  const of = (lines: string) =>
    loadEnvironments(`staging:\n  connections:\n    till: ${lines}\n`, { file: 'e.yaml', connections });

  it('are taken as their kind wants them', () => {
    expect(of('{ kind: shop, url: "https://shop.example" }')).toHaveProperty('environments');
  });

  it.each([
    ['{ kind: shpo, url: "https://shop.example" }', 'unknown kind of connection "shpo"', /shop/],
    ['{ kind: shop }', '"url" is missing in till', undefined],
    ['{ kind: shop, url: "https://shop.example", prot: 1 }', 'unknown key "prot"', /port/],
  ])('%s is told with its line and the nearest word', (lines, message, hint) => {
    const loaded = of(lines);
    if (!('problems' in loaded)) throw new Error('it was taken');
    expect(loaded.problems).toHaveLength(1);
    expect(loaded.problems[0]).toMatchObject({ message, line: 3 });
    if (hint) expect(loaded.problems[0]?.hint).toMatch(hint);
  });
});
