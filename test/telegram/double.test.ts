import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseHtml } from '../doubles/telegram/html.ts';
import { startTelegramDouble, type TelegramDouble } from '../doubles/telegram/start.ts';
import { dot } from './bot.ts';
import { group } from './scene.ts';

describe('the HTML that Telegram reads', () => {
  it.each([
    ['<b>bold</b> <i>it</i>', 'bold it', ['bold', 'italic']],
    ['a &lt; b &amp;&amp; c &gt; d &quot;e&quot;', 'a < b && c > d "e"', []],
    ['&nbsp; &copy; &#65;&#x42;', '&nbsp; &copy; AB', []],
    ['<a href="https://x.example/?a=1&amp;b=2">x</a>', 'x', ['text_link']],
    ['<a href="tg://user?id=12">Bob</a>', 'Bob', ['text_mention']],
    ['<blockquote expandable>long</blockquote>', 'long', ['expandable_blockquote']],
    ['<B>upper</b>', 'upper', ['bold']],
    ['1 > 0', '1 > 0', []],
  ])('takes %s', (source, text, types) => {
    const read = parseHtml(source);
    expect(read.text).toBe(text);
    expect(read.entities.map(({ type }) => type)).toEqual(types);
  });

  it.each([
    ['<b>open', 'Can\'t find end tag corresponding to start tag "b"'],
    ['a</b>', 'Unexpected end tag at byte offset 1'],
    ['<b>ü</i>', 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'],
    ['<h1>x</h1>', 'Unsupported start tag "h1" at byte offset 0'],
    ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
    ['x <3', 'Unclosed start tag at byte offset 2'],
    ['<a href=', 'Unclosed start tag at byte offset 0'],
    ['<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ])('refuses %s', (source, words) => {
    expect(() => parseHtml(source)).toThrow(words);
  });
});

describe('the Telegram double', () => {
  let double: TelegramDouble;
  beforeAll(async () => {
    double = await startTelegramDouble();
  });
  afterAll(() => double.stop());
  beforeEach(() => {
    double.world.messages.length = 0;
  });

  const call = async (method: string, args: object, token = double.world.token) => {
    const answer = await fetch(`${double.apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    return (await answer.json()) as {
      ok: boolean;
      error_code?: number;
      description?: string;
      result?: { message_id: number };
      parameters?: { retry_after?: number };
    };
  };
  const refusal = async (method: string, args: object) => {
    const { error_code, description } = await call(method, args);
    return `${error_code} ${description}`;
  };
  const sent = async (text = 'hello', more = {}) =>
    (await call('sendMessage', { chat_id: group, text, ...more })).result?.message_id ?? 0;
  const button = (data: string) => ({ inline_keyboard: [[{ text: 'x', callback_data: data }]] });

  it.each([
    ['an empty text', 'sendMessage', { text: '' }, 'message text is empty'],
    ['nothing but space', 'sendMessage', { text: ' \n\u202E ' }, 'text must be non-empty'],
    ['4,097 characters', 'sendMessage', { text: 'x'.repeat(4_097) }, 'message is too long'],
    [
      '33 kB of mark-up',
      'sendMessage',
      { text: '<b></b>'.repeat(5_000), parse_mode: 'HTML' },
      'text is too long',
    ],
    [
      'broken mark-up',
      'sendMessage',
      { text: '<b>x', parse_mode: 'HTML' },
      "can't parse entities: Can't find end tag",
    ],
    [
      '65 bytes on a button',
      'sendMessage',
      { text: 'x', reply_markup: button('x'.repeat(65)) },
      'BUTTON_DATA_INVALID',
    ],
    [
      'a button that does nothing',
      'sendMessage',
      { text: 'x', reply_markup: { inline_keyboard: [[{ text: 'x' }]] } },
      'Text buttons are unallowed',
    ],
    ['a parameter that there is not', 'sendMessage', { text: 'x', colour: 'red' }, 'Unrecognized key'],
    ['a wrong type', 'sendMessage', { text: 7 }, 'expected string'],
    [
      '101 buttons',
      'sendMessage',
      {
        text: 'x',
        reply_markup: { inline_keyboard: Array(101).fill([{ text: 'x', callback_data: 'x' }]) },
      },
      'reply markup is too long',
    ],
    [
      'a reply to nothing',
      'sendMessage',
      { text: 'x', reply_parameters: { message_id: 999 } },
      'message to be replied not found',
    ],
    [
      'a topic where there is none',
      'sendMessage',
      { text: 'x', message_thread_id: 5 },
      'message thread not found',
    ],
    ['an edit of nothing', 'editMessageText', { text: 'x', message_id: 999 }, 'message to edit not found'],
    ['a picture without one', 'sendPhoto', { photo: 'attach://none' }, 'there is no photo in the request'],
  ])('refuses %s', async (_, method, args, words) => {
    expect(await refusal(method, { chat_id: group, ...args })).toContain(`400 Bad Request: `);
    expect(await refusal(method, { chat_id: group, ...args })).toContain(words);
  });

  it('refuses an edit that changes nothing', async () => {
    const message_id = await sent('same', { reply_markup: button('a') });
    const edit = { chat_id: group, message_id, text: 'same', reply_markup: button('a') };
    expect(await refusal('editMessageText', edit)).toContain('message is not modified');
    expect((await call('editMessageText', { ...edit, reply_markup: button('b') })).ok).toBe(true);
  });

  it('keeps texts and pictures apart', async () => {
    const form = new FormData();
    form.set('chat_id', `${group}`);
    form.set('caption', 'a picture');
    form.set('photo', new Blob([new Uint8Array(dot)]), 'dot.png');
    const answer = await fetch(`${double.apiRoot}/bot${double.world.token}/sendPhoto`, {
      method: 'POST',
      body: form,
    });
    const { result } = (await answer.json()) as { result: { message_id: number } };
    const picture = { chat_id: group, message_id: result.message_id };
    expect(await refusal('editMessageText', { ...picture, text: 'x' })).toContain(
      'there is no text in the message to edit',
    );
    expect(await refusal('editMessageCaption', { ...picture, caption: 'x'.repeat(1_025) })).toContain(
      'message caption is too long',
    );
    const text = { chat_id: group, message_id: await sent() };
    expect(await refusal('editMessageCaption', { ...text, caption: 'x' })).toContain('there is no caption');
  });

  it('takes documents of up to 50 MB, with 1,024 characters under them', async () => {
    const send = async (bytes: number, caption = 'output') => {
      const form = new FormData();
      form.set('chat_id', `${group}`);
      form.set('caption', caption);
      form.set('document', new Blob([new Uint8Array(bytes)]), 'output.txt');
      const answer = await fetch(`${double.apiRoot}/bot${double.world.token}/sendDocument`, {
        method: 'POST',
        body: form,
      });
      return (await answer.json()) as { description?: string; result?: { message_id: number } };
    };
    const { result } = await send(3);
    const at = { chat_id: group, message_id: result?.message_id };
    expect(await refusal('editMessageText', { ...at, text: 'x' })).toContain('there is no text');
    expect((await call('editMessageCaption', { ...at, caption: 'all of it' })).ok).toBe(true);
    expect((await send(0)).description).toContain('file must be non-empty');
    expect((await send(3, 'x'.repeat(1_025))).description).toContain('message caption is too long');
    expect((await send(50 * 1024 * 1024 + 1)).description).toBe('Request Entity Too Large');
    expect(await refusal('sendDocument', { chat_id: group, document: 'attach://none' })).toContain(
      'there is no document in the request',
    );
  });

  it('edits no question, and nothing by others', async () => {
    const asked = await sent('why?', { reply_markup: { force_reply: true, selective: true } });
    expect(await refusal('editMessageText', { chat_id: group, message_id: asked, text: 'x' })).toContain(
      "can't be edited",
    );
    const { id } = double.people.type(11, 'mine');
    expect(await refusal('editMessageText', { chat_id: group, message_id: id, text: 'x' })).toContain(
      "can't be edited",
    );
  });

  it('knows its token', async () => {
    expect(await call('getMe', {}, '7000000001:wrong')).toMatchObject({
      error_code: 401,
      description: 'Unauthorized',
    });
    expect(await call('getMe', {}, 'no token')).toMatchObject({ ok: false });
    expect(await call('sendSmoke', {})).toMatchObject({ error_code: 404 });
  });

  it('delivers an update again until the next question is behind it', async () => {
    double.world.updates = [];
    double.people.type(11, '/rollout one');
    const ask = async (offset: number) =>
      ((await call('getUpdates', { offset })).result ?? []) as unknown as { update_id: number }[];
    const [first] = await ask(0);
    expect((await ask(0)).length).toBe(1);
    expect(await ask((first?.update_id ?? 0) + 1)).toEqual([]);
    expect(await ask(0)).toEqual([]);
  });

  it('ends a question for updates when another one comes, and answers none while a webhook is set', async () => {
    const waiting = refusal('getUpdates', { timeout: 20 });
    await double.world.until(() => double.world.calls.length > 0);
    while (
      !(await Promise.race([waiting.then(() => true), call('getUpdates', { timeout: 0 }).then(() => false)]))
    );
    expect(await waiting).toContain('409 Conflict: terminated by other getUpdates request');
    await call('setWebhook', { url: 'http://127.0.0.1:9/' });
    expect(await refusal('getUpdates', {})).toContain(
      "409 Conflict: can't use getUpdates method while webhook is active",
    );
    await call('deleteWebhook', {});
  });

  it('asks to slow down', async () => {
    double.world.calls.length = 0;
    double.world.pace = { second: 1, minute: 20 };
    await sent();
    expect(await call('sendMessage', { chat_id: group, text: 'too fast' })).toMatchObject({
      error_code: 429,
      parameters: { retry_after: 1 },
    });
    double.world.pace = undefined;
  });

  it('takes so many messages a minute in a group, its topics together', async () => {
    double.world.calls.length = 0;
    double.world.addChat({
      ...{ id: -1_020, type: 'supergroup', isForum: true },
      topics: new Map([5, 9].map((topic) => [topic, { closed: false }])),
    });
    double.world.pace = { second: 100, minute: 3 };
    const send = (more = {}) => call('sendMessage', { chat_id: -1_020, text: 'x', ...more });
    const first = [await send(), await send({ message_thread_id: 5 }), await send({ message_thread_id: 9 })];
    const { error_code, parameters } = await send({ message_thread_id: 5 });
    double.world.pace = undefined;
    expect(first.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(error_code).toBe(429);
    expect(parameters?.retry_after).toBeGreaterThan(50);
  });

  it('loses the answer to what it did, or cuts the connection and does nothing', async () => {
    double.world.fail('sendMessage', { kind: 'cut' });
    await expect(sent()).rejects.toThrow('fetch failed');
    expect(double.world.visible(group)).toEqual([]);
    double.world.fail('sendMessage', { kind: 'lost-reply' });
    await expect(sent()).rejects.toThrow('fetch failed');
    expect(double.world.visible(group)).toHaveLength(1);
  });

  it.each([
    ['doubled', [0, 1, 0, 1]],
    ['reversed', [1, 0]],
  ] as const)('delivers updates %s', async (batches, order) => {
    double.world.updates = [];
    double.people.type(11, '/rollout one');
    double.people.type(11, '/rollout two');
    const ids = double.world.updates.map(({ update_id }) => update_id);
    double.world.batches = batches;
    const { result } = await call('getUpdates', {});
    double.world.batches = 'in order';
    double.world.updates = [];
    const came = result as unknown as { update_id: number }[];
    expect(came.map(({ update_id }) => ids.indexOf(update_id))).toEqual(order);
  });

  it('says where a group went', async () => {
    double.world.addChat({ id: -9, type: 'group' });
    double.people.upgrade(-9, -1_009);
    expect(await call('sendMessage', { chat_id: -9, text: 'x' })).toMatchObject({
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -1_009 },
    });
  });

  it('takes the answer to a press once, and not for long', async () => {
    const message = double.world.find(group, await sent('x', { reply_markup: button('a') }));
    if (!message) throw new Error('no message');
    double.people.pressData(11, message, 'a');
    const id = [...double.world.queries.keys()].at(-1);
    expect(await refusal('answerCallbackQuery', { callback_query_id: id, text: 'x'.repeat(201) })).toContain(
      'MESSAGE_TOO_LONG',
    );
    expect((await call('answerCallbackQuery', { callback_query_id: id })).ok).toBe(true);
    expect(await refusal('answerCallbackQuery', { callback_query_id: id })).toContain('query is too old');
    double.people.pressData(11, message, 'a');
    const [late, query] = [...double.world.queries].at(-1) ?? [];
    if (query) query.at -= double.world.queryTime + 1;
    expect(await refusal('answerCallbackQuery', { callback_query_id: late })).toContain('query is too old');
  });
});
