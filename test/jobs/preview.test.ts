import { expect, it } from 'vitest';
import { z } from 'zod';
import { createPreview } from '../../src/jobs/preview.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { planOf } from '../support/engine.ts';
import { worldForTest } from '../support/step-context.ts';

/** A kind that repeats its input in its plan. */
function saying(uses: string, more: object = {}): [string, StepKind] {
  const kind: StepKind = {
    uses,
    describe: 'Says something.',
    input: z.strictObject({ say: z.string(), most: z.number().optional() }),
    effect: 'once',
    async plan({ input }) {
      const { say } = z.object({ say: z.string() }).parse(input);
      return { summary: say, diff: [{ what: 'it', before: 'old', after: say }], ...more };
    },
    run: async () => ({ status: 'succeeded', summary: '' }),
  };
  return [uses, kind];
}

const kinds = new Map([
  saying('say'),
  saying('find', { expected: { digest: 'sha256:4f1c' } }),
  saying('migrate', { stays: true }),
]);

const summaries = async (steps: object[], rollback: object[] = []) =>
  (await previewOf(steps, rollback)).map(({ summary }) => summary);

async function previewOf(steps: object[], rollback: object[] = []) {
  const plan = {
    ...planOf({
      params: { via: { type: 'string', default: 'ingress' } },
      phases: [{ name: 'one', steps }],
      rollback,
    }),
    params: { via: 'ingress' },
  };
  return createPreview(kinds, worldForTest())(plan);
}

it('replaces what is known, also beside what is not, and what earlier steps are expected to find', async () => {
  const image = { id: 'image', uses: 'find', with: { say: 'look' } };
  const say = 'app@${{ steps.image.output.digest }} by ${{ params.via }} since ${{ rollout.startedAt }}';
  expect(await summaries([image, { id: 'run', uses: 'say', with: { say } }])).toEqual([
    'look',
    'app@sha256:4f1c by ingress since ${{ rollout.startedAt }}',
  ]);
});

it('says of a step that its condition leaves it out, where that is sure', async () => {
  const when = (text: string, id: string) => ({ id, uses: 'say', when: text, with: { say: 'done' } });
  expect(
    await summaries([
      when('${{ params.via == "dns" }}', 'a'),
      when('${{ params.via == "ingress" }}', 'b'),
      when('${{ params.via == "dns" && steps.a.started }}', 'c'),
      when('${{ steps.a.started }}', 'd'),
    ]),
  ).toEqual([
    'Not needed: via is ingress',
    'done',
    'Not needed: via is ingress, “a” did not begin',
    'Not needed: “a” did not begin',
  ]);
});

it('marks what stays after a rollback, but for what is repeatable or part of the rollback', async () => {
  const migrate = (id: string, more: object = {}) => ({ id, uses: 'migrate', with: { say: id }, ...more });
  const lines = await previewOf([migrate('a'), migrate('b', { repeatable: true })], [migrate('c')]);
  expect(lines.map(({ does }) => does)).toEqual(['change for good', 'change', 'change']);
});

it('says from what a step works whose input is known only when it runs', async () => {
  const flip = { id: 'flip', name: 'Move the hosts', uses: 'say', with: { say: 'flip' } };
  const back = (id: string, most: string) => ({ id, uses: 'say', with: { say: 'x', most } });
  expect(
    await summaries(
      [flip],
      [
        back('a', '${{ steps.flip.before }}'),
        back('b', '${{ steps["flip"].output.number }}'),
        { id: 'c', uses: 'say', with: { say: 'now ${{ steps.flip.before }}' } },
      ],
    ),
  ).toEqual([
    'flip',
    'Puts back what was captured before “Move the hosts”',
    'Known when it runs, from “Move the hosts”',
    'now as it was before “Move the hosts”',
  ]);
});
