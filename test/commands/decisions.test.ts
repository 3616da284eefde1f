import { describe, expect, test } from 'vitest';
import { type History, histories, type Name, sceneIn } from './scene.ts';

/** Bob may do everything but start and override; the rollout is Alice's. */
const matrix: Record<string, Partial<Record<History, string>> & { otherwise: string }> = {
  'approve aether-1': { approval: 'done', otherwise: 'wrong-state' },
  'approve aether-1 nonce=n1': {
    running: 'stale-button',
    paused: 'stale-button',
    failed: 'stale-button',
    doubt: 'stale-button',
    decision: 'stale-button',
    task: 'stale-button',
    hypercare: 'stale-button',
    approval: 'done',
    otherwise: 'wrong-state',
  },
  'reject aether-1 no': { approval: 'done', otherwise: 'wrong-state' },
  'pause aether-1': {
    running: 'done',
    approval: 'done',
    decision: 'done',
    task: 'done',
    paused: 'already-answered',
    otherwise: 'wrong-state',
  },
  'resume aether-1': { paused: 'done', otherwise: 'wrong-state' },
  'abort aether-1': {
    hypercare: 'wrong-state',
    succeeded: 'wrong-state',
    'rolling-back': 'wrong-state',
    'rollback-failed': 'wrong-state',
    'rolled-back': 'wrong-state',
    aborted: 'already-answered',
    'aborted-early': 'already-answered',
    otherwise: 'done',
  },
  'rollback aether-1 errors': {
    succeeded: 'wrong-state',
    'aborted-early': 'wrong-state',
    'rolling-back': 'already-answered',
    'rollback-failed': 'already-answered',
    'rolled-back': 'already-answered',
    otherwise: 'done',
  },
  'retry aether-1 flip': { failed: 'done', doubt: 'done', otherwise: 'wrong-state' },
  'retry aether-1 restore': { 'rollback-failed': 'done', otherwise: 'wrong-state' },
  'skip aether-1 soak': {
    running: 'done',
    approval: 'done',
    paused: 'done',
    failed: 'done',
    doubt: 'done',
    decision: 'done',
    otherwise: 'wrong-state',
  },
  'skip aether-1 approve-switch': { otherwise: 'wrong-state' },
  'skip aether-1 restore': { 'rollback-failed': 'done', otherwise: 'wrong-state' },
  'done aether-1 flip looked at it': { doubt: 'done', otherwise: 'wrong-state' },
  'done aether-1 announce https://mail': { task: 'done', otherwise: 'wrong-state' },
  'done aether-1 announce': { task: 'bad-input', otherwise: 'wrong-state' },
  'proceed aether-1 soak': { decision: 'done', otherwise: 'wrong-state' },
  'extend aether-1 10m': {
    approval: 'done',
    decision: 'done',
    hypercare: 'done',
    otherwise: 'wrong-state',
  },
  'extend aether-1 8d': { otherwise: 'bad-input' },
  'retry aether-1 flop': { otherwise: 'bad-input' },
  'status aether-1': { otherwise: 'done' },
  'report aether-1': { otherwise: 'done' },
};

const cells = Object.entries(matrix).flatMap(([text, { otherwise, ...own }]) =>
  (Object.keys(histories) as History[]).map((history) => [text, history, own[history] ?? otherwise] as const),
);

describe('state by state', () => {
  test.each(cells)('%s, %s: %s', async (text, history, expected) => {
    const scene = sceneIn(history);
    const before = (await scene.rollouts.events('aether-1')).length;
    expect(await scene.outcome('bob', text)).toBe(expected);
    const after = (await scene.rollouts.events('aether-1')).length;
    const reads = text.startsWith('status') || text.startsWith('report');
    expect(after - before).toBe(expected === 'done' && !reads ? 1 : 0);
    expect(scene.faults).toEqual([]);
  });

  test.each(cells)('%s, %s: a refusal says what, why and what next', async (text, history, expected) => {
    const { ok, card } = await sceneIn(history).say('bob', text);
    expect(ok).toBe(expected === 'done');
    if (ok) return;
    const said = [card.title, ...card.lines].map((line) =>
      line.map((span) => (typeof span === 'string' ? span : Object.values(span).join(' '))).join(''),
    );
    expect(said).toHaveLength(3);
    for (const sentence of said) expect(sentence).toMatch(/^\S.*[.?”!`)]$/s);
  });
});

/** Alice started it; Dan may approve by right but has no role; Erin may nothing; Carol is like Bob. */
const rights: [string, History, Record<Name, string>][] = [
  [
    'approve aether-1',
    'approval',
    { alice: 'own-rollout', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'reject aether-1 no',
    'approval',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'pause aether-1',
    'running',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'rollback aether-1 errors',
    'running',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'retry aether-1 flip',
    'failed',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'proceed aether-1 soak',
    'decision',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'done aether-1 announce https://mail',
    'task',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  [
    'lock production tests',
    'running',
    { alice: 'done', bob: 'done', carol: 'done', dan: 'not-allowed', erin: 'not-allowed' },
  ],
  ['status', 'running', { alice: 'done', bob: 'done', carol: 'done', dan: 'done', erin: 'done' }],
];

describe('person by person', () => {
  const rows = rights.flatMap(([text, history, people]) =>
    Object.entries(people).map(([who, expected]) => [who as Name, text, history, expected] as const),
  );
  test.each(rows)('%s says %s (%s): %s', async (who, text, history, expected) => {
    expect(await sceneIn(history).outcome(who, text)).toBe(expected);
  });
});
