import { expect, test } from 'vitest';
import { z } from 'zod';
import { notedDutySchema } from '../../src/core/rollout/duties.ts';
import { reminder } from '../../src/steps/reminder.ts';
import { loadedPlaybook } from '../support/coverage.ts';
import { runOnce } from '../support/step-context.ts';

const hour = 3_600_000;
const day = 24 * hour;
const escalatedSchema = z.object({ escalate: z.object({ at: z.string() }) });

const { playbook } = await loadedPlaybook('playbooks/sapphire-cloud-run.yaml');
const steps = playbook.phases.flatMap((phase) => phase.steps).filter(({ uses }) => uses === 'reminder');

/** The duties of a launch at an instant (milliseconds since the epoch): what, whose, due, and late when. */
async function dutiesOf(launch: number, timezone: string) {
  return Promise.all(
    steps.map(async (step) => {
      const result = await runOnce(reminder, step.with, { now: () => launch, timezone });
      const output = result.status === 'succeeded' ? result.output : {};
      const { text, role, due } = notedDutySchema.parse(output);
      const { escalate } = escalatedSchema.parse(output);
      return { text, role, due: Date.parse(due), late: Date.parse(escalate.at) };
    }),
  );
}

test('each of the three keys has an owner who is reminded', async () => {
  const duties = await dutiesOf(Date.parse('2026-11-23T09:00:00Z'), 'UTC');
  expect(duties.map(({ text, role }) => [text, role])).toEqual([
    ['Rotate the Aster API key', 'key-owner'],
    ['Rotate the Firebase service account’s key', 'key-owner'],
    ['Rotate the Telegram bot’s token', 'key-owner'],
  ]);
});

test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'])(
  'whenever the launch is in %s, owners are reminded, and others told, within the first week',
  async (timezone) => {
    // Two weeks from a Monday on, over the end of summer time in Europe.
    const from = Date.parse('2026-10-19T00:30:00Z');
    for (let launch = from; launch < from + 14 * day; launch += 5 * hour) {
      for (const { text, due, late } of await dutiesOf(launch, timezone)) {
        const told = `${text}, launched ${new Date(launch).toISOString()}`;
        expect(due - launch, told).toBeLessThan(6 * day);
        expect(late - launch, told).toBeLessThanOrEqual(7 * day);
        expect(due - launch, `${told}, while hypercare lasts`).toBeGreaterThan(day);
      }
    }
  },
);
