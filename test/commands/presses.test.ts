import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLookAhead } from '../../src/commands/ahead.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { iso } from '../../src/ports/clock.ts';
import { begun, type History, histories, monday, type Name, people, plan, scene, sceneIn } from './scene.ts';

async function journal(made: ReturnType<typeof scene>, type: string) {
  return (await made.rollouts.events('aether-1')).filter((event) => event.type === type);
}

test('of fifty presses of one person at once one counts, and each is answered', async () => {
  const made = sceneIn('approval');
  const press = { press: { drawnAt: 7 } };
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => made.outcome('bob', 'approve aether-1 nonce=n1', press)),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'already-answered')).toHaveLength(49);
  expect(await journal(made, 'step.answered')).toHaveLength(1);
  expect(made.rollouts.overtaken()).toBeGreaterThan(0);
});

test('a press is decided on what was asked for ahead, unless that was overtaken', async () => {
  const made = sceneIn('approval');
  const press = { press: { drawnAt: 7 } };
  const ahead = createLookAhead(made.deps)({ text: 'approve aether-1 nonce=n1', ...press });
  await ahead.standing?.found;
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1', { ...press, ahead })).toBe('done');
  expect(made.rollouts.overtaken()).toBe(0);
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1', { ...press, ahead })).toBe(
    'already-answered',
  );
  expect(made.rollouts.overtaken()).toBe(1);
  expect(await journal(made, 'step.answered')).toHaveLength(1);
});

test('a press is decided on its own rollout, whatever was asked for ahead', async () => {
  const made = sceneIn('approval');
  const press = { press: { drawnAt: 7 } };
  const ahead = createLookAhead(made.deps)({ text: 'pause nobody-1', ...press });
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1', { ...press, ahead })).toBe('done');
});

test('nothing of a rollout is asked for ahead where a press names none, or the words were typed', () => {
  const lookAhead = createLookAhead(sceneIn('approval').deps);
  expect(lookAhead({ text: 'rollback', press: { drawnAt: 7 } }).standing).toBeUndefined();
  expect(lookAhead({ text: 'list', press: { drawnAt: 7 } }).standing).toBeUndefined();
  expect(lookAhead({ text: 'no such command', press: { drawnAt: 7 } }).standing).toBeUndefined();
  expect(lookAhead({ text: 'pause aether-1' }).standing).toBeUndefined();
});

test('two approvers at once both count; a third comes after the decision', async () => {
  const made = sceneIn('approval');
  expect(
    await Promise.all([
      made.outcome('bob', 'approve aether-1 nonce=n1'),
      made.outcome('carol', 'approve aether-1 nonce=n1'),
    ]),
  ).toEqual(['done', 'done']);
  expect(await made.outcome('alice', 'reject aether-1 nonce=n1 too late')).toBe('already-answered');
  expect(await made.text('alice', 'reject aether-1 nonce=n1 too late')).toContain(
    'approved already, by Bob and Carol',
  );
});

test('approve against abort, and approve against reject: what came first is what the other is told', async () => {
  for (const other of ['abort aether-1', 'reject aether-1 nonce=n1 no', 'rollback aether-1 errors']) {
    const made = sceneIn('approval');
    const outcomes = await Promise.all([
      made.outcome('carol', other),
      made.outcome('bob', 'approve aether-1 nonce=n1'),
    ]);
    expect(outcomes[0]).toBe('done');
    expect(['wrong-state', 'already-answered']).toContain(outcomes[1]);
    expect(made.faults).toEqual([]);
  }
});

test('twenty rollback presses at once make one rollback', async () => {
  const made = sceneIn('running');
  const who: Name[] = ['alice', 'bob', 'carol'];
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      made.outcome(who[index % 3] ?? 'bob', 'rollback aether-1 errors'),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(new Set(outcomes)).toEqual(new Set(['done', 'already-answered']));
  expect(await journal(made, 'rollback.requested')).toHaveLength(1);
});

test('a stale approval tells what happened since the button was drawn', async () => {
  const made = sceneIn('approval');
  made.at(60_000);
  made.rollouts.put('aether-1', [
    { type: 'step.succeeded', data: { step: 'approve-switch', summary: 'Approved by Bob and Carol' } },
  ]);
  expect(await made.outcome('carol', 'approve aether-1 nonce=n1', { press: { drawnAt: 7 } })).toBe(
    'stale-button',
  );
  expect(await made.text('carol', 'approve aether-1 nonce=n1', { press: { drawnAt: 7 } })).toContain(
    'Since the button was drawn: approved: Move traffic (2026-11-23 11:01 (Europe/Berlin)).',
  );
});

