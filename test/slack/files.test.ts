import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawPng } from '../../src/adapters/chart/draw.ts';
import { slackChat } from '../../src/adapters/slack/chat.ts';
import { slackClient } from '../../src/adapters/slack/client.ts';
import { slackFiles } from '../../src/adapters/slack/files/connect-files.ts';
import type { Card } from '../../src/core/card/card.ts';
import type { Chart } from '../../src/core/rollout/event.ts';
import type { ChatPort } from '../../src/ports/chat.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { StoredMessage } from '../doubles/slack/workspace.ts';
import { shortMemory } from '../support/short-memory.ts';
import { until } from '../support/until.ts';
import { keptLog } from './quiet.ts';

/** A chart whose last value is this. */
function chart(value: number): Chart {
  return {
    title: 'Soak',
    unit: '%',
    limit: 1,
    series: [
      {
        name: 'errors',
        points: [
          [1, 0.1],
          [2_000, value],
        ],
      },
    ],
  };
}
const charted = (value: number, text = 'Soak'): Card => ({ ...smallCard(text), chart: chart(value) });
const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');
function failed(output: string): Card {
  return {
    ...smallCard('failed'),
    tail: { title: 'Output of Migrate', text: output.slice(-2_500), whole: output },
  };
}

let double: SlackDouble;
let kept: Map<string, string>;
let log: ReturnType<typeof keptLog>;
let now: number;

beforeEach(async () => {
  double = await startSlackDouble();
  kept = new Map();
  log = keptLog();
  now = Date.parse('2026-11-21T14:00:00Z');
});
afterEach(() => double.stop());

/** The chat as a process of the bot has it; what is kept outlives it. */
function start(draw: (chart: Chart) => Promise<Uint8Array> = drawPng): ChatPort {
  const { botToken } = double.workspace;
  const memory = shortMemory(kept);
  const began = Date.now();
  const options = { botToken, apiUrl: double.apiUrl, clock: { now: () => now + Date.now() - began }, log };
  const files = slackFiles({ ...options, drawPng: draw, memory });
  return slackChat(slackClient(botToken, double.apiUrl, log), undefined, files);
}

const post = (chat: ChatPort, card: Card) => chat.post('C1', undefined, card, `operation ${Math.random()}`);
const message = (id: string) => double.workspace.visible('C1').find(({ ts }) => ts === id);
const stored = () => [...double.workspace.files.values()];

/** What stands in the place of a message's chart: the file of its picture, or words. */
function shown(drawn: StoredMessage | undefined): unknown {
  const blocks = drawn?.blocks ?? [];
  const image = blocks.find(({ type }) => type === 'image');
  if (image !== undefined) return (image.slack_file as { id: string }).id;
  return JSON.stringify(blocks).includes('errors:') || JSON.stringify(blocks).includes('Soak, errors')
    ? 'words'
    : 'nothing';
}

