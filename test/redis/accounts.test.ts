import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkCodes } from '../../src/adapters/link-codes.ts';
import { openAudit } from '../../src/adapters/redis/audit.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { readCode, writeCode } from '../../src/core/accounts/code.ts';
import { enterCode, issueCode } from '../../src/core/accounts/decide.ts';
import { accountEventSchema } from '../../src/core/accounts/event.ts';
import type { Person } from '../../src/core/rollout/actor.ts';
import { verifyLines } from '../../src/core/rollout/verify.ts';
import type { Accounts } from '../../src/ports/accounts.ts';
import { StoreAway } from '../../src/ports/store-away.ts';
import { monday, policy } from '../commands/scene.ts';
import { redisForTest } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof redisForTest>>;
let stores: Store[];
beforeAll(async () => {
  redis = await redisForTest();
  stores = await Promise.all(
    [1, 2, 3].map(() => openStore(redis.url, { now: () => monday }, () => undefined)),
  );
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await redis.stop();
});

const carol: Person = { kind: 'person', id: 'carol', name: 'Carol', via: 'slack' };
const bob: Person = { ...carol, id: 'bob', name: 'Bob' };
const processes = (of: 'policy' | 'sandbox') => stores.map((store) => store.accounts(of));
const issue = (accounts: Accounts, person: Person, hash: string) =>
  accounts.record(() => issueCode(person, { platform: 'slack', id: 'T1/U3' }, hash, monday));
const enter = async (accounts: Accounts, id: string, hash: string) => {
  const account = { platform: 'telegram', id } as const;
  const entering = { account, names: [account], person: undefined };
  const { refusal } = await accounts.record((state) => enterCode(entering, hash, policy, state, monday));
  return refusal?.reason ?? 'linked';
};
const count = (outcomes: readonly string[], wanted: string) =>
  outcomes.filter((outcome) => outcome === wanted).length;

test('of thirty accounts that enter a code at once in three processes one is linked, and all see the same', async () => {
  const [one, two, three] = processes('policy') as [Accounts, Accounts, Accounts];
  await issue(one, carol, 'a');
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      enter([one, two, three][index % 3] ?? one, `${100 + index}`, 'a'),
    ),
  );
  expect(count(outcomes, 'linked')).toBe(1);
  expect(count(outcomes, 'bad-input')).toBe(29);
  const seen = await Promise.all([one, two, three].map((each) => each.read()));
  expect(seen[0]?.links).toHaveLength(1);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
  expect(one.known()).toEqual(seen[0]);
});

test('wrong codes that come at once are each counted, and no more than five are looked at', async () => {
  const all = processes('policy');
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, index) => enter(all[index % 3] ?? expect.fail(), '200', `wrong-${index}`)),
  );
  expect(count(outcomes, 'bad-input')).toBe(5);
  expect(count(outcomes, 'not-allowed')).toBe(19);
});

test('the journal is chained, audited, and apart from that of the sandbox', async () => {
  const [sandbox] = processes('sandbox') as [Accounts];
  await issue(sandbox, bob, 'b');
  expect(await enter(sandbox, '300', 'b')).toBe('linked');
  expect(JSON.stringify(await processes('policy')[1]?.read())).not.toContain('"300"');
  const audit = openAudit(redis.url);
  try {
    const journals = await audit.accounts();
    expect([...journals.keys()]).toEqual(['accounts-of-policy', 'accounts-of-sandbox']);
    for (const lines of journals.values()) {
      expect(verifyLines(lines, accountEventSchema)).toMatchObject({ events: lines.length });
      const forged = lines.map((line) => line.replaceAll('carol', 'bobby').replaceAll('"bob"', '"dan"'));
      expect(verifyLines(forged, accountEventSchema)).toEqual({
        fault: 'event 1 does not follow from the one before it',
      });
    }
  } finally {
    audit.close();
  }
});

test('a Redis that lost its last writes is noticed: what it no longer knows holds no more', async () => {
  const [one, two] = processes('sandbox') as [Accounts, Accounts];
  await Promise.all([one.read(), two.read()]);
  await issue(one, bob, 'c');
  expect(await enter(one, '301', 'c')).toBe('linked');
  await two.read();
  const key = keys.accounts('sandbox');
  await stores[0]?.patient.ltrim(key, 0, -3);
  expect((await two.read()).links.map(({ account }) => account.id)).toEqual(['300']);
  await issue(two, bob, 'd');
  expect((await one.read()).codes.map(({ hash }) => hash)).toEqual(['d']);
});

test('a Redis that is away is told as such', async () => {
  const gone = await openStore(redis.url, { now: () => monday }, () => undefined);
  const accounts = gone.accounts('policy');
  await gone.close();
  await expect(accounts.read()).rejects.toThrow(StoreAway);
});

test('codes can’t be guessed, read as they are written, and are kept as something slow to turn back', async () => {
  const codes = Array.from({ length: 200 }, () => linkCodes.fresh());
  expect(new Set(codes).size).toBe(200);
  for (const code of codes) expect(readCode(writeCode(code))).toBe(code);
  const [code = ''] = codes;
  const hash = await linkCodes.hash(code);
  expect(hash).toMatch(/^scrypt:[0-9a-f]{64}$/);
  expect(await linkCodes.hash(code)).toBe(hash);
  expect(await linkCodes.hash(linkCodes.fresh())).not.toBe(hash);
  expect([readCode('short'), readCode('UUUUUUUU'), readCode('ABCDEFGHJ')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
