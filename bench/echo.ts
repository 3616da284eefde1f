import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { Telegraf } from 'telegraf';
import type { SlackAccess, TelegramAccess } from './press-orders.ts';

/** The least that answers presses: Bolt or telegraf as their documentation begins, and nothing behind it. */
async function main([kind, access = '']: string[]): Promise<void> {
  process.on('disconnect', () => process.exit());
  const port = kind === 'slack' ? await slack(JSON.parse(access)) : await telegram(JSON.parse(access));
  process.send?.({ port });
}

async function slack({ apiUrl, botToken, appToken, signingSecret }: SlackAccess): Promise<number> {
  const clientOptions = { slackApiUrl: apiUrl };
  const http = new HTTPReceiver({ signingSecret });
  const listen = (receiver: Receiver) => {
    const app = new App({ receiver, token: botToken, clientOptions });
    app.action(/.*/, async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'pressed', response_type: 'ephemeral', replace_original: false });
    });
    return app;
  };
  await listen(new SocketModeReceiver({ appToken, installerOptions: { clientOptions } })).start();
  const server = await listen(http).start(0);
  if (!('address' in server)) throw new Error('Bolt does not listen');
  return (server.address() as AddressInfo).port;
}

async function telegram({ apiRoot, token }: TelegramAccess): Promise<number> {
  const bot = new Telegraf(token, { telegram: { apiRoot } });
  bot.on('callback_query', (context) => context.answerCbQuery('pressed'));
  await new Promise<void>((resolve, reject) => {
    bot.launch({ allowedUpdates: ['callback_query'] }, resolve).catch(reject);
  });
  return 0;
}

await main(process.argv.slice(2));
