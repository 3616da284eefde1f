import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slackChat } from '../../src/adapters/slack/chat.ts';
import { slackClient } from '../../src/adapters/slack/client.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { failureOf } from '../chat-contract/contract.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { Fault } from '../doubles/slack/workspace.ts';
import { certificateFor, serveTls } from '../world/servers.ts';
import { quiet } from './quiet.ts';

const error = (code: string): Fault => ({ kind: 'error', code });

/** The failure, what it means for a post, and what it means for an edit. */
const table: [Fault, string, string][] = [
  [{ kind: 'rate-limit', seconds: 30 }, 'rate-limited', 'rate-limited'],
  [error('ratelimited'), 'rate-limited', 'rate-limited'],
  [error('channel_not_found'), 'closed', 'closed'],
  [error('is_archived'), 'closed', 'closed'],
  [error('message_not_found'), 'gone', 'gone'],
  [error('thread_not_found'), 'gone', 'gone'],
  [error('cant_update_message'), 'gone', 'gone'],
  [error('not_in_channel'), 'closed', 'closed'],
  [error('invalid_blocks'), 'refused', 'refused'],
  [error('msg_too_long'), 'refused', 'refused'],
  [error('invalid_auth'), 'closed', 'closed'],
  [error('internal_error'), 'doubtful', 'unavailable'],
  [error('fatal_error'), 'doubtful', 'unavailable'],
  [{ kind: 'http', status: 503 }, 'doubtful', 'unavailable'],
  [{ kind: 'http', status: 403 }, 'refused', 'refused'],
  [{ kind: 'cut' }, 'doubtful', 'unavailable'],
  [{ kind: 'lost-reply' }, 'doubtful', 'unavailable'],
];

describe('what Slack’s failures mean', () => {
  let double: SlackDouble;
  beforeAll(async () => {
    double = await startSlackDouble();
  });
  afterAll(() => double.stop());
  const chat = () => slackChat(slackClient(double.workspace.botToken, double.apiUrl, quiet));
  const post = (channel = 'C1') => chat().post(channel, undefined, smallCard('words'), 'op');

  it.each(table)('%j', async (fault, posting, editing) => {
    const ref = await post();
    double.workspace.fail('chat.postMessage', fault);
    double.workspace.fail('chat.update', fault);
    const reasons = [await failureOf(post()), await failureOf(chat().update(ref, smallCard('new words')))];
    expect(reasons.map(({ reason }) => reason)).toEqual([posting, editing]);
  });

  it('is a time-out doubtful for a post', async () => {
    const client = slackClient(double.workspace.botToken, double.apiUrl, quiet, 300);
    double.workspace.fail('chat.postMessage', { kind: 'hang' });
    const failure = await failureOf(slackChat(client).post('C1', undefined, smallCard('hangs'), 'op'));
    expect(failure.reason).toBe('doubtful');
  });

  it('was nothing sent when nobody listens', async () => {
    const closed = await startSlackDouble();
    await closed.stop();
    const nobody = slackChat(slackClient('xoxb-1', closed.apiUrl, quiet));
    const failure = await failureOf(nobody.post('C1', undefined, smallCard('words'), 'op'));
    expect(failure.reason).toBe('unavailable');
  });

  it('was nothing sent when the other side can not show to be Slack', async () => {
    const impostor = await serveTls(await certificateFor(['127.0.0.1'], '2026-01-01', '2096-01-01'));
    const chat = slackChat(slackClient('xoxb-1', `https://127.0.0.1:${impostor.port}/api/`, quiet));
    const failure = await failureOf(chat.post('C1', undefined, smallCard('words'), 'op'));
    await impostor.stop();
    expect(failure.reason).toBe('unavailable');
  });

  it('was nothing sent when there is no such host', async () => {
    const chat = slackChat(slackClient('xoxb-1', 'https://slack.invalid/api/', quiet));
    const failure = await failureOf(chat.post('C1', undefined, smallCard('words'), 'op'));
    expect(failure.reason).toBe('unavailable');
  });

  it('says what to do, and keeps the token to itself', async () => {
    double.workspace.channels.set('C2', { member: false, archived: false, people: new Set() });
    const failure = await failureOf(post('C2'));
    expect(failure.message).toBe(
      'Slack refused chat.postMessage: not_in_channel. Invite the bot into the channel.',
    );
    expect(JSON.stringify(failure) + String(failure.stack)).not.toContain(double.workspace.botToken);
  });

  it('can not tell where a post is when it may not read', async () => {
    double.workspace.fail('conversations.history', error('missing_scope'));
    expect(await chat().find('C1', undefined, 'op')).toBe('unknown');
  });
});
