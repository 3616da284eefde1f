import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertGroupId, type Telling } from '../../src/core/alerts/notice.ts';
import { retention } from '../../src/core/alerts/retention.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { until } from '../support/until.ts';
import { instant, resolved, telling } from './tellings.ts';

/** What is put to the contract: the journal of alerts in Redis, or that of the tests in memory. */
export interface AlertsUnderTest {
  alerts: Alerts;
  stop(): Promise<void>;
}

const day = 86_400_000;

/** What every journal of alerts must do. Each test has its own groups. */
export function alertsContract(name: string, open: (clock: Clock) => Promise<AlertsUnderTest>): void {
  describe(`${name} keeps the contract of alerts`, () => {
    let now = 0;
    let under: AlertsUnderTest;
    let places = 0;
    let years = 0;
    beforeAll(async () => {
      under = await open({ now: () => now });
    });
    afterAll(() => under.stop());
    beforeEach(() => {
      years += 1;
      now = instant('12:00') + years * 365 * day;
    });

    const newKey = () => {
      places += 1;
      return `{}:{group="${places}"}`;
    };
    const tell = async (...tellings: Telling[]) => (await under.alerts.accept(tellings)).fresh;
    const idOf = (groupKey: string) => alertGroupId({ source: 'alertmanager', groupKey });
    const kept = async (groupKey: string) => {
      const group = await under.alerts.group(idOf(groupKey));
      return group?.notices.map(({ fingerprint, status, startsAt }) => [fingerprint, status, startsAt]);
    };
    const waiting = async (groupKey: string) =>
      (await under.alerts.changed(10_000)).find(({ id }) => id === idOf(groupKey));
    const fires = async (groupKey: string) =>
      (await under.alerts.firing(10_000)).find(({ id }) => id === idOf(groupKey));
    /** An instant of the test's own day, which begins at twelve; each test has a year of its own. */
    const at = (time: string) => new Date(instant(time) + years * 365 * day).toISOString();

    it('keeps what was told, whole', async () => {
      const groupKey = newKey();
      const told = telling({ groupKey, startsAt: at('11:00') });
      expect(await tell(told)).toBe(1);
      expect(await under.alerts.group(idOf(groupKey))).toEqual({
        id: idOf(groupKey),
        source: 'alertmanager',
        groupKey,
        notices: [told],
      });
      expect(await under.alerts.group('0000000000000000')).toBeUndefined();
    });

    it('keeps texts of any sort, and takes no name for its own', async () => {
      const groupKey = newKey();
      const labels = { 'a b\n': '\u0000"ü🔥', ' ': '', version: '1', firing: '2', constructor: 'x' };
      const strange = ['version', 'firing', 'n f1', ' ', 'a\nb', '*', '%d%s'];
      const told = strange.map((fingerprint) =>
        telling({ groupKey, fingerprint, labels, startsAt: at('11:00') }),
      );
      expect(await tell(...told)).toBe(strange.length);
      const notices = (await under.alerts.group(idOf(groupKey)))?.notices ?? [];
      expect(notices.map(({ fingerprint }) => fingerprint).sort()).toEqual([...strange].sort());
      expect(notices.every((notice) => Object.hasOwn(notice.labels, 'constructor'))).toBe(true);
      expect(await tell(...told)).toBe(0);
    });

    it('tells groups of different senders apart', async () => {
      const groupKey = newKey();
      await tell(telling({ groupKey, startsAt: at('11:00') }));
      expect(await tell(telling({ groupKey, source: 'generic', startsAt: at('11:00') }))).toBe(1);
      expect((await kept(groupKey))?.length).toBe(1);
    });

    it('takes a delivery once, however often and by whomever it is told', async () => {
      const groupKey = newKey();
      const delivery = Array.from({ length: 30 }, (_, n) =>
        telling({ groupKey, fingerprint: `f${n}`, startsAt: at('11:00') }),
      );
      const answers = await Promise.all(Array.from({ length: 6 }, () => tell(...delivery)));
      expect(answers.reduce((sum, fresh) => sum + fresh, 0)).toBe(30);
      const waits = await waiting(groupKey);
      expect(await tell(...delivery)).toBe(0);
      expect(await waiting(groupKey)).toEqual(waits);
      expect((await kept(groupKey))?.length).toBe(30);
    });

    it('takes what is new of a group that is told whole again', async () => {
      const groupKey = newKey();
      const delivery = Array.from({ length: 450 }, (_, n) =>
        telling({ groupKey, fingerprint: `f${n}`, startsAt: at('11:00') }),
      );
      await tell(...delivery);
      const late = telling({ groupKey, fingerprint: 'late', startsAt: at('11:05') });
      expect(await tell(...delivery, late)).toBe(1);
      expect((await kept(groupKey))?.length).toBe(451);
    });

    describe('what was told before decides', () => {
      const cases: [string, (groupKey: string) => Telling[], 'firing' | 'resolved', string, number][] = [
        [
          'resolved ends it',
          (groupKey) => [
            telling({ groupKey, startsAt: at('10:00') }),
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:30') }),
          ],
          'resolved',
          '10:00',
          2,
        ],
        [
          'a firing that comes after its resolution is late',
          (groupKey) => [
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:30') }),
            telling({ groupKey, startsAt: at('10:00') }),
          ],
          'resolved',
          '10:00',
          1,
        ],
        [
          'an earlier episode that comes late changes nothing',
          (groupKey) => [
            telling({ groupKey, startsAt: at('11:00') }),
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:30') }),
            telling({ groupKey, startsAt: at('10:00') }),
          ],
          'firing',
          '11:00',
          1,
        ],
        [
          'it fires anew',
          (groupKey) => [
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:30') }),
            telling({ groupKey, startsAt: at('10:30') }),
          ],
          'firing',
          '10:30',
          2,
        ],
        [
          'a peer that saw it begin a little earlier resolves it as well',
          (groupKey) => [
            telling({ groupKey, startsAt: at('10:00:03') }),
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:30') }),
            telling({ groupKey, startsAt: at('10:00:03') }),
          ],
          'resolved',
          '10:00',
          2,
        ],
        [
          'peers that differ on when it began tell no news',
          (groupKey) => [
            telling({ groupKey, startsAt: at('10:00') }),
            telling({ groupKey, startsAt: at('10:00:03') }),
            telling({ groupKey, startsAt: at('10:00') }),
            telling({ groupKey, startsAt: at('10:00:03') }),
          ],
          'firing',
          '10:00',
          1,
        ],
        [
          'what such a peer tells late changes nothing either',
          (groupKey) => [
            telling({ groupKey, startsAt: at('10:00') }),
            telling({ groupKey, startsAt: at('10:00:40') }),
            resolved({ groupKey, startsAt: at('10:00'), endsAt: at('10:00:20') }),
          ],
          'firing',
          '10:00',
          1,
        ],
        [
          'an alert whose resolution nobody told fires anew all the same',
          (groupKey) => [
            telling({ groupKey, startsAt: at('10:00') }),
            telling({ groupKey, startsAt: at('10:20') }),
          ],
          'firing',
          '10:20',
          2,
        ],
        [
          'a sender whose clock is an hour ahead is followed all the same',
          (groupKey) => [
            telling({ groupKey, startsAt: at('13:00') }),
            resolved({ groupKey, startsAt: at('13:00'), endsAt: at('13:05') }),
            telling({ groupKey, startsAt: at('13:06') }),
            resolved({ groupKey, startsAt: at('11:59'), endsAt: at('12:00') }),
          ],
          'resolved',
          '11:59',
          4,
        ],
        [
          'a beginning that nobody told is the first telling’s',
          (groupKey) => {
            const { startsAt: _, ...firing } = telling({ groupKey });
            return [telling({ groupKey, startsAt: at('11:00') }), firing, firing];
          },
          'firing',
          '11:00',
          1,
        ],
      ];
      it.each(cases)('%s', async (_, deliveries, status, since, fresh) => {
        const groupKey = newKey();
        let news = 0;
        for (const delivery of deliveries(groupKey)) news += await tell(delivery);
        expect(await kept(groupKey)).toEqual([['f1', status, at(since)]]);
        expect(news).toBe(fresh);
        const other = newKey();
        expect(await tell(...deliveries(other)), 'in one delivery').toBe(fresh);
      });

      it('a firing with its old beginning long after the resolution is a revival', async () => {
        const groupKey = newKey();
        await tell(telling({ groupKey, startsAt: at('10:00') }));
        await tell(resolved({ groupKey, startsAt: at('10:00'), endsAt: at('11:59') }));
        now += 4 * 60_000;
        expect(await tell(telling({ groupKey, startsAt: at('10:00') }))).toBe(0);
        now += 2 * 60_000;
        expect(await tell(telling({ groupKey, startsAt: at('10:00') }))).toBe(1);
        expect(await kept(groupKey)).toEqual([['f1', 'firing', at('10:00')]]);
      });

      it('one without a beginning is dated when it is heard, resolved as it began, and fires anew', async () => {
        const groupKey = newKey();
        const { startsAt: _, ...firing } = telling({ groupKey });
        const ended: Telling = { ...firing, status: 'resolved' };
        const began = new Date(now).toISOString();
        const told: number[] = [];
        for (const delivery of [firing, firing, ended, ended, firing]) {
          told.push(await tell(delivery));
          now += 1_000;
        }
        expect(told).toEqual([1, 0, 1, 0, 1]);
        expect(await kept(groupKey)).toEqual([['f1', 'firing', new Date(now - 1_000).toISOString()]]);
        expect(Date.parse(began)).toBe(now - 5_000);
      });
    });

    it('follows an alert that flaps 500 times, told by two senders of which one lags', async () => {
      const groupKey = newKey();
      const flaps = Array.from({ length: 500 }, (_, n) => {
        const startsAt = new Date(now - 600_000 + n * 1_000).toISOString();
        const endsAt = new Date(now - 600_000 + n * 1_000 + 500).toISOString();
        return [
          telling({ groupKey, startsAt }),
          telling({ groupKey, status: 'resolved', startsAt, endsAt }),
        ] as const;
      }).flat();
      let fresh = 0;
      for (let n = 0; n < flaps.length; n += 10) {
        fresh += await tell(...flaps.slice(n, n + 10));
        expect(await tell(...flaps.slice(Math.max(n - 20, 0), n + 10))).toBe(0);
      }
      expect(fresh).toBe(1_000);
      expect(await kept(groupKey)).toEqual([['f1', 'resolved', flaps.at(-1)?.startsAt]]);
      expect(await fires(groupKey)).toBeUndefined();
    });

    describe('who has to look', () => {
      it('is told the groups that changed, the longest ago first, until they are seen', async () => {
        const [one, two] = [newKey(), newKey()];
        const startsAt = at('11:00');
        await tell(telling({ groupKey: one, startsAt }));
        await tell(telling({ groupKey: two, startsAt }));
        await tell(telling({ groupKey: one, fingerprint: 'f2', startsAt }));
        const ours = async () =>
          (await under.alerts.changed(10_000)).filter(({ id }) => [idOf(one), idOf(two)].includes(id));
        const [first, second] = await ours();
        expect([first?.id, second?.id]).toEqual([idOf(one), idOf(two)]);
        await under.alerts.seen(idOf(one), first?.version ?? 0);
        expect(await ours()).toEqual([second]);
        expect((await under.alerts.changed(1)).length).toBe(1);
      });

      it('keeps a group that changed again meanwhile, behind those that wait longer', async () => {
        const [one, two] = [newKey(), newKey()];
        const startsAt = at('11:00');
        await tell(telling({ groupKey: one, startsAt }));
        const looked = await waiting(one);
        await tell(telling({ groupKey: two, startsAt }));
        await tell(telling({ groupKey: one, fingerprint: 'f2', startsAt }));
        await under.alerts.seen(idOf(one), looked?.version ?? 0);
        const again = await waiting(one);
        expect(again?.version).toBeGreaterThan(looked?.version ?? 0);
        const order = (await under.alerts.changed(10_000)).map(({ id }) => id);
        expect(order.indexOf(idOf(one))).toBeGreaterThan(order.indexOf(idOf(two)));
        await under.alerts.seen(idOf(one), again?.version ?? 0);
        expect(await waiting(one)).toBeUndefined();
        await under.alerts.seen(idOf(one), 0);
        expect(await waiting(one)).toBeUndefined();
      });

      it('is told what fires, seen or not, the last change first', async () => {
        const [one, two] = [newKey(), newKey()];
        const startsAt = at('11:00');
        await tell(
          telling({ groupKey: one, startsAt }),
          telling({ groupKey: one, fingerprint: 'f2', startsAt }),
        );
        await tell(telling({ groupKey: two, startsAt }));
        const seen = await waiting(one);
        await under.alerts.seen(idOf(one), seen?.version ?? 0);
        expect(await fires(one)).toEqual({ id: idOf(one), version: seen?.version });
        expect((await under.alerts.firing(1)).map(({ id }) => id)).toEqual([idOf(two)]);
        const end = { groupKey: one, startsAt, endsAt: at('11:30') };
        await tell(resolved(end));
        expect((await under.alerts.firing(1)).map(({ id }) => id)).toEqual([idOf(one)]);
        await tell(resolved({ ...end, fingerprint: 'f2' }));
        expect(await fires(one)).toBeUndefined();
        expect(await fires(two)).toBeDefined();
      });

      it('is called when something changed, and only then', async () => {
        const groupKey = newKey();
        let calls = 0;
        const stop = under.alerts.onChange(() => {
          calls += 1;
        });
        await tell(telling({ groupKey, startsAt: at('11:00') }));
        await until('the call', () => calls > 0);
        expect(calls).toBe(1);
        await tell(telling({ groupKey, startsAt: at('11:00') }));
        await tell(telling({ groupKey: newKey(), startsAt: at('11:00') }));
        await until('the second call', () => calls > 1);
        expect(calls).toBe(2);
        stop();
        let others = 0;
        const stopOthers = under.alerts.onChange(() => {
          others += 1;
        });
        await tell(telling({ groupKey: newKey(), startsAt: at('11:00') }));
        await until('the call of another', () => others > 0);
        stopOthers();
        expect(calls).toBe(2);
      });
    });

    describe('what was told long ago', () => {
      it('is dropped, resolved alerts first, and the group with the last of them', async () => {
        const groupKey = newKey();
        const startsAt = at('11:00');
        await tell(
          telling({ groupKey, fingerprint: 'fires', startsAt }),
          resolved({ groupKey, fingerprint: 'over', startsAt, endsAt: at('11:30') }),
        );
        now += retention.resolved + 1;
        const wake = () => tell(telling({ groupKey: newKey(), startsAt: new Date(now).toISOString() }));
        await wake();
        expect((await kept(groupKey))?.map(([fingerprint]) => fingerprint)).toEqual(['fires']);
        now += retention.firing;
        await wake();
        expect(await kept(groupKey)).toBeUndefined();
        expect(await waiting(groupKey)).toBeUndefined();
        expect(await fires(groupKey)).toBeUndefined();
      });

      it('stays while it fires and is told now and then, which changes nothing', async () => {
        const groupKey = newKey();
        const told = telling({ groupKey, startsAt: at('11:00') });
        await tell(told);
        const version = await waiting(groupKey);
        for (let days = 0; days < 40; days += 1) {
          now += day;
          expect(await tell(told)).toBe(0);
        }
        await tell(telling({ groupKey: newKey(), startsAt: new Date(now).toISOString() }));
        expect(await waiting(groupKey)).toEqual(version);
        expect(await kept(groupKey)).toHaveLength(1);
      });
    });
  });
}
