import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../src/adapters/log.ts';

function logInto(secrets: Iterable<string>, level = 'info') {
  const lines: string[] = [];
  const log = createLog({ level, secrets, destination: { write: (line) => lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

test('one JSON object a line, with the level in words and the time in ISO 8601', () => {
  const { log, lines, last } = logInto([]);
  log.info({ rollout: 'aether-7' }, 'started');
  log.debug('not shown');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    rollout: 'aether-7',
    msg: 'started',
  });
});

test('secrets are redacted in messages, bindings of children, errors, their causes and stacks', () => {
  const { log, lines } = logInto(['top-secret-1']);
  const cause = new Error('GET https://h/?x=top-secret-1 failed');
  const error = new Error('call with top-secret-1 failed', { cause });
  const child = log.child({ url: 'redis://:top-secret-1@h', headers: { authorization: 'anything at all' } });
  child.error({ err: error }, 'it says %s', 'top-secret-1');
  expect(lines.join('')).not.toMatch(/top-secret-1|anything at all/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'it says [redacted]',
    headers: { authorization: '[redacted]' },
    err: { message: expect.stringContaining('call with [redacted] failed') },
  });
});

test('a secret that is learned while running is redacted from then on', () => {
  const secrets = new Set<string>();
  const { log, last } = logInto(secrets);
  secrets.add('learned-later');
  log.info('here: learned-later');
  expect(last().msg).toBe('here: [redacted]');
});

test('whatever is logged, no known secret comes out, and each line is JSON', () => {
  const secret = 'Zx9"q\\7 &ü secret';
  const hide = fc.string().map((text) => `${text}${secret}${text}`);
  fc.assert(
    fc.property(
      hide,
      fc.object({ values: [hide, fc.string(), fc.integer(), fc.constant(null)] }),
      (message, data) => {
        const { log, lines } = logInto([secret]);
        log.info({ data }, message);
        log.warn({ err: new Error(message) });
        for (const line of lines) {
          expect(line).not.toContain(secret);
          expect(JSON.stringify(JSON.parse(line))).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      },
    ),
  );
});
