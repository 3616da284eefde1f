import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createInbox } from '../../src/commands/inbox.ts';
import { withLinks } from '../../src/core/accounts/account.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { Policy } from '../../src/core/policy/schema.ts';
import { verifyChain } from '../../src/core/rollout/chain.ts';
import type { Inbox, Incoming } from '../../src/ports/chat.ts';
import { countedCodes, memoryAccounts, memoryTelling } from '../support/memory-accounts.ts';
import { policy as basic, type History, monday, type Scene, sceneIn } from './scene.ts';

const minute = 60_000;
let now: number;
let policy: Policy;
let accounts: ReturnType<typeof memoryAccounts>;
let telling: ReturnType<typeof memoryTelling>;
let made: Scene;
let inbox: Inbox;

beforeEach(() => open('approval'));

function open(history: History): void {
  now = monday;
  policy = basic;
  const clock = { now: () => now };
  accounts = memoryAccounts(clock);
  telling = memoryTelling();
  made = sceneIn(history);
  const identity = { accounts, codes: countedCodes(), tell: telling.tell };
  inbox = createInbox({ ...made.deps, identity, clock, policy: () => policy });
}

type Says = [text: string, more?: Partial<Incoming>];
const slack = (account: string, ...[text, more]: Says) =>
  inbox({ channel: { platform: 'slack', id: 'C1' }, account, text, isPrivate: true, ...more });
const telegram = (account: string, ...[text, more]: Says) =>
  inbox({ channel: { platform: 'telegram', id: '-100' }, account, text, ...more });
const read = async (reply: ReturnType<Inbox>) => plainText((await reply).card).join('\n');
const outcome = async (reply: ReturnType<Inbox>) => {
  const { ok, refused } = await reply;
  return ok ? 'done' : (refused ?? 'fault');
};

/** A fresh code of somebody in Slack. */
async function codeFor(account: string): Promise<string> {
  const said = await read(slack(account, 'link'));
  return /Your code: (\S+)/.exec(said)?.[1] ?? `no code in: ${said}`;
}
const answers = async () =>
  (await made.rollouts.events('aether-1')).filter(({ type }) => type === 'step.answered');

describe('linking', () => {
  test('a code from one platform, entered on another, makes the account the same person', async () => {
    expect(await outcome(telegram('99', 'status'))).toBe('unknown-person');
    const code = await codeFor('T1/U3');
    const said = await read(telegram('99', `link ${code}`));
    expect(said).toMatch(/^✓ This Telegram account is yours now, Carol/);
    expect(said).toContain('If that wasn’t you: /rollout unlink.');
    expect(await outcome(telegram('99', 'status'))).toBe('done');
    expect(await read(telegram('99', 'whoami', { isPrivate: true }))).toMatch(
      /^You are Carol \(carol\)\nKnown here by the telegram account 99, which you linked\.\nAlso yours: Slack T1\/U3 \(by the policy\)\. All are one vote\.\nRoles: release-manager\./,
    );
    expect(await read(slack('T1/U3', 'whoami'))).toContain('Also yours: Telegram 99 (linked)');
  });

  test('all other accounts of the person are told, with what to do if it wasn’t them', async () => {
    const code = await codeFor('T1/U2');
    expect(await read(telegram('99', `link ${code}`))).toContain(
      'Your account on Slack and Telegram was told.',
    );
    expect(telling.told.map(({ account }) => account)).toEqual([
      { platform: 'slack', id: 'T1/U2' },
      { platform: 'telegram', id: '22' },
    ]);
    expect(plainText(telling.told[0]?.card ?? expect.fail('nobody was told')).join('\n')).toMatch(
      /^The Telegram account 99 is yours now, Bob\n.*\nIf that wasn’t you: \/rollout unlink telegram/s,
    );
  });

  test('it holds too where nobody can be told, and says so', async () => {
    const reach = memoryTelling(() => false);
    const identity = { accounts, codes: countedCodes(), tell: reach.tell };
    inbox = createInbox({ ...made.deps, identity, clock: { now: () => now }, policy: () => policy });
    const code = await codeFor('T1/U3');
    expect(await read(telegram('99', `link ${code}`))).toContain('Your account on Slack could not be told.');
    expect(await outcome(telegram('99', 'status'))).toBe('done');
  });

  test('a code is not shown where others read along', async () => {
    expect(await read(telegram('22', 'link'))).toContain('in a private chat with the bot');
    expect(accounts.events()).toEqual([]);
    expect(await read(telegram('22', 'link', { isPrivate: true }))).toMatch(/^Your code: 0000-0000\n/);
  });

  test('whoami tells the accounts to the person alone', async () => {
    await telegram('99', `link ${await codeFor('T1/U3')}`);
    expect(await read(telegram('99', 'whoami'))).not.toContain('T1/U3');
    expect(await read(telegram('99', 'whoami'))).toContain('Also yours: Slack.');
  });

  test('nothing that is stored or told has the code in it', async () => {
    const code = await codeFor('T1/U3');
    await telegram('99', `link ${code}`);
    const stored = canonicalJson([accounts.events(), telling.told]);
    expect(stored).not.toContain(code);
    expect(stored).not.toContain(code.replace('-', ''));
    expect(verifyChain(accounts.events())).toMatchObject({ ok: true });
  });

  test.each([
    ['as it is written', (code: string) => code],
    ['in small letters, without the dash', (code: string) => code.replace('-', '').toLowerCase()],
    ['with letters that look alike', (code: string) => code.replace('0', 'o').replace('1', 'l')],
  ])('a code is read %s', async (_, typed) => {
    await codeFor('T1/U3');
    const code = await codeFor('T1/U3');
    expect(await outcome(telegram('99', `link ${typed(code)}`))).toBe('done');
  });
});

