import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { RolloutEvent } from '../../src/core/rollout/event.ts';
import { githubWorkflow } from '../../src/steps/github-workflow.ts';
import { githubDouble, jobOf } from '../doubles/github.ts';
import { contextFor, noon } from '../support/step-context.ts';

let github: Awaited<ReturnType<typeof githubDouble>>;
let time: number;

beforeEach(async () => {
  time = noon;
  github = await githubDouble({
    repository: 'aether/platform',
    token: 'value of GITHUB',
    now: () => time,
    inputs: ['cutover', 'suite'],
  });
});
afterEach(() => github.stop());

const marked = {
  connection: 'github',
  workflow: 'ci.yaml',
  ref: 'main',
  inputs: { suite: 'smoke' },
  mark: 'cutover',
};
const { mark: _, ...unmarked } = marked;
const signal = () => new AbortController().signal;

function contextOf(input: object, more: { kept?: Json; journal?: RolloutEvent[]; attempt?: number } = {}) {
  const token = '${{ secrets.GITHUB }}';
  const connection = { kind: 'github', repository: 'aether/platform', api: github.url, token };
  return contextFor(githubWorkflow, input, { ...more, connections: { github: connection }, now: () => time });
}

async function run(input: object, kept?: Json) {
  const context = contextOf(input, kept === undefined ? {} : { kept });
  const result = await githubWorkflow.run(context, signal());
  return { result, kept: result.status === 'waiting' ? (result.state as Json) : null, tails: context.tails };
}

const observe = (input: object, journal: RolloutEvent[] = []) =>
  githubWorkflow.observe?.(contextOf(input, { journal }), signal());

/** The intent, as the journal has it. */
const intent = [
  {
    type: 'step.started',
    at: new Date(noon).toISOString(),
    data: { step: 'probe', attempt: 1, epoch: 1, input: {} },
  },
] as unknown as RolloutEvent[];
const dispatches = () => github.mutations().filter(({ path }) => path.endsWith('/dispatches'));

describe('github.workflow', () => {
  it('dispatches, follows each job in the tail, and ends with the link', async () => {
    const first = await run(marked);
    expect(first.result).toMatchObject({
      waiting: { what: 'ci.yaml is dispatched on main' },
      state: { run: 9_000 },
    });
    expect(github.runs[0]?.display_title).toBe('CI for test-1/probe/1');
    github.progress(9_000, { status: 'in_progress' }, [
      jobOf('build', 'completed', 'success'),
      jobOf('test', 'in_progress', null, [['Run unit tests', 'in_progress', null]]),
    ]);
    const second = await run(marked, first.kept ?? undefined);
    expect(second.result).toMatchObject({
      waiting: {
        what: 'ci.yaml run 800: 1 of 2 jobs done; now test (Run unit tests) · https://github.example/aether/platform/actions/runs/9000',
      },
    });
    expect(second.tails).toEqual(['build: success', 'test: in progress, Run unit tests']);
    expect(await run(marked, second.kept ?? undefined)).toMatchObject({ tails: [] });
    time += 10_000;
    github.progress(9_000, { status: 'completed', conclusion: 'success' });
    expect((await run(marked, second.kept ?? undefined)).result).toEqual({
      status: 'succeeded',
      summary: 'ci.yaml run 800 passed: 2 jobs · https://github.example/aether/platform/actions/runs/9000',
      output: {
        run: 9_000,
        number: 800,
        url: 'https://github.example/aether/platform/actions/runs/9000',
        conclusion: 'success',
      },
    });
    expect(dispatches()).toHaveLength(1);
    expect(github.seen.every(({ headers }) => headers['user-agent']?.includes('test-1; step probe'))).toBe(
      true,
    );
  });

  it('fails with the first job and step that failed', async () => {
    const { kept } = await run(marked);
    github.progress(9_000, { status: 'completed', conclusion: 'failure' }, [
      jobOf('build', 'completed', 'success'),
      jobOf('test', 'completed', 'failure', [
        ['Set up', 'completed', 'success'],
        ['Run unit tests', 'completed', 'failure'],
      ]),
    ]);
    expect((await run(marked, kept ?? undefined)).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(
        'ci.yaml run 800 did not pass: test failed at Run unit tests · https://',
      ),
      retryable: true,
    });
  });

  it.each([
    ['by its mark', marked],
    ['by its time and account', unmarked],
  ])('finds its run %s where GitHub tells none', async (_how, input) => {
    github.beOlder();
    github.start('CI for test-1/probe/10', 'eve');
    github.list(false);
    const first = await run(input);
    expect(dispatches()).toHaveLength(2);
    expect(github.runs).toHaveLength(2);
    const second = await run(input, first.kept ?? undefined);
    expect(second.result).toMatchObject({
      waiting: { what: expect.stringContaining("doesn't list its run yet") },
    });
    github.list(true);
    time += 10_000;
    expect((await run(input, second.kept ?? undefined)).result).toMatchObject({ state: { run: 9_001 } });
  });

  it('gives up on a run that GitHub never lists, and on runs that it can’t tell apart', async () => {
    github.beOlder();
    github.list(false);
    const first = await run(unmarked);
    time += 90_000;
    expect((await run(unmarked, first.kept ?? undefined)).result).toMatchObject({
      status: 'failed',
      summary: 'GitHub lists no run of ci.yaml 1 min 30 s after the dispatch',
      retryable: true,
    });
    github.list(true);
    github.start('CI', 'cutover-bot');
    expect((await run(unmarked, first.kept ?? undefined)).result).toMatchObject({
      status: 'failed',
      summary: "2 runs of ci.yaml were dispatched at that time, and which is ours can't be told",
      retryable: false,
    });
  });

  it('waits while GitHub is away, and no longer than the run may take', async () => {
    const { kept } = await run(marked);
    github.limit(100);
    expect((await run(marked, kept ?? undefined)).result).toMatchObject({
      waiting: { what: expect.stringContaining('GitHub answered 429') },
    });
    time += 3_600_000;
    expect((await run(marked, kept ?? undefined)).result).toMatchObject({ status: 'failed' });
    github.limit(0);
    expect((await run(marked, kept ?? undefined)).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('After 1 h ci.yaml run 800: queued'),
    });
  });

  it.each([
    [{ ref: 'nowhere' }, 'No ref found for: nowhere'],
    [{ workflow: 'cd.yaml' }, 'GitHub answered 404: Not Found'],
    [{ inputs: { colour: 'green' } }, 'Unexpected inputs provided: ["colour"]'],
  ])('%j is not dispatched, in words', async (wrong, why) => {
    expect((await run({ ...marked, ...wrong })).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(why),
      retryable: false,
    });
    expect(github.runs).toEqual([]);
  });

  it('cancels in a rollback what a step dispatched, and waits until it has ended', async () => {
    const { kept } = await run(marked);
    const journal = [
      { type: 'step.waiting', data: { step: 'ci', state: kept } },
    ] as unknown as RolloutEvent[];
    const cancel = { connection: 'github', cancel: 'ci' };
    const first = await githubWorkflow.run(contextOf(cancel, { journal }), signal());
    expect(first).toMatchObject({ status: 'waiting', state: { cancelling: [9_000] } });
    const state = first.status === 'waiting' ? (first.state as Json) : null;
    expect((await githubWorkflow.run(contextOf(cancel, { journal, kept: state }), signal())).status).toBe(
      'succeeded',
    );
    expect(github.runs[0]?.conclusion).toBe('cancelled');
    expect(await githubWorkflow.run(contextOf(cancel, { journal }), signal())).toEqual({
      status: 'succeeded',
      summary: 'No run of ci goes on',
    });
  });
});

