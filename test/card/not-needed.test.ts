import { describe, expect, test } from 'vitest';
import { phaseReply } from '../../src/core/card/phase-reply.ts';
import { plainLine, plainText } from '../../src/core/card/plain-text.ts';
import { rootCard } from '../../src/core/card/root.ts';
import { tell } from '../../src/core/card/telling.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { began, begin, people, planOf, story, succeed, type Told } from './story.ts';

const byDns = '${{ params.via == "dns" }}';
const step = (id: string, more: object = {}) => ({ id, uses: 'command', ...more });
const plan = {
  ...planOf(
    playbookSchema.parse({
      apiVersion: 'cutover/v1',
      name: 'two-ways',
      environments: ['production'],
      params: { via: { type: 'string' } },
      targets: ['blue', 'green'],
      phases: [
        { name: 'ready', steps: [step('check'), step('lower-ttl', { when: byDns })] },
        {
          name: 'move',
          parallel: true,
          steps: [
            step('records', { when: byDns }),
            step('hosts', { capture: 'before' }),
            step('drain', { when: '${{ steps.hosts.output.old > 0 }}' }),
          ],
        },
      ],
      rollback: [
        step('records-back', { when: '${{ steps.records.before != null }}' }),
        step('hosts-back', { when: '${{ steps.hosts.before != null }}' }),
      ],
    }),
  ),
  params: { via: 'ingress' },
};

const skip = (id: string): Fact => ({
  type: 'step.skipped',
  data: { step: id, reason: 'Not needed: via is ingress' },
});
const started: Told = { type: 'rollout.started', data: {} };
const ready: readonly Told[] = [
  started,
  begin('check'),
  succeed('check', 'checked'),
  skip('lower-ttl'),
  { type: 'phase.finished', data: { phase: 'ready' } },
];

function lines(told: readonly Told[]): string[] {
  const { state } = story(told, { plan });
  return plainText(rootCard(tell(plan, state, people, began)));
}

describe('a step that its condition rules out', () => {
  test('is neither counted nor named as the next, before its turn and after it', () => {
    expect(lines([started, begin('check')])).toEqual(
      expect.arrayContaining(['□□□□□□□□□□ 0 of 3', 'Next: Move']),
    );
    expect(lines([started, begin('check')]).join('\n')).toContain('step 1 of 3');
    expect(lines(ready)).toContain('■■■□□□□□□□ 1 of 3');
    expect(lines([...ready, skip('records'), begin('hosts')])).toContain('Next: Drain · Behind us: Ready ✓');
  });

  test('is counted apart when its phase is told, and does not tell of itself', () => {
    const { state } = story(ready, { plan });
    const { title, lines: said } = phaseReply(tell(plan, state, people, began), ['ready']);
    expect(plainLine(title)).toMatch(/^✓ Ready, 1 step, 1 not needed/);
    expect(said.map((line) => plainLine(line))).toEqual(['checked']);
  });

  test('of the rollback does not stand among what is still to be put back', () => {
    const told: Told[] = [
      ...ready,
      begin('hosts'),
      { type: 'step.captured', data: { step: 'hosts', before: 'blue' } },
    ];
    const back: Told = { type: 'rollback.requested', data: { reason: 'errors' } };
    const text = lines([...told, succeed('hosts', 'moved'), back]);
    expect(text).toContain('Not put back yet: Hosts back');
    expect(text).toContain('□□□□□□□□□□ 0 of 1');
  });
});
