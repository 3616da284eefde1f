import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';

const words = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const input = (element: object, extra: object = {}) => ({
  type: 'input',
  block_id: 'field',
  label: { type: 'plain_text', text: 'Field' },
  element: { action_id: 'value', ...element },
  ...extra,
});
const modal = (blocks: object[] = [words('x')], extra: object = {}) => ({
  type: 'modal',
  callback_id: 'c',
  title: { type: 'plain_text', text: 'Title' },
  blocks,
  ...extra,
});
const submit = { submit: { type: 'plain_text', text: 'OK' } };
const home = (blocks: object[] = [words('x')]) => ({ type: 'home', blocks });

describe('the double of Slack refuses of windows and Home tabs what Slack refuses', () => {
  let double: SlackDouble;
  beforeAll(async () => {
    double = await startSlackDouble();
  });
  afterAll(() => double.stop());
  beforeEach(() => {
    double.workspace.views.length = 0;
    double.workspace.errorsShown.length = 0;
  });

  async function call(method: string, args: Record<string, unknown>) {
    const fields = Object.entries(args).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const answer = await fetch(`${double.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${double.workspace.botToken}` },
      body: new URLSearchParams(Object.fromEntries(fields)),
    });
    return (await answer.json()) as { ok: boolean; error?: string; view?: { id: string; hash: string } };
  }
  const trigger = (view?: string) => double.workspace.newTrigger('U1', view);
  const open = (view: object, trigger_id = trigger()) => call('views.open', { trigger_id, view });

  it.each([
    ['101 blocks', modal(Array(101).fill(words('x')))],
    [
      'a title of 25 characters',
      modal([words('x')], { title: { type: 'plain_text', text: 'x'.repeat(25) } }),
    ],
    ['a note of 3,001 characters', modal([words('x')], { private_metadata: 'x'.repeat(3_001) })],
    ['an input without a way to submit', modal([input({ type: 'plain_text_input' })])],
    ['an unknown field', modal([words('x')], { colour: 'red' })],
    ['a Home tab', home()],
    ['a list without options', modal([input({ type: 'static_select', options: [] })], submit)],
    [
      'a first choice that is none of the options',
      modal(
        [
          input({
            type: 'static_select',
            options: [{ text: { type: 'plain_text', text: 'A' }, value: 'a' }],
            initial_option: { text: { type: 'plain_text', text: 'B' }, value: 'b' },
          }),
        ],
        submit,
      ),
    ],
    [
      'a number that is none',
      modal([input({ type: 'number_input', is_decimal_allowed: true, initial_value: 'x' })], submit),
    ],
    [
      'a time in milliseconds',
      modal([input({ type: 'datetimepicker', initial_date_time: Date.now() })], submit),
    ],
  ])('a modal with %s', async (_, view) => {
    expect(await open(view)).toMatchObject({ ok: false, error: 'invalid_arguments' });
  });

  it('a trigger that is used, unknown, or older than three seconds', async () => {
    const used = trigger();
    expect((await open(modal(), used)).ok).toBe(true);
    expect((await open(modal(), used)).error).toBe('exchanged_trigger_id');
    expect((await open(modal(), 'nonsense')).error).toBe('invalid_trigger_id');
    const late = trigger();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_001 });
    expect((await open(modal(), late)).error).toBe('expired_trigger_id');
    vi.useRealTimers();
  });

  it('a push without a modal beneath, and a fourth on top', async () => {
    expect((await call('views.push', { trigger_id: trigger(), view: modal() })).error).toBe('not_found');
    let top = (await open(modal())).view?.id;
    for (const error of [undefined, undefined, 'push_limit_reached']) {
      const pushed = await call('views.push', { trigger_id: trigger(top), view: modal() });
      expect(pushed.error).toBe(error);
      top = pushed.view?.id ?? top;
    }
  });

  it('an update of a modal that is closed, or that was changed meanwhile', async () => {
    const { view } = await open(modal());
    const update = (hash?: string) =>
      call('views.update', {
        view_id: view?.id ?? '',
        view: modal(),
        ...(hash === undefined ? {} : { hash }),
      });
    expect((await update(view?.hash)).ok).toBe(true);
    expect((await update(view?.hash)).error).toBe('hash_conflict');
    const kept = double.workspace.openView('U1');
    if (kept) kept.closed = true;
    expect((await update()).error).toBe('not_found');
  });

  it('a Home tab with 101 blocks, for a stranger, or over a newer one', async () => {
    const publish = (user_id: string, view: object, hash?: string) =>
      call('views.publish', { user_id, view, ...(hash === undefined ? {} : { hash }) });
    expect((await publish('U1', home(Array(101).fill(words('x'))))).error).toBe('invalid_arguments');
    expect((await publish('U1', modal())).error).toBe('invalid_arguments');
    expect((await publish('U404', home())).error).toBe('user_not_found');
    const first = await publish('U1', home());
    expect((await publish('U1', home(), first.view?.hash)).ok).toBe(true);
    expect((await publish('U1', home(), first.view?.hash)).error).toBe('hash_conflict');
  });

  it('a group that is none', async () => {
    double.workspace.groups.set('S1', ['U1']);
    expect(await call('usergroups.users.list', { usergroup: 'S1' })).toMatchObject({
      ok: true,
      users: ['U1'],
    });
    expect((await call('usergroups.users.list', { usergroup: 'S2' })).error).toBe('no_such_subteam');
  });

  it('to submit a modal without what it requires', async () => {
    await open(modal([input({ type: 'plain_text_input' })], submit));
    await expect(double.people.submit('U1', {})).rejects.toThrow('does not submit without Field');
    await expect(double.people.submit('U1', { Other: 'x' })).rejects.toThrow('the modal has no Other');
  });
});
