import { describe, expect, it } from 'vitest';
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