describe('a chart in Slack', () => {
  it('is a picture in its message, with the numbers for those who do not see it', async () => {
    const { id } = await post(start(), charted(4.1));
    const [file] = stored();
    expect(shown(message(id))).toBe(file?.id);
    expect(message(id)?.blocks).toContainEqual({
      type: 'image',
      slack_file: { id: file?.id },
      alt_text: 'Soak, errors: ▁█ 4.1 % (limit 1 %)',
    });
    expect(file).toMatchObject({ name: 'chart.png', title: 'Soak', completed: true });
    expect(file?.shared).toBeUndefined();
  });

  it('is brought anew only when it changed, also by another process, and the old picture is deleted', async () => {
    const ref = await post(start(), charted(4.1));
    const [first] = stored();
    await start().update(ref, charted(4.1, 'other words'));
    expect(stored()).toHaveLength(1);
    expect(shown(message(ref.id))).toBe(first?.id);
    await start().update(ref, charted(0.2));
    const [, second] = stored();
    expect(shown(message(ref.id))).toBe(second?.id);
    await until('the old picture to be deleted', () => first?.deleted === true);
    await start().update(ref, smallCard('no chart any more'));
    await until('the old picture to be deleted', () => second?.deleted === true);
    expect(shown(message(ref.id))).toBe('nothing');
  });

  it('waits for Slack to have looked at a new picture', async () => {
    double.workspace.unready = 2;
    const { id } = await post(start(), charted(4.1));
    expect(shown(message(id))).toBe(stored()[0]?.id);
    expect(double.workspace.visible('C1')).toHaveLength(1);
  });

  it('is told in words when Slack looks for too long, and is a picture with the next change', async () => {
    double.workspace.unready = 100;
    const chat = start();
    const ref = await post(chat, charted(4.1));
    expect(shown(message(ref.id))).toBe('words');
    await until('the old picture to be deleted', () => stored()[0]?.deleted === true);
    double.workspace.unready = 0;
    await chat.update(ref, charted(4.2));
    expect(shown(message(ref.id))).toBe(stored()[1]?.id);
  });

  it.each([
    ['files.getUploadURLExternal', { kind: 'error', code: 'file_uploads_disabled' }, 600_000],
    ['files.getUploadURLExternal', { kind: 'error', code: 'missing_scope' }, 600_000],
    ['files.getUploadURLExternal', { kind: 'rate-limit', seconds: 120 }, 120_000],
    ['upload', { kind: 'http', status: 500 }, 30_000],
    ['upload', { kind: 'cut' }, 30_000],
    ['files.completeUploadExternal', { kind: 'cut' }, 30_000],
    ['files.completeUploadExternal', { kind: 'http', status: 503 }, 30_000],
  ] as const)(
    'is told in words when %s fails by %o, and no more is tried for a while',
    async (method, fault, pause) => {
      const chat = start();
      double.workspace.fail(method, fault);
      const ref = await post(chat, charted(4.1));
      expect(shown(message(ref.id))).toBe('words');
      const said = log.said.filter(({ message: words }) => words.startsWith('A file could not'));
      expect(said).toHaveLength(1);
      const tried = stored().length;
      now += pause - 5_000;
      await chat.update(ref, charted(4.2));
      expect(shown(message(ref.id))).toBe('words');
      expect(stored()).toHaveLength(tried);
      now += 10_000;
      await chat.update(ref, charted(4.3));
      expect(shown(message(ref.id))).toBe(stored().at(-1)?.id);
    },
  );

  it('holds no message up: one that takes long is left out, and taken away when it comes after all', async () => {
    const slow = Promise.withResolvers<void>();
    const chat = start(async (given) => {
      await slow.promise;
      return drawPng(given);
    });
    const began = Date.now();
    const { id } = await post(chat, charted(4.1));
    expect(Date.now() - began).toBeLessThan(6_000);
    expect(shown(message(id))).toBe('words');
    slow.resolve();
    await until('the old picture to be deleted', () => stored()[0]?.deleted === true);
  });

  it('is told in words when it can not be drawn', async () => {
    const chat = start(() => Promise.reject(new Error('no font')));
    expect(shown(message((await post(chat, charted(4.1))).id))).toBe('words');
  });

  it('leaves no picture behind when its message is refused', async () => {
    double.workspace.fail('chat.postMessage', { kind: 'error', code: 'restricted_action' });
    await expect(post(start(), charted(4.1))).rejects.toMatchObject({ reason: 'closed' });
    await until('the old picture to be deleted', () => stored()[0]?.deleted === true);
  });
});

