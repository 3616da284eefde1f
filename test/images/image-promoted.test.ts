import { expect, it } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { imagePromoted } from '../../src/steps/image-promoted.ts';
import { journalOf, noon, planOf } from '../rollout/journal.ts';
import { type ContextOptions, contextFor, runOnce } from '../support/step-context.ts';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;
const tampered = `sha256:${'a'.repeat(63)}b`;

/** A rollout of staging whose step `probe` recorded these images; succeeded unless it is still watched. */
function rollout(
  images: object | undefined,
  { id = 'test-4', playbook = 'test', watched = false, rolledBack = false } = {},
): Rollout {
  const step = { id: 'probe', uses: 'image.promoted' };
  const plan = planOf({ name: playbook, phases: [{ name: 'only', steps: [step] }] });
  const journal = journalOf({ ...plan, environment: { ...plan.environment, name: 'staging' } });
  const facts: Fact[] = [
    { type: 'step.started', data: { step: 'probe', attempt: 1, epoch: 1, input: {} } },
    {
      type: 'step.succeeded',
      data: {
        step: 'probe',
        summary: 'x',
        ...(images ? { output: JSON.parse(JSON.stringify({ images })) } : {}),
      },
    },
    watched
      ? { type: 'hypercare.started', data: { until: new Date(noon + 3_600_000).toISOString() } }
      : { type: 'rollout.succeeded', data: {} },
  ];
  if (rolledBack) facts.push({ type: 'rollback.requested', data: { reason: 'errors' } });
  const { plan: folded, state } = journal.add(facts, noon);
  return { plan: folded, state: { ...state, id } };
}

const here = { from: 'staging', images: { trader: `eu.gcr.io/x/trader@${a}`, orchestrator: b } };
const after = (...staging: Rollout[]): ContextOptions => ({ earlier: { staging } });

it('records the digests where they have to prove themselves', async () => {
  expect(await runOnce(imagePromoted, { ...here, from: 'sandbox' })).toEqual({
    status: 'succeeded',
    summary: 'Recorded to be promoted: trader sha256:aaaaaaaaaaaa…, orchestrator sha256:bbbbbbbbbbbb…',
    output: { images: { trader: a, orchestrator: b } },
  });
});

it('lets through elsewhere what succeeded there last', async () => {
  const options = after(rollout({ orchestrator: b, trader: a }), rollout({ trader: b }, { id: 'test-3' }));
  expect(await runOnce(imagePromoted, here, options)).toEqual({
    status: 'succeeded',
    summary: expect.stringMatching(
      /^The same as in staging \(test-4 of 2026-11-21 12:00 UTC\): trader sha256:a/,
    ),
    output: { images: { trader: a, orchestrator: b }, from: 'test-4' },
  });
});

it.each([
  [
    'a tampered digest',
    { trader: tampered, orchestrator: b },
    /trader is sha256:a{64} here and sha256:a{63}b there$/,
  ],
  ['two that changed places', { trader: b, orchestrator: a }, /orchestrator is .*; trader is /],
  [
    'one that was not there',
    { trader: a },
    /orchestrator is sha256:b.*… here and no image of that name there$/,
  ],
  [
    'one that is not here',
    { trader: a, orchestrator: b, feed: a },
    /feed is no image of that name here and sha/,
  ],
])('refuses %s, and says which differs and what to do', async (_, images, words) => {
  const result = await runOnce(imagePromoted, here, after(rollout(images)));
  expect(result).toMatchObject({
    status: 'failed',
    retryable: false,
    summary: expect.stringMatching(/^Not what succeeded in staging \(test-4 of 2026-11-21 12:00 UTC\): /),
    detail: expect.stringMatching(/^Nothing was changed\. Roll out there first .* find out who pushed /),
  });
  expect(result).toHaveProperty('summary', expect.stringMatching(words));
});

it('shows differing digests whole, so that people can compare them', async () => {
  const result = await runOnce(imagePromoted, here, after(rollout({ trader: tampered, orchestrator: b })));
  expect(result).toHaveProperty(
    'detail',
    expect.stringContaining(`\ntrader: here ${a}, in test-4 ${tampered}`),
  );
});

it.each([
  ['none', []],
  ['one of another playbook', [rollout({ trader: a, orchestrator: b }, { playbook: 'other' })]],
  ['one that was rolled back', [rollout({ trader: a, orchestrator: b }, { rolledBack: true })]],
])('refuses where nothing succeeded there: %s', async (_, staging) => {
  expect(await runOnce(imagePromoted, here, after(...staging))).toMatchObject({
    status: 'failed',
    summary: 'No rollout of test has succeeded in staging yet',
    detail: 'Nothing was changed. Let one succeed there: /rollout start test env=staging.',
  });
});

it('counts a rollout that is still watched there only where the playbook says so', async () => {
  const watched = rollout({ trader: a, orchestrator: b }, { watched: true });
  const before = rollout({ trader: a, orchestrator: a }, { id: 'test-3' });
  expect(await runOnce(imagePromoted, here, after(watched))).toMatchObject({
    status: 'failed',
    detail:
      'Nothing was changed. test-4 is still watched there until 2026-11-21 13:00 UTC; it counts once it has succeeded.',
  });
  expect((await runOnce(imagePromoted, here, after(watched, before))).status).toBe('failed');
  expect((await runOnce(imagePromoted, { ...here, watched: true }, after(watched, before))).status).toBe(
    'succeeded',
  );
});

it('refuses what recorded nothing, however it came about', async () => {
  for (const images of [undefined, ['x']])
    expect(await runOnce(imagePromoted, here, after(rollout(images)))).toMatchObject({
      status: 'failed',
      summary: 'test-4, the last one that succeeded in staging, did not record its images',
    });
});

it('says in the plan what it will do', async () => {
  expect((await imagePromoted.plan(contextFor(imagePromoted, here))).summary).toBe(
    'Refuse to go on unless trader and orchestrator are what succeeded last in staging, digest by digest',
  );
});