test('who approved and presses again after the decision is told that they did', async () => {
  const made = sceneIn('approval');
  await made.say('bob', 'approve aether-1 nonce=n1');
  made.rollouts.put('aether-1', [
    { type: 'step.succeeded', data: { step: 'approve-switch', summary: 'Approved by Bob' } },
  ]);
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1')).toBe('already-answered');
});

test('an approval for a plan that has changed is void, and says why', async () => {
  const made = sceneIn('approval');
  const revised = { ...plan, params: { version: 'v1.0.1' } };
  made.at(60_000);
  made.rollouts.put('aether-1', [
    {
      type: 'plan.revised',
      data: { plan: revised, digest: planDigest(revised), reason: 'the image changed' },
    },
  ]);
  const press = { press: { drawnAt: 7 } };
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1', press)).toBe('plan-changed');
  expect(await made.text('bob', 'approve aether-1 nonce=n1', press)).toContain(
    'The plan changed at 2026-11-23 11:01 (Europe/Berlin): the image changed.',
  );
});

test('so is one that is typed with the old word, also when the new question stands', async () => {
  const made = sceneIn('approval');
  const revised = { ...plan, params: { version: 'v1.0.1' } };
  const digest = planDigest(revised);
  made.rollouts.put('aether-1', [
    { type: 'plan.revised', data: { plan: revised, digest, reason: 'the image changed' } },
  ]);
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1')).toBe('plan-changed');
  made.rollouts.put('aether-1', [
    { type: 'step.started', data: { step: 'approve-switch', attempt: 2, epoch: 1, input: {} } },
    {
      type: 'step.waiting',
      data: {
        step: 'approve-switch',
        waiting: { for: 'approval', roles: [], quorum: 1, nonce: 'n2', digest, what: 'Move traffic' },
      },
    },
  ]);
  expect(await made.outcome('bob', 'approve aether-1 nonce=n1')).toBe('plan-changed');
  expect(await made.outcome('bob', 'reject aether-1 nonce=n1 no')).toBe('plan-changed');
  expect(await made.text('bob', 'approve aether-1 nonce=n1')).toContain('the image changed');
  expect(await made.outcome('bob', 'approve aether-1 nonce=n2')).toBe('done');
});

test('a press of a button that was drawn after the change is stale, not about another plan', async () => {
  const made = sceneIn('approval');
  const revised = { ...plan, params: { version: 'v1.0.1' } };
  const data = { plan: revised, digest: planDigest(revised), reason: 'the image changed' };
  const { state } = made.rollouts.put('aether-1', [{ type: 'plan.revised', data }]);
  const press = { press: { drawnAt: state.seq } };
  expect(await made.outcome('bob', 'approve aether-1 nonce=n9', press)).toBe('stale-button');
});

test('a question that was asked about another plan than the present one is not answered', async () => {
  const made = scene();
  begun(made);
  made.rollouts.put('aether-1', [
    { type: 'step.started', data: { step: 'approve-switch', attempt: 1, epoch: 1, input: {} } },
    {
      type: 'step.waiting',
      data: {
        step: 'approve-switch',
        waiting: { for: 'approval', roles: [], quorum: 1, nonce: 'n1', digest: 'sha256:other', what: 'x' },
      },
    },
  ]);
  expect(await made.outcome('bob', 'approve aether-1')).toBe('plan-changed');
});

test('an approval past its time is refused, one that was extended is not', async () => {
  const late = sceneIn('approval');
  late.at(3_600_000);
  expect(await late.outcome('bob', 'approve aether-1 nonce=n1')).toBe('wrong-state');
  const extended = sceneIn('approval');
  expect(await extended.outcome('alice', 'extend aether-1 30m')).toBe('done');
  extended.at(3_600_000);
  expect(await extended.outcome('bob', 'approve aether-1 nonce=n1')).toBe('done');
});

test('a press that adds something counts once, however often it is delivered; a typed command is meant again', async () => {
  const made = sceneIn('hypercare');
  const drawnAt = (await made.rollouts.events('aether-1')).length;
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () => made.outcome('bob', 'extend aether-1 2h', { press: { drawnAt } })),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect((await made.rollouts.find('aether-1'))?.state.hypercare?.until).toBe(iso(monday + 26 * 3_600_000));
  expect(await made.outcome('bob', 'extend aether-1 2h')).toBe('done');
  expect((await made.rollouts.find('aether-1'))?.state.hypercare?.until).toBe(iso(monday + 28 * 3_600_000));
});

