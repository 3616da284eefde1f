import { beforeEach, describe, expect, test } from 'vitest';
import type { Allowance } from '../../src/ports/allowance.ts';
import type { Rooms } from '../../src/ports/rooms.ts';
import type { Threads } from '../../src/ports/threads.ts';

export interface OutboundStore {
  threads: Threads;
  rooms: Rooms;
  allowance: Allowance;
  /** Lets the lock of a thread run out. */
  expire(lock: { rollout: string; channel: string }): Promise<void>;
  /** Lets time pass for the allowance. */
  pass(milliseconds: number): Promise<void>;
}

/** What the store of what goes out must do, in memory and in Redis. Each test gets names of its own. */
export function outboundContract(name: string, open: () => OutboundStore): void {
  let store: OutboundStore;
  let tests = 0;
  let thread: { rollout: string; channel: string };
  beforeEach(() => {
    store = open();
    tests += 1;
    thread = { rollout: `test-${tests}`, channel: 'slack:C1:x' };
  });
  const must = async () => {
    const lock = await store.threads.lock(thread);
    if (!lock) throw new Error('the lock is taken');
    return lock;
  };

  describe(`the threads in ${name}`, () => {
    test('are worked on by one process at a time', async () => {
      const lock = await must();
      expect(await store.threads.lock(thread)).toBeUndefined();
      await lock.release();
      const later = await must();
      await later.release(200);
      expect(await store.threads.lock(thread)).toBeUndefined();
      await store.pass(200);
      expect(await store.threads.lock(thread)).toBeDefined();
    });

    test('keep what stands in them', async () => {
      const lock = await must();
      const standing = {
        operation: 'op',
        ref: { channel: 'C1', id: '1.1' },
        digest: 'd',
        wayBack: true,
      } as const;
      const given = { operation: 'two', again: 'doubtful', lost: true } as const;
      expect(await lock.write('root', standing)).toBe(true);
      expect(await lock.write('m2', given)).toBe(true);
      expect(await lock.write('m3', { operation: 'three', gone: 'deleted' })).toBe(true);
      expect(await lock.forget('m3')).toBe(true);
      expect([...(await store.threads.read(thread))]).toEqual(
        expect.arrayContaining([
          ['root', standing],
          ['m2', given],
        ]),
      );
      expect((await store.threads.read(thread)).size).toBe(2);
    });

    test('take nothing from a process whose lock ran out and was taken by another', async () => {
      const stale = await must();
      await stale.write('root', { operation: 'op-1' });
      await store.expire(thread);
      expect(await stale.write('root', { operation: 'late' })).toBe(false);
      const fresh = await must();
      await fresh.write('root', { operation: 'op-1' });
      expect(await stale.write('root', { operation: 'late' })).toBe(false);
      expect(await stale.forget('root')).toBe(false);
      await stale.release();
      expect(await store.threads.lock(thread)).toBeUndefined();
      expect(await store.threads.read(thread)).toEqual(new Map([['root', { operation: 'op-1' }]]));
      expect(fresh.isFresh()).toBe(true);
    });
  });

  describe(`the allowance in ${name}`, () => {
    /** So rare that a busy machine makes no room for another call between two of a test. */
    const limit = (burst: number, every = 3_000) => ({ name: `limit ${tests}`, every, burst });

    test('lets a burst pass, and then one call at a time', async () => {
      for (let call = 0; call < 3; call += 1)
        expect(await store.allowance.take([limit(3)])).toEqual({ wait: 0 });
      const { wait, by } = await store.allowance.take([limit(3)]);
      expect(wait).toBeGreaterThan(500);
      expect(wait).toBeLessThanOrEqual(3_000);
      expect(by).toBe(limit(3).name);
      await store.pass(wait);
      expect(await store.allowance.take([limit(3)])).toEqual({ wait: 0 });
      expect((await store.allowance.take([limit(3)])).wait).toBeGreaterThan(0);
    });

    test('leaves the end of a burst to what is urgent', async () => {
      for (let call = 0; call < 2; call += 1) await store.allowance.take([limit(2)]);
      expect((await store.allowance.take([limit(2)])).wait).toBeGreaterThan(0);
      expect(await store.allowance.take([limit(3)])).toEqual({ wait: 0 });
    });

    test('takes from all limits or from none', async () => {
      const other = { name: `other ${tests}`, every: 60_000, burst: 1 };
      expect(await store.allowance.take([limit(2), other])).toEqual({ wait: 0 });
      expect(await store.allowance.take([limit(2), other])).toMatchObject({ by: other.name });
      expect(await store.allowance.take([limit(2)])).toEqual({ wait: 0 });
    });

    test('is held for as long as the platform asks, and then gives no burst', async () => {
      await store.allowance.hold(limit(3, 60_000), 2_000);
      const { wait } = await store.allowance.take([limit(3, 60_000)]);
      expect(wait).toBeGreaterThan(500);
      await store.pass(wait);
      expect(await store.allowance.take([limit(3, 60_000)])).toEqual({ wait: 0 });
      expect((await store.allowance.take([limit(3, 60_000)])).wait).toBeGreaterThan(0);
    });

    test('takes back what was not used, and never gives more than a burst for it', async () => {
      const other = { name: `other ${tests}`, every: 60_000, burst: 1 };
      await store.allowance.giveBack([limit(2)]);
      expect(await store.allowance.take([limit(2), other])).toEqual({ wait: 0 });
      expect(await store.allowance.take([limit(2)])).toEqual({ wait: 0 });
      await store.allowance.giveBack([limit(2), other]);
      expect(await store.allowance.take([limit(2), other])).toEqual({ wait: 0 });
      expect((await store.allowance.take([limit(2)])).wait).toBeGreaterThan(500);
    });

    test('without limits is free', async () => {
      await store.allowance.giveBack([]);
      expect(await store.allowance.take([])).toEqual({ wait: 0 });
    });
  });

  describe(`the closed rooms in ${name}`, () => {
    test('are closed once and opened once, whoever does it', async () => {
      const closure = {
        channel: `slack:${tests}`,
        why: 'It is archived.',
        since: '2026-11-21T12:00:00.000Z',
      };
      const given = { ...closure, rollout: 'test-1' };
      expect([await store.rooms.close(closure), await store.rooms.close(closure)]).toEqual([true, false]);
      expect(await store.rooms.close(given)).toBe(true);
      expect(await store.rooms.closed()).toEqual(expect.arrayContaining([closure, given]));
      const name = closure.channel;
      expect([await store.rooms.open(name), await store.rooms.open(name)]).toEqual([true, false]);
      expect(await store.rooms.open(`test-1 ${name}`)).toBe(true);
      expect(await store.rooms.closed()).toEqual([]);
    });
  });
}
