import { afterAll, expect, test } from 'vitest';
import { endBots } from '../support/bot.ts';
import { type AlertEvidence, type AlertLane, openAlertLane } from '../support/crashing-alerts.ts';
import type { Strike } from '../support/crashing-setup.ts';

afterAll(async () => {
  expect(await endBots()).toBe(0);
});

interface Outcome {
  strike: Strike;
  deaths: number;
  differences: string[];
}

/** What an undisturbed rollout leaves behind, and the points that it passes from the alert on. */
async function enumerate(lane: AlertLane): Promise<{ undisturbed: AlertEvidence; names: string[] }> {
  const { evidence, points, deaths } = await lane.run(null);
  expect(deaths).toBe(0);
  expect(evidence).toMatchObject({ status: 'hypercare', journal: 'verified', silences: 1, unseen: 0 });
  expect(evidence.told.filter((told) => /^alerts\.changed|^alert\./.test(told))).toEqual([
    'alerts.changed 1 of 1',
    'alert.silence-asked',
    'alert.silenced',
    'alerts.changed 0 of 1',
  ]);
  expect(evidence.thread.filter((message) => message === 'alerts')).toHaveLength(1);
  const from = points.findIndex(([name]) => name?.startsWith('alerts firing stored'));
  const names = new Set(points.slice(from).flatMap(([name = '']) => name));
  return { undisturbed: evidence, names: [...names].filter(isOfAlerts) };
}

/** The loop's own appends and rests are among the points of `crash-points.test.ts`. */
const isOfAlerts = (name: string) => !/^(append|rest) /.test(name);

function strikesAt(names: readonly string[]): Strike[] {
  return names.flatMap((name) => {
    const [point = '', nth = '1'] = name.split(' #');
    return (['before', 'after'] as const).map(
      (when): Strike => ({ point, nth: Number(nth), when, signal: 'SIGKILL' }),
    );
  });
}

function differencesOf(wanted: AlertEvidence, found: AlertEvidence): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [was, is] = [JSON.stringify(value), JSON.stringify(found[name as keyof AlertEvidence])];
    return was === is ? [] : [`${name}: ${is} instead of ${was}`];
  });
}

const inWords = ({ point, nth, when }: Strike) => `${when} ${point} #${nth}`;

/** A group can be noted as seen once or oftener, as the desk comes by; all else is always passed. */
const isFirm = ({ point }: Strike) => !/^alerts seen/.test(point);

test('a kill before and after each write of the desk, the silence and each post doubles nothing and loses nothing', {
  timeout: 900_000,
}, async () => {
  const began = performance.now();
  const lanes = await Promise.all([openAlertLane(), openAlertLane()]);
  const [first] = lanes;
  const { undisturbed, names } = await enumerate(first as AlertLane);
  const open = strikesAt(names);
  const outcomes: Outcome[] = [];
  const work = async (lane: AlertLane): Promise<void> => {
    for (let strike = open.shift(); strike; strike = open.shift()) {
      const { evidence, deaths } = await lane.run(strike);
      outcomes.push({ strike, deaths, differences: differencesOf(undisturbed, evidence) });
    }
  };
  await Promise.all(lanes.map(work));
  const left = (await Promise.all(lanes.map((lane) => lane.stop()))).flat();
  const passedBy = outcomes.filter(({ deaths }) => deaths === 0).map(({ strike }) => strike);
  console.log(
    `${names.length} points, ${outcomes.length} kills in ${((performance.now() - began) / 1_000).toFixed(0)} s, ` +
      `${passedBy.length} at a point that was not passed this time: ${passedBy.map(inWords).join(', ') || 'none'}` +
      names.map((name) => `\n  ${name}`).join(''),
  );
  const faults = outcomes.filter(({ differences }) => differences.length > 0);
  expect(faults.map(({ strike, differences }) => [inWords(strike), ...differences].join('\n  '))).toEqual([]);
  expect(passedBy.filter(isFirm).map(inWords)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(20);
  expect(left).toEqual([]);
});