test('a retry button of an earlier failure does nothing', async () => {
  const made = sceneIn('failed');
  const drawnAt = (await made.rollouts.events('aether-1')).length;
  const press = { press: { drawnAt } };
  expect(await made.outcome('bob', 'retry aether-1 flip', press)).toBe('done');
  expect(await made.outcome('carol', 'retry aether-1 flip', press)).toBe('already-answered');
  made.rollouts.put('aether-1', [
    { type: 'step.started', data: { step: 'flip', attempt: 2, epoch: 1, input: {} } },
    { type: 'step.failed', data: { step: 'flip', summary: 'refused again' } },
  ]);
  expect(await made.outcome('carol', 'retry aether-1 flip', press)).toBe('stale-button');
  expect(await made.outcome('bob', 'retry aether-1 flip', { press: { drawnAt: drawnAt + 3 } })).toBe('done');
});

test('who is refused an approval is told who can give it, and the starter is not among them', async () => {
  expect(await sceneIn('approval').text('dan', 'approve aether-1')).toContain('Bob or Carol can.');
});

test('several approvals at once are told apart by buttons', async () => {
  const made = scene();
  const twice = {
    ...plan.playbook,
    phases: [
      {
        name: 'both',
        parallel: true,
        steps: ['one', 'two'].map((id) => ({
          id,
          uses: 'approval',
          with: {},
          repeatable: false,
          onFailure: 'pause' as const,
        })),
      },
    ],
  };
  begun(made, 'aether-1', { ...plan, playbook: twice });
  for (const step of ['one', 'two']) {
    made.rollouts.put('aether-1', [
      { type: 'step.started', data: { step, attempt: 1, epoch: 1, input: {} } },
      {
        type: 'step.waiting',
        data: {
          step,
          waiting: {
            for: 'approval',
            roles: [],
            quorum: 1,
            nonce: `n-${step}`,
            digest: planDigest({ ...plan, playbook: twice }),
            what: step,
          },
        },
      },
    ]);
  }
  const { card } = await made.say('bob', 'approve aether-1 looks good');
  expect(card.actions.map(({ command }) => command)).toEqual([
    'approve aether-1 nonce=n-one "looks good"',
    'approve aether-1 nonce=n-two "looks good"',
  ]);
  expect(await made.outcome('bob', card.actions[1]?.command ?? '')).toBe('done');
  expect((await made.rollouts.find('aether-1'))?.state.steps.two?.answers).toHaveLength(1);
});

test('strangers learn their account and what to add; nothing else', async () => {
  const made = sceneIn('running');
  const stranger = { account: 'T1/U99' };
  expect(await made.outcome('erin', 'status', stranger)).toBe('unknown-person');
  expect(await made.outcome('erin', 'nonsense', stranger)).toBe('unknown-person');
  expect(await made.text('erin', 'pause aether-1', stranger)).toContain('slack: [T1/U99]');
  expect(await made.outcome('erin', 'whoami', stranger)).toBe('done');
  expect(await made.text('erin', 'whoami', stranger)).toContain('Your slack account is T1/U99.');
  expect(await made.text('bob', 'whoami')).toContain('production: approve, rollback, operate, skip and lock');
});

test('a fault of ours is a calm card with a reference that stands in the log', async () => {
  const made = scene();
  const broken = {
    ...made.deps,
    playbooks: () => {
      throw new Error('ECONNREFUSED secret');
    },
  };
  const { createInbox } = await import('../../src/commands/inbox.ts');
  const reply = await createInbox(broken)({
    channel: { platform: 'slack', id: 'C1' },
    account: 'T1/U1',
    text: 'start green',
  });
  expect(reply).toMatchObject({ ok: false, card: { title: ['That did not work.'] } });
  expect(reply.refused).toBeUndefined();
  const [logged] = made.faults as { reference: string }[];
  expect(JSON.stringify(reply.card)).toContain(logged?.reference ?? 'no reference');
  expect(JSON.stringify(reply.card)).not.toContain('ECONNREFUSED');
});

