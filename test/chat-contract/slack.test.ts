import { drawPng } from '../../src/adapters/chart/draw.ts';
import type { Inbox } from '../../src/ports/chat.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { type BotOptions, httpBot, recordingInbox, socketBot } from '../slack/bot.ts';
import { shortMemory } from '../support/short-memory.ts';
import { chatContract, type FaultyChat, faultyChatContract } from './contract.ts';

const modes = [
  ['Slack by Socket Mode', false],
  ['Slack by HTTP', true],
] as const;

async function listening(double: SlackDouble, inbox: Inbox, options: BotOptions) {
  const { slack } = await socketBot(double, inbox, options);
  return { slack, stop: () => slack.stop() };
}

async function listeningByHttp(double: SlackDouble, inbox: Inbox, options: BotOptions) {
  const bot = await httpBot(double, options);
  await bot.slack.start(inbox);
  return bot;
}

for (const [name, byHttp] of modes) {
  const start = async (): Promise<FaultyChat> => {
    const double = await startSlackDouble();
    const { workspace } = double;
    const { inbox } = recordingInbox();
    const accountsOf = (person: string) => (person === 'bob' ? ['T1/U2'] : []);
    const options = { accountsOf, drawPng, memory: shortMemory() };
    const { slack, stop } = await (byHttp ? listeningByHttp : listening)(double, inbox, options);
    return {
      chat: slack.chat,
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
      async stop() {
        await stop();
        await double.stop();
      },
    };
  };
  chatContract(name, start);
  faultyChatContract(name, start);
}