describe('a code', () => {
  test('is good for ten minutes', async () => {
    const code = await codeFor('T1/U3');
    now += 10 * minute - 1;
    const late = await codeFor('T1/U2');
    expect(await outcome(telegram('99', `link ${code}`))).toBe('done');
    now += 10 * minute;
    expect(await outcome(telegram('98', `link ${late}`))).toBe('bad-input');
  });

  test('is good once, whatever came of it', async () => {
    const code = await codeFor('T1/U3');
    await telegram('99', `link ${code}`);
    expect(await outcome(telegram('98', `link ${code}`))).toBe('bad-input');
    const spent = await codeFor('T1/U3');
    expect(await outcome(telegram('22', `link ${spent}`))).toBe('not-allowed');
    expect(await outcome(telegram('98', `link ${spent}`))).toBe('bad-input');
  });

  test('is replaced by a newer one', async () => {
    const code = await codeFor('T1/U3');
    await codeFor('T1/U3');
    expect(await outcome(telegram('99', `link ${code}`))).toBe('bad-input');
  });

  test('can be guessed wrong five times an hour and account; then the right one is refused too', async () => {
    const code = await codeFor('T1/U3');
    const tries: string[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) tries.push(await read(telegram('99', 'link ABCDEFGH')));
    expect(tries[0]).toContain('4 more wrong ones, and you have to wait.');
    expect(tries[4]).toContain('This was the last try for now.');
    expect(await read(telegram('99', `link ${code}`))).toMatch(
      /5 wrong codes within an hour.*Try again in 60 minutes/s,
    );
    expect(await outcome(telegram('98', `link ${code}`))).toBe('done');
    now += 60 * minute;
    const next = await codeFor('T1/U2');
    expect(await outcome(telegram('99', `link ${next}`))).toBe('done');
  });

  test('of somebody who left the policy is void', async () => {
    const code = await codeFor('T1/U3');
    const { carol: _, ...others } = basic.people;
    policy = { ...basic, people: others };
    expect(await outcome(telegram('99', `link ${code}`))).toBe('unknown-person');
    expect(accounts.events().at(-1)).toMatchObject({ type: 'code.spent', data: { person: 'carol' } });
  });
});

