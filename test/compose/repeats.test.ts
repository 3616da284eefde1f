import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRepeats, kindOf, type Repeats } from '../../src/compose/repeats.ts';
import { systemClock } from '../../src/ports/clock.ts';

const noon = Date.parse('2026-11-23T12:00:00.000Z');
const away = new Error('connect ECONNREFUSED');
let lines: { level: string; fields: object; message: string }[];
let repeats: Repeats;

beforeEach(() => {
  vi.useFakeTimers({ now: noon });
  lines = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  repeats = createRepeats({ clock: systemClock, log });
});
afterEach(() => {
  repeats.stop();
  vi.useRealTimers();
});

/** A fault that comes ten times a second for so many seconds. */
async function storm(seconds: number, of = 'redis'): Promise<void> {
  for (let times = 0; times < seconds * 10; times += 1) {
    repeats.say('warn', of, { err: away }, 'Redis is not answering');
    await vi.advanceTimersByTimeAsync(100);
  }
}
const said = () => lines.map(({ level, message }) => `${level}: ${message}`);

test('a fault of twenty seconds is a line when it begins and one when it is over, with how often it came', async () => {
  await storm(20);
  expect(lines).toEqual([{ level: 'warn', fields: { err: away }, message: 'Redis is not answering' }]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(lines[1]).toEqual({
    level: 'info',
    fields: { times: 200, since: '2026-11-23T12:00:00.000Z', last: '2026-11-23T12:00:19.900Z' },
    message: 'Over: Redis is not answering',
  });
  expect(lines).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('one that goes on is told once a minute, with what came since', async () => {
  await storm(170);
  expect(said()).toEqual([
    'warn: Redis is not answering',
    'warn: Still: Redis is not answering',
    'warn: Still: Redis is not answering',
  ]);
  expect(lines[1]?.fields).toMatchObject({ err: away, more: expect.closeTo(600, -1) });
});

test('one that came once is over without a word, and is said again when it comes again', async () => {
  repeats.say('error', 'once', { err: away }, 'Something went wrong');
  await vi.advanceTimersByTimeAsync(60_000);
  repeats.say('error', 'once', { err: away }, 'Something went wrong');
  expect(said()).toEqual(['error: Something went wrong', 'error: Something went wrong']);
});

test('different faults are counted apart, and too many kinds at once are all written', async () => {
  await storm(1, 'one');
  await storm(1, 'another');
  expect(said()).toHaveLength(2);
  for (let kind = 0; kind < 150; kind += 1) repeats.say('warn', `${kind}`, { err: away }, 'Odd');
  for (let kind = 0; kind < 150; kind += 1) repeats.say('warn', `${kind}`, { err: away }, 'Odd');
  expect(lines.filter(({ message }) => message === 'Odd')).toHaveLength(98 + 2 * 52);
});

test('faults are told apart by code or class, and by their words', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' });
  expect(kindOf(refused)).toBe('ECONNREFUSED connect ECONNREFUSED 127.0.0.1:6379');
  expect(kindOf(new TypeError('x'.repeat(500)))).toBe(`TypeError ${'x'.repeat(80)}`);
  expect(kindOf('text')).toBe('text');
});
