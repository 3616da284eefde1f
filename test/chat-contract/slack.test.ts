import { drawPng } from '../../src/adapters/chart/draw.ts';
import { slackChat } from '../../src/adapters/slack/chat.ts';
import { slackClient } from '../../src/adapters/slack/client.ts';
import { slackFiles } from '../../src/adapters/slack/files/connect-files.ts';
import { startSlackDouble } from '../doubles/slack/start.ts';
import { quiet } from '../slack/quiet.ts';
import { shortMemory } from '../support/short-memory.ts';
import { chatContract, type FaultyChat, faultyChatContract } from './contract.ts';

async function start(): Promise<FaultyChat> {
  const double = await startSlackDouble();
  const { workspace } = double;
  const client = slackClient(workspace.botToken, double.apiUrl, quiet);
  const files = slackFiles({
    botToken: workspace.botToken,
    apiUrl: double.apiUrl,
    clock: Date,
    log: quiet,
    drawPng,
    memory: shortMemory(),
  });
  return {
    chat: slackChat(client, (person) => (person === 'bob' ? ['T1/U2'] : []), files),
    channel: 'C1',
    direct: { account: 'T1/U2', room: 'DU2', unreachable: 'T1/U99' },
    standing: async (channel) =>
      workspace.visible(channel).map(({ ts, thread_ts, blocks, text }) => ({
        id: ts,
        ...(thread_ts === undefined ? {} : { thread: thread_ts }),
        text: `${text} ${JSON.stringify(blocks)}`,
      })),
    loseReply: () => workspace.fail('chat.postMessage', { kind: 'lost-reply' }),
    rateLimit: (seconds) => workspace.fail('chat.postMessage', { kind: 'rate-limit', seconds }),
    cut: () => workspace.fail('chat.postMessage', { kind: 'cut' }),
    stop: () => double.stop(),
  };
}

chatContract('Slack', start);
faultyChatContract('Slack', start);