test('looking: status, list, history, locks, freezes and help', async () => {
  const made = sceneIn('approval');
  expect(await made.text('erin', 'status')).toContain('aether-1');
  expect(await made.text('erin', 'list')).toContain('aether-1 · green → production · waiting · by Alice');
  expect(await made.text('erin', 'list staging')).toContain('Nothing.');
  expect(await made.outcome('erin', 'list stagin')).toBe('bad-input');
  expect(await made.text('erin', 'history production')).toContain('aether-1');
  expect(await made.text('erin', 'locks')).toContain('production · busy with aether-1');
  expect(await made.outcome('bob', 'lock production failover')).toBe('done');
  expect(await made.outcome('carol', 'lock production failover')).toBe('already-answered');
  expect(await made.text('erin', 'locks')).toContain('production · locked by Bob');
  expect(await made.outcome('carol', 'unlock production')).toBe('done');
  expect(await made.outcome('carol', 'unlock production')).toBe('wrong-state');
  expect(await made.outcome('carol', 'unlock prodction')).toBe('bad-input');
  expect(await made.text('erin', 'help')).toContain('rollback [id] <reason>');
  expect(await made.text('erin', 'help freeze')).toContain('/rollout freeze add');
  expect(await made.outcome('erin', 'help rolback')).toBe('not-understood');
  expect(await made.outcome('erin', 'status aether-9')).toBe('unknown-rollout');
  expect(await made.outcome('bob', 'pause aether-9')).toBe('unknown-rollout');
});

test('frozen windows are added, listed, and removed by their id', async () => {
  const made = scene();
  expect(await made.text('bob', 'freeze add production now tomorrow 08:00 billing run')).toContain(
    'production is frozen from 2026-11-23 11:00 (Europe/Berlin) to 2026-11-24 08:00 (Europe/Berlin)',
  );
  expect(await made.outcome('alice', 'start green')).toBe('environment-frozen');
  const listed = await made.text('erin', 'freeze');
  expect(listed).toContain('weekend · production · every "0 17 * * 5" for 63h');
  expect(listed).toContain('production-f1 · production');
  expect(await made.outcome('erin', 'freeze remove production-f1')).toBe('not-allowed');
  expect(await made.outcome('bob', 'freeze remove weekend')).toBe('bad-input');
  expect(await made.outcome('bob', 'freeze remove production-f2')).toBe('bad-input');
  expect(await made.outcome('bob', 'freeze remove production-f1')).toBe('done');
  expect(await made.outcome('alice', 'start green')).toBe('done');
  expect(await made.text('bob', 'freeze add production 14:00 12:00 over night')).toContain(
    'from 2026-11-23 14:00 (Europe/Berlin) to 2026-11-24 12:00 (Europe/Berlin)',
  );
  expect(await made.outcome('bob', 'freeze add production +2h now wrong way round')).toBe('bad-input');
});

test('a rollback without an id means the only rollout under way here; several are asked about', async () => {
  const made = sceneIn('hypercare');
  begun(made, 'aether-2');
  const { card } = await made.say('bob', 'rollback errors');
  expect(card.actions.map(({ command }) => command)).toEqual([
    'rollback aether-2 "errors"',
    'rollback aether-1 "errors"',
  ]);
  const one = sceneIn('running');
  expect(await one.outcome('bob', 'rollback checkout errors')).toBe('done');
  expect((await one.rollouts.find('aether-1'))?.state.rollback?.reason).toBe('checkout errors');
  expect(await scene().outcome('bob', 'rollback errors')).toBe('unknown-rollout');
});

const word = fc.constantFrom(
  'aether-1',
  'flip',
  'soak',
  'announce',
  'restore',
  'production',
  'nonce=n1',
  '2h',
  'x',
);
const verb = fc.constantFrom(
  ...['start green', 'approve', 'reject', 'pause', 'resume', 'abort', 'rollback', 'retry', 'skip', 'done'],
  ...[
    'proceed',
    'extend',
    'lock',
    'unlock',
    'freeze add',
    'freeze remove',
    'status',
    'report',
    'plan',
    'help',
  ],
);

test('whatever is said in whatever state: no fault, and every refusal says what, why and what next', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(histories) as History[])),
      fc.constantFrom(...(Object.keys(people) as Name[])),
      verb,
      fc.array(word, { maxLength: 4 }),
      fc.option(fc.nat(20), { nil: undefined }),
      async (history, who, first, rest, drawnAt) => {
        const made = sceneIn(history);
        const press = drawnAt === undefined ? {} : { press: { drawnAt } };
        const { ok, refused, card } = await made.say(who, [first, ...rest].join(' '), press);
        expect(made.faults).toEqual([]);
        expect(ok).toBe(refused === undefined);
        const sentences = ok ? [] : [card.title, ...card.lines];
        expect(ok || sentences.length === 3).toBe(true);
        for (const line of sentences) expect(line.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 1_000 },
  );
});
