import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../support/aether.ts';
import { type DisturbedAether, openDisturbedAether } from '../support/aether-disturbed.ts';
import { asNew, standing } from '../support/aether-standing.ts';
import { endingWatch } from '../support/kube-watches.ts';
import { nameOf } from '../support/kube-writes.ts';
import { carryThrough, type Step } from '../support/line-of-bots.ts';
import {
  drawnFaults,
  letTokensExpire,
  type Sequence,
  type Shown,
  showFaults,
} from '../support/shown-faults.ts';
import { stepOf } from '../support/writes.ts';

let aether: DisturbedAether;
let rollouts = 0;
let quiet: { forward: object; back: object; writes: Set<string> };
const table: Shown[] = [];

beforeAll(async () => {
  aether = await openDisturbedAether();
});
afterAll(async () => {
  console.log(drawnFaults('the API server', table));
  await aether?.stop();
});

type Asked = (step: Step) => void;
const nobody: Asked = (step) => {
  throw new Error(`it stopped: ${JSON.stringify(step)}`);
};

/** To hypercare and back; who is asked because of a fault looks what it was, and tries again. */
async function thereAndBack(asked: Asked) {
  const { place, bots, type } = aether;
  rollouts += 1;
  const rollout = `aether-${rollouts}`;
  const told = new Set<string>();
  const onStopped = async (step: Step): Promise<void> => {
    if (told.has(`${step.id} ${step.attempts}`)) return;
    told.add(`${step.id} ${step.attempts}`);
    asked(step);
    await type('alice', `retry ${rollout} ${step.id}`);
  };
  await type('alice', `start green version=${version}`);
  await carryThrough(bots, { rollout, end: 'hypercare', onStopped, within: 400 });
  const forward = await standing(place.cluster);
  await type('bob', `rollback ${rollout} checkout errors`);
  await carryThrough(bots, { rollout, end: 'rolled-back', onStopped, within: 200 });
  expect(await (await bots.person('alice')).verified(rollout)).toMatchObject({ ok: true });
  return { forward, back: await standing(place.cluster) };
}

/** Helm has many writes, and gives up at each fault: it meets each fault once. */
const isAimedAt = (name: string) =>
  !name.startsWith('helm: ') || /^helm: PATCH deployments \S+gateway/.test(name);

test('a rollout that nothing disturbs goes there and back', async () => {
  const ends = await thereAndBack(nobody);
  quiet = { ...ends, writes: new Set(aether.proxy.taken().filter(stepOf).map(nameOf)) };
});

const told = (status: number, headers = {}) => ({ told: { status, headers } });
const lost = { applied: true, told: 'cut' } as const;
/** The bot waits 15 s for an answer, so that only some writes meet this. */
const silent = { applied: true, told: 'silence' } as const;
const isWaitedFor = (at: string) => /^(migrate-admin|switch-hosts: PATCH ingresses aether-blue)/.test(at);

const faults: [string, (at: string) => Sequence][] = [
  [
    '409, then 429',
    () => [
      ['409', told(409)],
      ['429', told(429, { 'retry-after': '0' })],
    ],
  ],
  [
    '500, then 500 although applied',
    () => [
      ['500', told(500)],
      ['500 although applied', { ...told(500), ...{ applied: true } }],
    ],
  ],
  [
    'no answer after having applied',
    (at) =>
      isWaitedFor(at) ? [['times out, although applied', silent]] : [['is cut off, although applied', lost]],
  ],
];

test.each(faults)('at every write %s: it ends as one that nothing disturbed', async (_name, sequenceAt) => {
  const { place, proxy } = aether;
  await asNew(place);
  const { shown } = showFaults(proxy, nameOf, (at) => (isAimedAt(at) ? sequenceAt(at) : []));
  const asked: Asked = ({ id, summary }) => {
    const last = shown.at(-1);
    if (id !== 'install' || last === undefined) throw new Error(`${id} stopped: ${String(summary)}`);
    last.asked = String(summary);
  };
  const ends = await thereAndBack(asked).finally(() => table.push(...shown));
  expect(ends).toEqual({ forward: quiet.forward, back: quiet.back });
  const met = new Set(shown.map(({ at }) => at));
  expect([...quiet.writes].filter((name) => !met.has(name))).toEqual([]);
  const taken = Map.groupBy(proxy.taken().filter(stepOf), nameOf);
  expect([...taken].flatMap(([name, all]) => (all.length > 1 ? [name] : []))).toEqual([]);
});

test('the token expires at every write, and watches end: people are told, and it ends the same', async () => {
  const { place, proxy } = aether;
  await asNew(place);
  const { shown, renew } = letTokensExpire(proxy, {
    nameOf,
    isAimedAt: (at) => isAimedAt(at) && !/^(switch|restore)-/.test(at),
    otherwise: endingWatch,
  });
  const asked: Asked = ({ summary }) => {
    const last = shown.findLast(({ at }) => !at.startsWith('watch'));
    if (last) last.asked = String(summary);
    expect(String(summary)).toMatch(/token may have expired|provide credentials/);
    renew();
  };
  const ends = await thereAndBack(asked).finally(() => table.push(...shown));
  expect(ends).toEqual({ forward: quiet.forward, back: quiet.back });
  expect(shown.filter(({ at, asked: question }) => !at.startsWith('watch') && !question)).toEqual([]);
});