describe('an account', () => {
  test('that the policy gives to somebody else is not linked', async () => {
    const code = await codeFor('T1/U3');
    expect(await read(telegram('22', `link ${code}`))).toContain('somebody else’s; one person is one vote');
    expect(await read(telegram('22', 'whoami'))).toContain('You are Bob');
  });

  test('that somebody else linked is not linked, until they take it away', async () => {
    await telegram('99', `link ${await codeFor('T1/U3')}`);
    expect(await outcome(telegram('99', `link ${await codeFor('T1/U2')}`))).toBe('not-allowed');
    expect(await outcome(telegram('99', 'unlink'))).toBe('done');
    expect(await outcome(telegram('99', `link ${await codeFor('T1/U2')}`))).toBe('done');
    expect(await read(telegram('99', 'whoami'))).toContain('You are Bob');
  });

  test('that the policy gives to somebody later is theirs, whoever linked it', async () => {
    await telegram('99', `link ${await codeFor('T1/U3')}`);
    const dan = { ...basic.people.dan, name: 'Dan', slack: ['T1/U4'], telegram: [99] };
    policy = { ...basic, people: { ...basic.people, dan } };
    expect(await read(telegram('99', 'whoami'))).toContain('You are Dan');
    expect(await read(slack('T1/U3', 'whoami'))).not.toContain('99');
  });

  test('of somebody who left the policy is nobody’s', async () => {
    await telegram('99', `link ${await codeFor('T1/U3')}`);
    const { carol: _, ...others } = basic.people;
    policy = { ...basic, people: others };
    expect(await outcome(telegram('99', 'status'))).toBe('unknown-person');
  });

  test('is unlinked from another account, and both are told', async () => {
    await telegram('99', `link ${await codeFor('T1/U2')}`);
    telling.told.length = 0;
    expect(await read(slack('T1/U2', 'unlink telegram'))).toMatch(
      /^✓ The Telegram account 99 is no longer yours\n/,
    );
    expect(telling.told.map(({ account }) => account.id)).toEqual(['22', '99']);
    expect(await outcome(telegram('99', 'status'))).toBe('unknown-person');
    expect(await outcome(slack('T1/U2', 'unlink telegram'))).toBe('wrong-state');
    expect(await read(slack('T1/U2', 'unlink'))).toContain('What policy.yaml names is changed there.');
  });

  test('gets no more by a link than the person has', async () => {
    await telegram('99', `link ${await codeFor('T1/U5')}`);
    expect(await outcome(telegram('99', 'approve aether-1'))).toBe('not-allowed');
    const linked = withLinks(policy, accounts.known().links);
    expect({ ...linked, people: {} }).toEqual({ ...policy, people: {} });
  });

  test('of a foreign Slack workspace is not linked: its people read along and do nothing else', async () => {
    const code = await codeFor('T1/U3');
    expect(await read(slack('T9/U3', `link ${code}`))).toContain('People of other workspaces can read along');
    expect(await outcome(slack('T1/U9', `link ${code}`))).toBe('done');
  });

  test('that nobody knows is told its id, how it is added, and how it is linked', async () => {
    const said = await read(telegram('99', 'whoami'));
    expect(said).toContain('Your telegram account is 99.');
    expect(said).toContain('telegram: [99]');
    expect(said).toContain('type /rollout link there, and /rollout link <code> here');
    expect(said).toContain('This room is telegram:-100');
    expect(await read(telegram('99', 'link'))).toContain('type /rollout link there');
  });
});

describe('one person is one vote', () => {
  const owners = { 'T1/U1': 'alice', 'T1/U2': 'bob', 'T1/U3': 'carol', 'T1/U4': 'dan' } as const;
  const known = fc.constantFrom(...(Object.keys(owners) as (keyof typeof owners)[]));
  const loose = fc.constantFrom('97', '98', '99');
  const doing = fc.oneof(
    fc.record({ do: fc.constant('link' as const), known, loose }),
    fc.record({ do: fc.constant('unlink' as const), loose }),
    fc.record({ do: fc.constant('vote' as const), account: fc.oneof(known, loose) }),
  );

  test('whatever is linked, unlinked and voted, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(doing, { maxLength: 25 }), async (all) => {
        open('approval');
        const linked = new Map<string, string>();
        for (const each of all) {
          if (each.do === 'link') {
            const done = await telegram(each.loose, `link ${await codeFor(each.known)}`);
            expect(done.ok).toBe(!linked.has(each.loose));
            if (done.ok) linked.set(each.loose, owners[each.known]);
          } else if (each.do === 'unlink') {
            expect((await telegram(each.loose, 'unlink')).ok).toBe(linked.delete(each.loose));
          } else if (each.account in owners) await slack(each.account, 'approve aether-1');
          else await telegram(each.account, 'approve aether-1');
        }
        const voters = (await answers()).map(({ actor }) => actor.id);
        expect(voters).toEqual([...new Set(voters)]);
        expect(voters).not.toContain('alice');
        expect(verifyChain(accounts.events())).toMatchObject({ ok: true });
      }),
      { numRuns: 200 },
    );
  });

  test('whose second account was linked after the first vote', async () => {
    expect(await outcome(slack('T1/U2', 'approve aether-1'))).toBe('done');
    await telegram('99', `link ${await codeFor('T1/U2')}`);
    for (const account of ['99', '22']) {
      expect(await read(telegram(account, 'approve aether-1'))).toContain('one person is one vote');
    }
    expect(await answers()).toHaveLength(1);
  });

  test('who started the rollout approves it from no account', async () => {
    await telegram('99', `link ${await codeFor('T1/U1')}`);
    expect(await outcome(telegram('99', 'approve aether-1'))).toBe('own-rollout');
    expect(await answers()).toEqual([]);
  });

  test('however the link and presses from all accounts race', async () => {
    for (let round = 0; round < 20; round += 1) {
      open('approval');
      const code = await codeFor('T1/U2');
      const press = (account: string) =>
        telegram(account, 'approve aether-1 nonce=n1', { press: { drawnAt: 7 } });
      const early = Array.from({ length: round % 5 }, () => press('99'));
      const linking = telegram('99', `link ${code}`);
      const late = [press('99'), press('22'), slack('T1/U2', 'approve aether-1'), press('99')];
      await Promise.all([...early, linking, ...late]);
      expect(await outcome(press('99'))).toBe('already-answered');
      expect((await answers()).map(({ actor }) => actor.id)).toEqual(['bob']);
    }
  });
});