describe('long output in Slack', () => {
  const filesIn = (root: string) =>
    double.workspace.visible('C1').filter((each) => each.thread_ts === root && each.files !== undefined);

  it('is a file in the thread, once, and the card leads to it', async () => {
    const ref = await post(start(), smallCard('running'));
    for (const text of ['failed', 'failed, asked', 'failed, asked again']) {
      await start().update(ref, { ...failed(lines(900)), title: [text] });
    }
    expect(filesIn(ref.id)).toHaveLength(1);
    const [file] = stored();
    expect(file?.bytes?.toString('utf8')).toBe(lines(900));
    expect(file).toMatchObject({ title: 'Output of Migrate', shared: { channel: 'C1', thread: ref.id } });
    const drawn = JSON.stringify(message(ref.id)?.blocks);
    expect(drawn).toContain('line 899');
    expect(drawn).toContain(
      `All of it: <https://team.slack.com/files/UBOT/${file?.id}/output.txt|the file in this thread>`,
    );
  });

  it('needs no file when all of it is in the card', async () => {
    const ref = await post(start(), smallCard('running'));
    await start().update(ref, failed('no space left on device'));
    expect(stored()).toEqual([]);
    expect(JSON.stringify(message(ref.id)?.blocks)).toContain('no space left on device');
  });

  it('is not put there twice when the answer got lost; a card says nothing of a file that may not be there', async () => {
    const ref = await post(start(), smallCard('running'));
    double.workspace.fail('files.completeUploadExternal', { kind: 'lost-reply' });
    await start().update(ref, failed(lines(900)));
    await start().update(ref, { ...failed(lines(900)), title: ['failed, asked'] });
    expect(filesIn(ref.id)).toHaveLength(1);
    expect(JSON.stringify(message(ref.id)?.blocks)).not.toContain('All of it');
  });

  it('is tried again after a failure that surely put nothing there', async () => {
    const ref = await post(start(), smallCard('running'));
    double.workspace.fail('upload', { kind: 'http', status: 500 });
    await start().update(ref, failed(lines(900)));
    expect(filesIn(ref.id)).toHaveLength(0);
    await start().update(ref, { ...failed(lines(900)), title: ['failed, asked'] });
    expect(filesIn(ref.id)).toHaveLength(1);
  });

  it('is another file for another output', async () => {
    const ref = await post(start(), smallCard('running'));
    await start().update(ref, failed(lines(900)));
    await start().update(ref, failed(lines(901)));
    expect(filesIn(ref.id)).toHaveLength(2);
  });
});

describe('the double of Slack refuses', () => {
  async function call(method: string, args: Record<string, string>) {
    const answer = await fetch(`${double.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${double.workspace.botToken}` },
      body: new URLSearchParams(args),
    });
    return (await answer.json()) as { ok: boolean; error?: string; file_id?: string; upload_url?: string };
  }
  const complete = (id: string) => call('files.completeUploadExternal', { files: JSON.stringify([{ id }]) });
  const put = (url = '', bytes: string | Buffer = '') =>
    fetch(url, { method: 'POST', body: new Uint8Array(Buffer.from(bytes)) }).then(({ status }) => status);

  it('a file without name or length, of other bytes than announced, twice, or that is not there', async () => {
    expect((await call('files.getUploadURLExternal', { filename: 'a', length: '0' })).error).toBe(
      'invalid_arguments',
    );
    expect((await call('files.getUploadURLExternal', { length: '3' })).error).toBe('invalid_arguments');
    const { file_id = '', upload_url } = await call('files.getUploadURLExternal', {
      filename: 'a',
      length: '3',
    });
    expect((await complete(file_id)).error).toBe('file_not_found');
    expect(await put(upload_url, 'four')).toBe(400);
    expect(await put(upload_url, 'abc')).toBe(200);
    expect(await put(upload_url, 'abc')).toBe(400);
    expect((await complete(file_id)).ok).toBe(true);
    expect((await complete(file_id)).error).toBe('file_not_found');
    expect((await call('files.delete', { file: file_id })).ok).toBe(true);
    expect((await call('files.delete', { file: file_id })).error).toBe('file_deleted');
  });

  it('a picture that is none, or not completed', async () => {
    const image = (id: string) =>
      call('chat.postMessage', {
        channel: 'C1',
        text: 'x',
        blocks: JSON.stringify([{ type: 'image', alt_text: 'x', slack_file: { id } }]),
      });
    const { file_id = '', upload_url } = await call('files.getUploadURLExternal', {
      filename: 'a.png',
      length: '3',
    });
    expect((await image(file_id)).error).toBe('invalid_blocks');
    await put(upload_url, 'abc');
    await complete(file_id);
    expect((await image(file_id)).error).toBe('invalid_blocks');
  });
});
