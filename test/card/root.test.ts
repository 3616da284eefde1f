import { describe, expect, it } from 'vitest';
import { parse } from '../../src/commands/parse.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import {
  alice,
  answer,
  askedForApproval,
  askedToRetire,
  at,
  atTheEnd,
  began,
  begin,
  bob,
  carol,
  chart,
  frozen,
  inHypercare,
  people,
  preflight,
  retiringPlan,
  story,
  succeed,
  switched,
  type Told,
} from './story.ts';

const title = 'aether-7 · green → production · v2.4.0 · by Alice';
const rollbackAsked: Told = { type: 'rollback.requested', data: { reason: 'checkout errors' }, by: carol };

interface Case {
  state: string;
  plan?: Plan;
  told: readonly Told[];
  planned?: { startAt?: string; usual?: number; override?: { of: string[]; reason: string } };
  tone: string;
  text: string[];
  commands: string[];
}

const cases: Case[] = [
  {
    state: 'planned',
    told: [],
    tone: 'plain',
    text: [title, 'Planned: starts in a moment', '[Abort]'],
    commands: ['abort aether-7'],
  },
  {
    state: 'scheduled, over a freeze',
    told: [],
    planned: { startAt: at(3_600), override: { of: ['freeze'], reason: 'security fix' } },
    tone: 'plain',
    text: [
      title,
      'Scheduled: starts at 2026-11-21 15:00 UTC',
      'Started over freeze: security fix',
      '[Abort]',
    ],
    commands: ['abort aether-7'],
  },
  {
    state: 'running',
    told: [...preflight, begin('freeze-writes')],
    planned: { usual: 1_860_000 },
    tone: 'running',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      'Traffic switch · step 3 of 8 · since 2026-11-21 14:00 UTC · usually 31 min',
      'Now: Freeze writes on blue',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      '[Pause] [Roll back]',
    ],
    commands: ['pause aether-7', 'rollback aether-7'],
  },
  {
    state: 'waiting for a second approval',
    told: [
      ...askedForApproval,
      answer('approve-switch', bob, { answer: 'approve' }),
      askedForApproval.at(-1) as Told,
    ],
    tone: 'waiting',
    text: [
      title,
      '■■■□□□□□□□ 3 of 8',
      'Waiting for approval: Move traffic to green · step 4 of 8 · since 2026-11-21 14:00 UTC',
      '1 of 2: Bob ✓ · 1 more by Carol, asked at 2026-11-21 14:01 UTC, until 2026-11-21 16:00 UTC',
      'What will happen: Hosts api and app move to green',
      'What is approved: /rollout plan aether-7 · plan sha256:1…',
      'In place: Writes on blue are frozen',
      'Next: Flip hosts · Behind us: Preflight ✓',
      '[Approve] [Reject] [Roll back]',
    ],
    commands: ['approve aether-7 nonce=ab12', 'reject aether-7 nonce=ab12', 'rollback aether-7'],
  },
  {
    state: 'soaking',
    told: [
      ...switched,
      begin('soak'),
      {
        type: 'step.waiting',
        data: { step: 'soak', waiting: { for: 'time', until: at(400), what: 'cycle 1 of 4' }, chart },
      },
    ],
    tone: 'running',
    text: [
      title,
      '■■■■■■□□□□ 5 of 8',
      'Traffic switch · step 6 of 8 · since 2026-11-21 14:00 UTC',
      'Now: Soak on green: cycle 1 of 4',
      'Next: Unfreeze writes · Behind us: Preflight ✓',
      'Soak on green, errors: ▁█ 4.1 % (limit 1 %)',
      '[Pause] [Roll back]',
    ],
    commands: ['pause aether-7', 'rollback aether-7'],
  },
  {
    state: 'waiting for a decision',
    told: [
      ...switched,
      begin('soak'),
      {
        type: 'step.waiting',
        data: {
          step: 'soak',
          waiting: {
            for: 'decision',
            options: ['extend', 'proceed', 'rollback'],
            question: 'Only 3 requests were seen.',
            what: '3 requests',
          },
        },
      },
    ],
    tone: 'waiting',
    text: [
      title,
      '■■■■■■□□□□ 5 of 8',
      'A decision is needed: Soak on green · step 6 of 8 · since 2026-11-21 14:00 UTC',
      'Only 3 requests were seen.',
      'In place: Writes on blue are frozen · Traffic is on green',
      'Next: Unfreeze writes · Behind us: Preflight ✓',
      '[Extend] [Proceed] [Roll back]',
    ],
    commands: ['extend aether-7', 'proceed aether-7 soak', 'rollback aether-7'],
  },
  {
    state: 'waiting for a task',
    told: [
      ...preflight,
      begin('freeze-writes', { roles: ['release-manager'] }),
      {
        type: 'step.waiting',
        data: {
          step: 'freeze-writes',
          waiting: {
            for: 'task',
            roles: ['release-manager'],
            instructions: 'Call the desk.',
            evidence: 'ticket number',
            what: 'Freeze writes on blue: not done yet. Bob gave no evidence',
          },
        },
      },
    ],
    tone: 'waiting',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      'Waiting for a person: Freeze writes on blue · step 3 of 8 · since 2026-11-21 14:00 UTC',
      'Call the desk.',
      'Freeze writes on blue: not done yet. Bob gave no evidence',
      'For Alice, Bob or Carol, asked at 2026-11-21 14:01 UTC · evidence: ticket number',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      '[Done] [Roll back]',
    ],
    commands: ['done aether-7 freeze-writes', 'rollback aether-7'],
  },
  {
    state: 'in doubt',
    told: [
      ...preflight,
      begin('freeze-writes'),
      {
        type: 'step.doubted',
        data: { step: 'freeze-writes', summary: 'The worker died after starting it', known: ['no answer'] },
      },
    ],
    tone: 'doubt',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      "I don't know whether Freeze writes on blue finished",
      'The worker died after starting it',
      'Known: no answer',
      'Retry runs it again, attempt 2 (the playbook does not say that repeating it is safe)',
      'Done if you checked that it took effect: say how you know',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      '[Retry] [Done] [Roll back]',
    ],
    commands: ['retry aether-7 freeze-writes', 'done aether-7 freeze-writes', 'rollback aether-7'],
  },
  {
    state: 'to be tried again',
    told: [
      ...preflight,
      begin('freeze-writes'),
      { type: 'step.failed', data: { step: 'freeze-writes', summary: '503', retryAt: at(120) } },
    ],
    tone: 'running',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      'Traffic switch · step 3 of 8 · since 2026-11-21 14:00 UTC',
      'Now: Freeze writes on blue failed: 503, tried again at 2026-11-21 14:02 UTC',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      '[Pause] [Roll back]',
    ],
    commands: ['pause aether-7', 'rollback aether-7'],
  },
  {
    state: 'failed',
    told: [
      ...preflight,
      begin('freeze-writes'),
      {
        type: 'step.failed',
        data: { step: 'freeze-writes', summary: 'PUT /safe-mode → 503', detail: 'one\ntwo' },
      },
    ],
    tone: 'bad',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      'Freeze writes on blue failed · step 3 of 8 · since 2026-11-21 14:00 UTC',
      'Freeze writes on blue at 2026-11-21 14:01 UTC: PUT /safe-mode → 503',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      'Output of Freeze writes on blue:',
      'one',
      'two',
      '[Retry] [Skip] [Roll back] [Abort]',
    ],
    commands: [
      'retry aether-7 freeze-writes',
      'skip aether-7 freeze-writes',
      'rollback aether-7',
      'abort aether-7',
    ],
  },
  {
    state: 'paused',
    told: [...frozen, { type: 'rollout.paused', data: { reason: 'lunch' }, by: bob }],
    tone: 'waiting',
    text: [
      title,
      '■■■□□□□□□□ 3 of 8',
      'Paused by Bob since 2026-11-21 14:01 UTC: lunch · step 4 of 8',
      'Next: Move traffic to green · Behind us: Preflight ✓',
      '[Resume] [Roll back] [Abort]',
    ],
    commands: ['resume aether-7', 'rollback aether-7', 'abort aether-7'],
  },
  {
    state: 'rolling back',
    told: [...switched, rollbackAsked, begin('hosts-back')],
    tone: 'running',
    text: [
      title,
      '□□□□□□□□□□ 0 of 2',
      'Rolling back by Carol since 2026-11-21 14:03 UTC: checkout errors',
      'Now: Hosts back',
      'Not put back yet: Writes back',
    ],
    commands: [],
  },
  {
    state: 'rolled back',
    told: [
      ...switched,
      rollbackAsked,
      begin('hosts-back'),
      succeed('hosts-back', 'Hosts are back at blue'),
      { type: 'step.skipped', data: { step: 'writes-back', reason: 'Nothing to undo here' } },
      { type: 'rollback.finished', data: {} },
    ],
    tone: 'undone',
    text: [title, 'Rolled back by Carol in 40 s: checkout errors', 'Put back: Hosts are back at blue'],
    commands: [],
  },
  {
    state: 'a stuck rollback',
    told: [
      ...switched,
      rollbackAsked,
      begin('hosts-back'),
      succeed('hosts-back', 'Hosts are back at blue'),
      begin('writes-back'),
      { type: 'step.failed', data: { step: 'writes-back', summary: 'connection refused' } },
    ],
    tone: 'bad',
    text: [
      title,
      '■■■■■□□□□□ 1 of 2',
      'The rollback is stuck at Writes back · checkout errors, asked for by Carol',
      'Writes back at 2026-11-21 14:03 UTC: connection refused',
      'Put back: Hosts are back at blue',
      'Not put back yet: Writes back',
      '[Retry] [Skip]',
    ],
    commands: ['retry aether-7 writes-back', 'skip aether-7 writes-back'],
  },
  {
    state: 'in hypercare',
    told: inHypercare,
    tone: 'watch',
    text: [
      title,
      'Hypercare until 2026-11-22 15:00 UTC: nothing noticed so far',
      'blue is kept until then',
      '[Roll back] [Extend]',
    ],
    commands: ['rollback aether-7', 'extend aether-7'],
  },
  {
    state: 'in hypercare that noticed something',
    told: [...inHypercare, { type: 'hypercare.noticed', data: { summary: 'errors 4.1 % (limit 1 %)' } }],
    tone: 'bad',
    text: [
      title,
      'Hypercare noticed something since 2026-11-21 14:04 UTC · errors 4.1 % (limit 1 %) · watched until 2026-11-22 15:00 UTC',
      'blue is kept until then',
      'Roll back puts back: Flip hosts: api → blue, app → blue · Freeze writes on blue: enabled → false',
      '[Roll back] [Extend]',
    ],
    commands: ['rollback aether-7', 'extend aether-7'],
  },
  {
    state: 'in hypercare with steps at its end',
    plan: retiringPlan,
    told: inHypercare,
    tone: 'watch',
    text: [
      title,
      'Hypercare until 2026-11-22 15:00 UTC: nothing noticed so far',
      'Watched: errors and p95 · blue is kept until then; after that: Retire blue',
      '[Roll back] [Extend]',
    ],
    commands: ['rollback aether-7', 'extend aether-7'],
  },
  {
    state: 'at the end of hypercare, waiting for an approval',
    plan: retiringPlan,
    told: askedToRetire,
    tone: 'watch',
    text: [
      title,
      'Hypercare is over: waiting for approval: Give blue up · step 2 of 3',
      '1 approval by Bob or Carol, asked at 2026-11-21 14:05 UTC',
      'What is approved: /rollout plan aether-7 · plan sha256:1…',
      'Roll back puts back: Flip hosts: api → blue, app → blue · Freeze writes on blue: enabled → false',
      '[Approve] [Reject] [Roll back]',
    ],
    commands: ['approve aether-7 nonce=cd34', 'reject aether-7 nonce=cd34', 'rollback aether-7'],
  },
  {
    state: 'at the end of hypercare, with no way back',
    plan: retiringPlan,
    told: [...askedToRetire, succeed('ask', 'Approved by Bob'), begin('retire')],
    tone: 'watch',
    text: [
      title,
      'Hypercare is over · step 3 of 3',
      'Now: Retire blue',
      'No rollback any more: Retire blue began at 2026-11-21 14:05 UTC',
    ],
    commands: [],
  },
  {
    state: 'stopped at the end of hypercare',
    plan: retiringPlan,
    told: [...atTheEnd, begin('logs'), { type: 'step.failed', data: { step: 'logs', summary: '503' } }],
    tone: 'bad',
    text: [
      title,
      '□□□□□□□□□□ 0 of 3',
      'Put the logs back failed · step 1 of 3 · since 2026-11-21 14:00 UTC',
      'Put the logs back at 2026-11-21 14:04 UTC: 503',
      'In place: Writes on blue are frozen · Traffic is on green',
      '[Retry] [Skip] [Roll back]',
    ],
    commands: ['retry aether-7 logs', 'skip aether-7 logs', 'rollback aether-7'],
  },
  {
    state: 'superseded',
    told: [...inHypercare, { type: 'rollout.superseded', data: { by: 'aether-8' } }],
    tone: 'watch',
    text: [
      title,
      'Hypercare until 2026-11-22 15:00 UTC: nothing noticed so far',
      'aether-8 was started at 2026-11-21 14:04 UTC: this rollout is not rolled back from here any more.',
      '[Extend]',
    ],
    commands: ['extend aether-7'],
  },
  {
    state: 'aborted',
    told: [...frozen, { type: 'rollout.aborted', data: { reason: 'wrong version' }, by: bob }],
    tone: 'plain',
    text: [
      title,
      '■■■□□□□□□□ 3 of 8',
      'Aborted by Bob at 2026-11-21 14:01 UTC: wrong version',
      'Left as it is: Writes on blue are frozen',
      '[Roll back]',
    ],
    commands: ['rollback aether-7'],
  },
  {
    state: 'aborted before anything was changed',
    told: [...preflight, { type: 'rollout.aborted', data: {}, by: bob }],
    tone: 'plain',
    text: [
      title,
      '■■□□□□□□□□ 2 of 8',
      'Aborted by Bob at 2026-11-21 14:01 UTC',
      'Nothing was changed that a rollback would put back',
    ],
    commands: [],
  },
  {
    state: 'succeeded',
    told: [...inHypercare, { type: 'rollout.succeeded', data: {} }],
    tone: 'good',
    text: [
      title,
      'Done in 4 min 10 s · 2 approvals · hypercare is over',
      'Preflight 30 s · Traffic switch 2 min 20 s · After 10 s',
    ],
    commands: [],
  },
];

