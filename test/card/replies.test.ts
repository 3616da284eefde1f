import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import {
  answer,
  askedForApproval,
  atTheEnd,
  began,
  begin,
  bob,
  carol,
  finishPhase,
  inHypercare,
  numbers,
  people,
  planOf,
  preflight,
  retiringPlan,
  started,
  story,
  succeed,
  switched,
  type Told,
} from './story.ts';

function repliesTo(told: readonly Told[], options: Parameters<typeof story>[1] = {}) {
  const { plan, state } = story(told, options);
  return threadOf(plan, state, people, began).replies.map(({ key, card }) => ({
    key,
    tone: card.tone,
    text: plainText(card),
  }));
}

const clean: readonly Told[] = [...inHypercare, { type: 'rollout.succeeded', data: {} }];

describe('the replies', () => {
  it.each([
    ['done', clean],
    [
      'rolled back',
      [
        ...inHypercare,
        { type: 'rollback.requested', data: { reason: 'errors' } },
        { type: 'rollback.finished', data: {} },
      ] as const,
    ],
  ])('lead to the report at the end, and the root does: %s', (_, told) => {
    const { plan, state } = story(told);
    const atEnd = [{ label: 'Report', href: 'https://bot.example/report' }];
    const links = [{ label: 'Details', href: 'https://bot.example/details' }];
    const { root, replies } = threadOf(plan, state, people, began, { links, atEnd });
    expect(root.links).toEqual([...links, ...atEnd]);
    expect(replies.at(-1)?.card.links).toEqual(atEnd);
    expect(replies.slice(0, -1).every(({ card }) => card.links.length === 0)).toBe(true);
    const before = story(told.slice(0, -1));
    expect(threadOf(before.plan, before.state, people, began, { links, atEnd }).root.links).toEqual(links);
  });

  it('tell a clean rollout', () => {
    expect(repliesTo(clean).map(({ text }) => text)).toEqual([
      ['✓ Preflight, 2 steps in 30 s', '812 passed · Secrets'],
      ['Approval asked for Move traffic to green · @Bob and @Carol'],
      ['✓ Approved by Bob (“looks good”) and Carol'],
      ['✓ Soak on green: passed, 4 of 4 cycles', 'Soak on green, errors: ▁█ 4.1 % (limit 1 %)'],
      [
        '✓ Traffic switch, 5 steps in 2 min 20 s',
        'Writes on blue are frozen · Traffic is on green · Writes are open on green',
      ],
      ['✓ After, 1 step in 10 s', '3 artefacts stored'],
      [
        '👀 Hypercare · watched until 2026-11-22 15:00 UTC · the rollout took 4 min 10 s',
        'blue is kept until then',
      ],
      [
        '🏁 Done in 4 min 10 s · 2 approvals · nothing noticed in hypercare',
        'Preflight 30 s · Traffic switch 2 min 20 s · After 10 s',
      ],
    ]);
  });

  it('only grow: what was replied stays as it was, at every point of the journal', () => {
    for (let length = 1; length < clean.length; length += 1) {
      const before = repliesTo(clean.slice(0, length));
      const after = repliesTo(clean.slice(0, length + 1));
      expect(after.slice(0, before.length)).toEqual(before);
    }
  });

  it('tell a failure, and ping who has to decide', () => {
    const told: Told[] = [
      ...preflight,
      begin('freeze-writes'),
      { type: 'step.failed', data: { step: 'freeze-writes', summary: '503' } },
    ];
    expect(repliesTo(told).at(-1)).toEqual({
      key: 'm9',
      tone: 'bad',
      text: ['✗ Freeze writes on blue failed: 503 · the rollout stands until somebody decides · @Alice'],
    });
  });

  it('tell a rejection, and what comes of it', () => {
    const told: Told[] = [
      ...askedForApproval,
      answer('approve-switch', bob, { answer: 'reject', reason: 'too late today' }),
      { type: 'step.failed', data: { step: 'approve-switch', summary: 'Rejected by Bob: too late today' } },
    ];
    expect(repliesTo(told).at(-1)?.text).toEqual([
      '✗ Move traffic to green: Rejected by Bob: too late today · the rollout stands until somebody decides · @Alice',
    ]);
  });

  it('ping nobody where the playbook rolls back by itself', () => {
    const told: Told[] = [
      ...switched.slice(0, -1),
      { type: 'step.failed', data: { step: 'flip', summary: '412' } },
      { type: 'rollback.requested', data: { reason: 'Flip hosts failed' } },
    ];
    expect(
      repliesTo(told)
        .slice(-2)
        .map(({ text }) => text),
    ).toEqual([
      ['✗ Flip hosts failed: 412 · the playbook rolls back now'],
      ['↩️ Rolling back automatically: Flip hosts failed'],
    ]);
  });

  it('tell a rollback, with what was put back', () => {
    const told: Told[] = [
      ...switched,
      { type: 'rollback.requested', data: { reason: 'checkout errors' }, by: carol },
      begin('hosts-back'),
      succeed('hosts-back', 'Hosts are back at blue'),
      { type: 'step.skipped', data: { step: 'writes-back', reason: 'Nothing to undo here' } },
      { type: 'rollback.finished', data: {} },
    ];
    expect(
      repliesTo(told)
        .slice(-2)
        .map(({ text }) => text),
    ).toEqual([
      ['↩️ Rolling back by Carol: checkout errors'],
      ['↩️ Rolled back by Carol', 'Put back: Hosts are back at blue'],
    ]);
  });

  it('tell what the hypercare noticed, and that it is over', () => {
    const told: Told[] = [
      ...inHypercare,
      { type: 'hypercare.noticed', data: { summary: 'errors 4.1 %' } },
      { type: 'hypercare.cleared', data: { summary: 'errors 0.1 %' } },
      { type: 'rollout.succeeded', data: {} },
    ];
    expect(
      repliesTo(told)
        .slice(-3)
        .map(({ text }) => text),
    ).toEqual([
      ['🔥 Hypercare noticed: errors 4.1 % · @Alice'],
      ['✓ Back to normal: errors 0.1 %'],
      [
        '🏁 Done in 4 min 10 s · 2 approvals · 1 finding in hypercare',
        'Preflight 30 s · Traffic switch 2 min 20 s · After 10 s',
        'Noticed at 2026-11-21 14:04 UTC: errors 4.1 %',
      ],
    ]);
  });

  it('tell at a check-in what the watch measured, and sum everything up at the end', () => {
    const told: Told[] = [
      ...atTheEnd.slice(0, -1),
      { type: 'hypercare.checked', data: { after: '6h', numbers } },
      { type: 'hypercare.ended', data: { numbers }, after: 86_000 },
      begin('logs'),
      succeed('logs', 'Logs are kept 7 d again, 30 d before'),
      begin('ask', { roles: ['release-manager'] }),
      { type: 'step.failed', data: { step: 'ask', summary: 'Expired at 2026-11-22 16:00 UTC' } },
      {
        type: 'step.skipped',
        data: { step: 'retire', reason: 'Left as it is: Give blue up was not approved' },
      },
      { type: 'rollout.succeeded', data: {} },
    ];
    expect(
      repliesTo(told, { plan: retiringPlan })
        .slice(-3)
        .map(({ text }) => text),
    ).toEqual([
      [
        '👀 Hypercare after 6 h · nothing noticed so far',
        'errors 0.02 % on average, 0.4 % at most (limit 1 %), 287 of 288 looks passed',
      ],
      ['✗ Give blue up failed: Expired at 2026-11-22 16:00 UTC · what it asks for stays as it is'],
      [
        '🏁 Done in 4 min 10 s · 2 approvals · nothing noticed in hypercare',
        'Preflight 30 s · Traffic switch 2 min 20 s · After 10 s',
        'errors 0.02 % on average, 0.4 % at most (limit 1 %), 287 of 288 looks passed',
        'Error budget: 100 % before, 98 % after',
        '✓ Put the logs back: Logs are kept 7 d again, 30 d before',
        '✗ Give blue up: Expired at 2026-11-22 16:00 UTC',
        '– Retire blue: Left as it is: Give blue up was not approved',
      ],
    ]);
  });

  it('tell every approver of an override', () => {
    const replies = repliesTo([], { planned: { override: { of: ['freeze'], reason: 'security fix' } } });
    expect(replies).toEqual([
      { key: 'm1', tone: 'waiting', text: ['Started over freeze by Alice: security fix · @Bob and @Carol'] },
    ]);
  });

  it.each([
    ['', {}],
    [' since it was scheduled', { startAt: '2026-11-21T14:00:00.000Z' }],
  ])('tell that the plan changed%s, and what that voids', (since, planned) => {
    const revised: Told = {
      type: 'plan.revised',
      data: { plan: planOf(), digest: 'sha256:2', reason: 'the image changed' },
    };
    expect(repliesTo([...askedForApproval, revised], { planned }).at(-1)).toMatchObject({
      tone: 'waiting',
      text: [`📝 The plan changed${since}: the image changed; approvals given before are void`],
    });
  });

  it('stay within twelve messages in a clean rollout of 30 steps in 15 phases', () => {
    const phases = Array.from({ length: 15 }, (_, index) => ({
      name: `phase-${index}`,
      steps: [
        { id: `do-${index}`, uses: 'http.request' },
        {
          id: `check-${index}`,
          uses: index === 7 ? 'approval' : 'http.check',
          with: { roles: ['release-manager'] },
        },
      ],
    }));
    const playbook = playbookSchema.parse({
      apiVersion: 'cutover/v1',
      name: 'long',
      environments: ['production'],
      phases,
      hypercare: { window: '1h' },
    });
    const told: Told[] = [started];
    for (const phase of phases) {
      for (const { id, uses } of phase.steps) {
        told.push(begin(id, { roles: ['release-manager'] }));
        if (uses === 'approval') told.push(approvalWait(id));
        told.push(succeed(id, `${id} went well`));
      }
      told.push(finishPhase(phase.name));
    }
    told.push({ type: 'hypercare.started', data: { until: '2026-11-22T15:00:00.000Z' } });
    told.push({ type: 'rollout.succeeded', data: {} });
    const replies = repliesTo(told, { plan: planOf(playbook) });
    console.log(`a clean rollout of 30 steps: ${replies.length + 1} messages, the root among them`);
    expect(replies.length + 1).toBeLessThanOrEqual(12);
    const pinged = replies.flatMap(({ text }) => text.flatMap((line) => line.match(/@\w+/g) ?? []));
    expect(pinged).toEqual(['@Bob', '@Carol']);
    expect(replies[0]?.text[0]).toBe('✓ Phase 0, Phase 1 and Phase 2, 6 steps in 2 min 10 s');
  });
});

function approvalWait(step: string): Told {
  const waiting = {
    for: 'approval' as const,
    roles: ['release-manager'],
    quorum: 1,
    nonce: 'n1',
    digest: 'sha256:1',
    what: 'Go on',
  };
  return { type: 'step.waiting', data: { step, waiting } };
}
