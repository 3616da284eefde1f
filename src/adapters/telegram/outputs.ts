import { isBlank } from '../../core/card/outside-text.ts';
import { cut } from '../../core/card/words.ts';
import { sha256 } from '../../core/json.ts';
import type { Memory } from '../../ports/memory.ts';
import type { BotApi } from './api.ts';
import { classify } from './errors.ts';
import { escapeHtml, plain } from './html.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import type { Posted } from './message-ref.ts';

/** An output that a message shows only the end of. */
export interface Output {
  title: string;
  whole: string;
}

/**
 * Brings all of an output as a document under the root that shows its end; true when it stands there. It is brought
 * once: it is noted before, so that a lost answer makes no second one. What can't be had holds no message up.
 */
export type BringOutput = (root: Posted, output: Output) => Promise<boolean>;

export interface OutputParts {
  api: BotApi;
  memory: Memory;
  log: Log;
}

/** For as long as threads are kept up to date (milliseconds). */
const kept = 45 * 86_400_000;

/** The edit that tells of it has to end in time, too (milliseconds). */
const documentTime = 3_500;

const brought = 'brought';

export function createOutputs({ api, memory, log }: OutputParts): BringOutput {
  return async (root, output) => {
    const key = `output:${root.chat}/${root.message}/${sha256(output.whole)}`;
    try {
      const note = await memory.read(key);
      if (note !== undefined) return note === brought;
      await memory.write(key, 'begun', kept);
    } catch {
      // Without its memory the bot can't tell whether the document is there.
      return false;
    }
    try {
      await send(api, root, output);
      await memory.write(key, brought, kept).catch(() => undefined);
      return true;
    } catch (error) {
      const failure = classify('sendDocument', error, false);
      log.warn({ err: failure }, 'Long output could not be brought to Telegram as a document');
      const again = failure.reason === 'unavailable' || failure.reason === 'rate-limited';
      if (again) await memory.take(key).catch(() => undefined);
      return false;
    }
  };
}

async function send(api: BotApi, { chat, message, topic }: Posted, { title, whole }: Output): Promise<void> {
  const name = isBlank(title) ? 'Output' : plain(cut(title, limits.documentTitle));
  // In a form telegraf drops what is an object, and Telegram reads it as JSON.
  const reply = JSON.stringify({ message_id: message, allow_sending_without_reply: true }) as never;
  await api(
    'sendDocument',
    {
      chat_id: chat,
      ...(topic === undefined ? {} : { message_thread_id: topic }),
      document: { source: Buffer.from(whole), filename: 'output.txt' },
      caption: escapeHtml(name),
      parse_mode: 'HTML',
      disable_notification: true,
      reply_parameters: reply,
    },
    { timeout: documentTime },
  );
}
