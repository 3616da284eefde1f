import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { StepResult } from '../../src/ports/step.ts';
import { httpCheck } from '../../src/steps/http-check.ts';
import { inputOf, placed } from '../support/aether-steps.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { noon, runOnce } from '../support/step-context.ts';

let clients: TestServer;
let serving = 'blue';

beforeAll(async () => {
  clients = await serve((_, response) => json(response, { status: 'ok', colour: serving }));
});
afterAll(() => clients.stop());

/** Looks as a rollout to green does, until the check has an end. */
async function looked(step: string): Promise<StepResult> {
  const input = await inputOf(step, {}, { router: clients.url });
  let kept: Json | undefined;
  for (let now = noon; ; now += 5_000) {
    const result = await runOnce(httpCheck, input, { now: () => now, ...(kept ? { kept } : {}) });
    if (result.status !== 'waiting') return result;
    kept = result.state;
  }
}

test.each(['new-side-idle', 'still-idle'])(
  '%s: a rollout goes on to the side that clients are not on',
  async (step) => {
    serving = 'blue';
    expect(await looked(step)).toMatchObject({ status: 'succeeded' });
  },
);

test.each(['new-side-idle', 'still-idle'])(
  '%s: under clients nothing is installed, and it says what to do',
  async (step) => {
    serving = 'green';
    expect(await looked(step)).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('this does not hold: body.colour == "blue"'),
      detail: expect.stringMatching(
        /green may be what clients use now, .* abort this rollout, and start blue\./,
      ),
    });
  },
);

test('it is asked before anything is touched, and again right before the chart is installed', async () => {
  const { phases } = (await placed('install')).plan.playbook;
  expect(phases[0]?.steps.map(({ id }) => id)).toContain('new-side-idle');
  const ids = phases.flatMap(({ steps }) => steps.map(({ id }) => id));
  expect(ids.indexOf('still-idle')).toBe(ids.indexOf('install') - 1);
});
