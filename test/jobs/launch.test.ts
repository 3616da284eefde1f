import { afterEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { createLaunch, type Recheck } from '../../src/jobs/launch.ts';
import { openSession, type Session } from '../../src/jobs/session.ts';
import { aborted, noon, planOf } from '../rollout/journal.ts';
import { type MemoryJournals, memoryJournals } from './memory-journals.ts';

const clock = { now: () => noon };
const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] });
let journals: MemoryJournals;
let session: Session;

afterEach(() => session.close());

async function launch(recheck: Recheck, environment: MemoryJournals['environment'] = {}): Promise<void> {
  journals = memoryJournals(plan, clock, { startAt: noon });
  journals.environment = environment;
  const opened = await openSession(journals, clock, journals.id);
  if (!opened) throw new Error('the lease is free');
  session = opened;
  await createLaunch(recheck)(opened);
}

const free: Recheck = async () => ({ facts: [] });
const added = () => journals.types().slice(1);

describe('a scheduled start', () => {
  test('claims the environment and begins in one append, with what the check adds', async () => {
    const override: Fact = {
      type: 'rollout.followed',
      data: { channel: { platform: 'console', id: 'ops' } },
    };
    await launch(async () => ({ facts: [override] }));
    expect(added()).toEqual(['rollout.followed', 'rollout.started']);
    expect(journals.calls.append).toBe(1);
    expect(journals.environment).toEqual({ claimedBy: journals.id, newest: journals.id });
  });

  test('that is refused at its time is aborted, and claims nothing', async () => {
    await launch(async () => ({ refused: 'production is frozen' }));
    expect(added()).toEqual(['rollout.aborted']);
    expect(journals.now().state.aborted?.reason).toBe('Not started: production is frozen');
    expect(journals.environment).toEqual({});
  });

  test('finds the environment busy, and is aborted', async () => {
    const busy = { claimedBy: 'other-1', newest: 'other-1' };
    await launch(free, busy);
    expect(added()).toEqual(['rollout.aborted']);
    expect(journals.environment).toEqual(busy);
  });

  test.each<[string, Recheck]>([
    ['finds nothing against it', free],
    ['is refused', async () => ({ refused: 'production is frozen' })],
  ])(
    'that a person aborts while it is checked stays as they left it, where it %s',
    async (_name, recheck) => {
      await launch(async (rollout) => {
        journals.people([aborted]);
        return recheck(rollout);
      });
      expect(added()).toEqual(['rollout.aborted']);
      expect(journals.now().state.aborted?.by).toMatchObject({ id: 'bob' });
      expect(journals.environment).toEqual({});
    },
  );

  test('whose check fails is neither started nor aborted: it is tried again', async () => {
    await expect(launch(async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(added()).toEqual([]);
  });
});
