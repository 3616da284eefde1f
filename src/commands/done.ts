import { dutiesOf } from '../core/rollout/duties.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { decideAnswer } from './answers.ts';
import type { Asked } from './asked.ts';
import { decideDutyDone } from './duty.ts';
import type { CommandOf } from './grammar.ts';

/** Says that a task or a duty is done, or settles a step in doubt: somebody looked, and the evidence says what they saw. */
export function decideDone({ step, evidence }: CommandOf<'done'>, asked: Asked, rollout: Rollout): Decision {
  const duty = dutiesOf(rollout).find(({ id }) => id === step);
  if (duty) return decideDutyDone(duty, evidence, asked, rollout);
  const doubted = rollout.state.steps[step]?.status === 'in-doubt';
  const fact: Fact = doubted
    ? { type: 'step.settled', data: { step, evidence: evidence ?? '' } }
    : {
        type: 'step.answered',
        data: { step, answer: 'done', ...(evidence === undefined ? {} : { evidence }) },
      };
  const what = `${step} was not marked done.`;
  return decideAnswer({ step, answer: 'done', what, right: 'operate', fact, evidence }, asked, rollout);
}

/** Accepts a soak without a verdict: going on without what the playbook asks for, so it takes the right to skip. */
export function decideProceed(
  { step, reason }: CommandOf<'proceed'>,
  asked: Asked,
  rollout: Rollout,
): Decision {
  const data = { step, answer: 'proceed' as const, ...(reason === undefined ? {} : { reason }) };
  const what = `${step} was not accepted as it is.`;
  const said = { step, answer: 'proceed' as const, what, right: 'skip' as const };
  return decideAnswer({ ...said, fact: { type: 'step.answered', data } }, asked, rollout);
}
