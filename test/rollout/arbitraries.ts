import fc from 'fast-check';
import type { Happening } from './fake-world.ts';

const conditions = [
  undefined,
  undefined,
  undefined,
  '${{ steps.s0.started }}',
  '${{ steps.s0.succeeded }}',
  '${{ steps.s0.output.none == 1 }}',
  '${{ 1 }}',
];

const made = (onFailure: string[]) =>
  fc.record({ onFailure: fc.constantFrom(...onFailure), when: fc.constantFrom(...conditions) });
const phase = fc.record({
  parallel: fc.boolean(),
  steps: fc.array(made(['pause', 'pause', 'rollback', 'continue']), { minLength: 1, maxLength: 3 }),
});

const flag = fc.constantFrom(undefined, true as const);
const atTheEnd = fc
  .record({
    uses: fc.constantFrom('note', 'note', 'approval'),
    onFailure: fc.constantFrom('pause', 'continue'),
    when: fc.constantFrom(...conditions),
    always: flag,
    endsRollback: flag,
  })
  .map(({ always, endsRollback, ...rest }) => ({ ...rest, ...(always ? { always } : { endsRollback }) }));

interface Drawn {
  phases: { parallel: boolean; steps: object[] }[];
  rollback: object[];
  hypercare: object | undefined;
  end: object[];
}

/** A playbook of up to nine steps and three to undo them; `s0` is its first step. */
function playbookOf({ phases, rollback, hypercare, end }: Drawn): object {
  let count = 0;
  return {
    phases: phases.map(({ parallel, steps }, index) => ({
      name: `p${index}`,
      parallel,
      steps: steps.map((step) => clean({ ...step, id: `s${count++}`, uses: 'note' })),
    })),
    rollback: rollback.map((step, index) => clean({ ...step, id: `undo${index}`, uses: 'note' })),
    ...(hypercare ? { hypercare: { ...hypercare, ...closing(end) } } : {}),
  };
}

function closing(end: object[]): object {
  const steps = end.map((step, index) => clean({ ...step, id: `end${index}` }));
  return steps.length === 0 ? {} : { end: steps };
}

function clean(step: object): object {
  return Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined));
}

/** A playbook in brief, as `planOf` takes it. */
export const playbook = fc
  .record({
    phases: fc.array(phase, { minLength: 1, maxLength: 3 }),
    rollback: fc.array(made(['pause', 'continue']), { maxLength: 3 }),
    hypercare: fc.constantFrom(
      undefined,
      { window: '1m' },
      { window: '1m', checkIns: ['2s', '20s'], watch: { with: {} } },
    ),
    end: fc.array(atTheEnd, { maxLength: 4 }),
  })
  .map(playbookOf);

const which = fc.nat(8);
/** What befalls a rollout next. */
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant('ends' as const),
      how: fc.constantFrom('done', 'done', 'done', 'failed', 'retried', 'doubted', 'waits', 'asks'),
      which,
    }) as fc.Arbitrary<Happening>,
  },
  { weight: 2, arbitrary: fc.constant<Happening>({ what: 'crash' }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('time' as const), by: fc.nat(10_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'pause' as const,
        'resume' as const,
        'abort' as const,
        'rollback' as const,
        'supersede' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('answer' as const, 'retry' as const, 'skip' as const, 'settle' as const),
      which,
    }),
  },
);
