import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newState } from '../../src/core/rollout/fold.ts';
import { notNeeded, whyNotNeeded } from '../../src/core/rollout/not-needed.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { hostileOrLong } from '../rendering/hostile.ts';
import { happening, playbook } from './arbitraries.ts';
import { fakeWorld } from './fake-world.ts';
import { planOf } from './journal.ts';

test('what was once told as not needed never begins, whatever happens', () => {
  fc.assert(
    fc.property(playbook, fc.array(happening, { maxLength: 60 }), (drawn, story) => {
      const plan = planOf(drawn);
      const world = fakeWorld(plan, undefined);
      const out = new Set<string>();
      for (const happened of story) {
        world.take();
        const { state } = world.journal.folded;
        for (const step of out) expect(state.steps[step]).toMatchObject({ started: false });
        for (const step of notNeeded(plan, state)) out.add(step);
        world.happen(happened);
      }
    }),
    { numRuns: 300 },
  );
});

const text = hostileOrLong.filter((value) => !value.includes('s3cr3t'));

/** A plan with these parameters and variables, and a step with this condition. */
function planWith(params: Record<string, string>, vars: Record<string, string>, when: string): Plan {
  const plan = planOf({
    params: Object.fromEntries(Object.keys(params).map((name) => [name, { type: 'string' }])),
    phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note', when }] }],
  });
  return { ...plan, params, environment: { ...plan.environment, vars } };
}

function toldOf(plan: Plan): string {
  const step = plan.playbook.phases[0]?.steps[0];
  return step === undefined ? '' : whyNotNeeded(plan, newState(plan), step);
}

test('the reason names what was read, on one short line, whatever the values are', () => {
  fc.assert(
    fc.property(text, text, (via, region) => {
      const when = `\${{ params.via != ${JSON.stringify('api')} && env.region == "x" && env.region != "y" }}`;
      const said = toldOf(planWith({ via }, { region }, when));
      expect(said).toMatch(/^Not needed: via is .*, env\.region is /u);
      expect(said).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      expect(said.length).toBeLessThan(200);
      expect(said.isWellFormed()).toBe(true);
    }),
  );
});

test('a secret that somebody wrote into a plain value is not told', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9]{8,40}$/), (tail) => {
      const secret = `s3cr3t${tail}`;
      const told = [
        toldOf(planWith({ apiToken: secret }, {}, '${{ params.apiToken == "" }}')),
        toldOf(planWith({ via: `Bearer ${secret}` }, {}, '${{ params.via == "" }}')),
        toldOf(planWith({}, { db: `postgres://bot:${secret}@db/x` }, '${{ env.db == "" }}')),
      ];
      for (const said of told) expect(said).not.toContain(secret.slice(0, 10));
    }),
    { numRuns: 50 },
  );
});
