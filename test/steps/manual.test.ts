import { afterEach, beforeEach, expect, test } from 'vitest';
import { manual } from '../../src/steps/manual.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { answerOf, type ContextOptions, contextFor, noon, runOnce } from '../support/step-context.ts';

let server: TestServer;
let proved: boolean;
beforeEach(async () => {
  proved = false;
  server = await serve((_, response) => json(response, { proved }, proved ? 200 : 404));
});
afterEach(() => server.stop());

const input = { roles: ['operator'], instructions: 'Rotate the key', evidence: 'the ticket', expires: '1h' };
const kept = { until: noon + 3_600_000, judged: 0, objection: null };

function after(options: ContextOptions, more: Record<string, unknown> = {}) {
  return runOnce(manual, { ...input, ...more }, { kept, ...options });
}

test('asks, with what is to be done and given', async () => {
  expect(await runOnce(manual, input)).toEqual({
    status: 'waiting',
    waiting: {
      for: 'task',
      roles: ['operator'],
      instructions: 'Rotate the key',
      evidence: 'the ticket',
      until: '2026-11-21T13:00:00.000Z',
      what: 'The step',
    },
    state: kept,
  });
});

test('is done by a person’s word and evidence', async () => {
  const answers = [answerOf('dan', 'done', { evidence: 'OPS-12' })];
  expect(await after({ answers })).toMatchObject({
    status: 'succeeded',
    summary: 'Done by Dan (“OPS-12”)',
    output: { by: { id: 'dan', name: 'Dan', via: 'console' }, evidence: 'OPS-12' },
  });
});

test('without the evidence it keeps waiting, and says why', async () => {
  const answers = [answerOf('dan', 'done', { evidence: ' ' })];
  expect(await after({ answers })).toMatchObject({
    status: 'waiting',
    waiting: { what: 'The step: not done yet. Dan gave no evidence; it should be: the ticket' },
    state: { judged: 1 },
  });
});

test('the probe has to agree; it is asked once for each answer', async () => {
  const probe = { url: `${server.url}/key` };
  const first = [answerOf('dan', 'done', { evidence: 'OPS-12' })];
  const waiting = await after({ answers: first }, { probe });
  expect(waiting).toMatchObject({ status: 'waiting', state: { judged: 1 } });
  expect(waiting.status === 'waiting' && waiting.waiting.what).toContain('/key: status 404');
  const state = waiting.status === 'waiting' ? (waiting.state ?? null) : null;
  proved = true;
  expect((await after({ kept: state, answers: first }, { probe })).status).toBe('waiting');
  expect(server.seen).toHaveLength(1);
  const again = [...first, answerOf('eve', 'done', { evidence: 'OPS-13' })];
  expect(await after({ kept: state, answers: again }, { probe })).toMatchObject({
    status: 'succeeded',
    summary: `Done by Eve (“OPS-13”); ${server.url}/key agrees`,
  });
});

test('a person can refuse, and time can run out or be extended', async () => {
  expect(await after({ answers: [answerOf('dan', 'reject', { reason: 'no access' })] })).toEqual({
    status: 'failed',
    summary: 'Refused by Dan: no access',
    retryable: false,
  });
  const now = () => noon + 3_600_000;
  expect(await after({ now })).toMatchObject({
    status: 'failed',
    summary: 'Expired at 2026-11-21 13:00 UTC',
  });
  expect((await after({ now, answers: [answerOf('dan', 'extend', { duration: 1 })] })).status).toBe(
    'waiting',
  );
});

test('the plan names the task and whose it is', async () => {
  const { summary } = await manual.plan(contextFor(manual, input));
  expect(summary).toBe('Task for operator, within 1 h: Rotate the key');
});