describe('overtaken by a rollback or an abort', () => {
  const takeBack = (input: object, journal: RolloutEvent[]) =>
    githubWorkflow.takeBack?.(contextOf(input, { journal }), signal());

  it('cancels the run that it followed, once', async () => {
    const { kept } = await run(marked);
    const followed = {
      type: 'step.waiting',
      data: { step: 'probe', state: kept },
    } as unknown as RolloutEvent;
    expect(await takeBack(marked, [...intent, followed])).toBe('ci.yaml run 9000 is cancelled');
    github.progress(9_000, { status: 'completed', conclusion: 'cancelled' });
    expect(await takeBack(marked, [...intent, followed])).toBeUndefined();
  });

  it('cancels a run that only its mark tells from others, and none that could be another’s', async () => {
    github.start('CI for test-1/probe/10', 'cutover-bot');
    await run(marked);
    expect(await takeBack(marked, intent)).toBe('ci.yaml run 9001 is cancelled');
    expect(await takeBack(unmarked, intent)).toBeUndefined();
    expect(await takeBack({ connection: 'github', cancel: 'ci' }, intent)).toBeUndefined();
  });
});

describe('after a crash', () => {
  it('a run that was dispatched is followed, and no second one is', async () => {
    github.loseAnswer();
    await expect(run(marked)).rejects.toMatchObject({ reason: 'doubtful' });
    expect(await observe(marked, intent)).toMatchObject({
      effect: 'begun',
      state: { run: 9_000, since: noon },
    });
    expect(dispatches()).toHaveLength(1);
  });

  it('a run that GitHub may not list yet is looked for, before it is taken for absent', async () => {
    expect(await observe(marked, intent)).toMatchObject({ effect: 'begun', state: { run: null } });
    time += 90_000;
    expect(await observe(marked, intent)).toEqual({ effect: 'absent' });
  });

  it('what can’t be told apart is a person’s to decide', async () => {
    github.start('CI', 'cutover-bot');
    github.start('CI', 'cutover-bot');
    expect(await observe(unmarked, intent)).toMatchObject({
      effect: 'unknown',
      known: [expect.stringMatching(/^Run 80\d was/), expect.stringMatching(/^Run 80\d was/)],
    });
  });
});

it.each([
  [{ connection: 'x' }, 'give `workflow` and `ref`, or `cancel`'],
  [{ ...marked, cancel: 'ci' }, '`cancel` stands without'],
  [{ ...marked, inputs: { cutover: 'x' } }, '`mark` names an input'],
  [{ ...marked, workflow: '../x' }, 'the file name or the id'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(githubWorkflow.input.safeParse(input).error?.issues)).toContain(message);
});