function rootOf(
  told: readonly Told[],
  planned: Case['planned'] = {},
  now = began + 600_000,
  of: Plan | undefined = undefined,
) {
  const { plan, state } = story(told, { planned, ...(of ? { plan: of } : {}) });
  return threadOf(plan, state, people, now).root;
}

describe('the root card', () => {
  it.each(cases)('of a rollout that is $state', ({ plan, told, planned, tone, text, commands }) => {
    const root = rootOf(told, planned, undefined, plan);
    expect(plainText(root)).toEqual(text);
    expect({ tone: root.tone, commands: root.actions.map(({ command }) => command) }).toEqual({
      tone,
      commands,
    });
  });

  it.each(cases)(
    'has only buttons that are commands, of a rollout that is $state',
    ({ plan, told, planned }) => {
      const words = {
        reason: 'it can’t wait',
        evidence: 'schema version is 42',
        duration: '1h30m',
        'duration-and-reason': '2h known',
      };
      for (const { command, ask } of rootOf(told, planned, undefined, plan).actions) {
        const parsed = parse(ask === undefined ? command : `${command} ${words[ask]}`);
        expect(parsed).toMatchObject({ command: { name: command.split(' ')[0], id: 'aether-7' } });
      }
    },
  );

  it('tells every state that any of these rollouts went through', () => {
    for (const { plan, told, planned } of cases) {
      for (let length = 0; length <= told.length; length += 1) {
        const [heading, ...rest] = plainText(rootOf(told.slice(0, length), planned, undefined, plan));
        expect(heading).toBe(title);
        expect(rest.join('')).not.toBe('');
        expect(rest.join('\n')).not.toMatch(/undefined|null|NaN|\[object/);
      }
    }
  });

  it('is the same while nothing changes', () => {
    const [early, late] = [60_000, 7_200_000].map((later) => rootOf(switched, {}, began + later));
    expect(early).toEqual(late);
  });

  it('says when a rollout takes far longer than usual', () => {
    const slow = rootOf(switched, { usual: 300_000 }, began + 660_000);
    expect(plainText(slow).join('\n')).toContain('usually 5 min · slower than usual');
  });

  it('names in the confirmation of a rollback what is put back, and asks why', () => {
    const button = rootOf(switched).actions.find(({ label }) => label === 'Roll back');
    expect(button?.confirm?.text).toBe(
      'Puts back: Flip hosts: api → blue, app → blue; Freeze writes on blue: enabled → false.',
    );
    expect(button?.ask).toBe('reason');
  });

  it('pings nobody: it is edited all the time', () => {
    const pings = cases.flatMap(
      ({ plan, told, planned }) =>
        JSON.stringify(rootOf(told, planned, undefined, plan)).match(/"ping":true/g) ?? [],
    );
    expect(pings).toEqual([]);
  });

  it('does not offer the approval to the person who started it', () => {
    const text = plainText(rootOf(askedForApproval)).join('\n');
    expect(text).toContain('2 approvals by Bob or Carol, asked at');
    expect(people(['release-manager']).map(({ id }) => id)).toContain(
      alice.kind === 'person' ? alice.id : '',
    );
  });

  it('keeps the buttons of an approval while another step is busy', () => {
    const busyBeside = rootOf([...askedForApproval, begin('soak')]);
    expect(busyBeside.actions.map(({ label }) => label)).toEqual(['Approve', 'Reject', 'Roll back']);
  });
});
