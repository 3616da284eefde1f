import { z } from 'zod';
import type { Card } from '../../../core/card/card.ts';
import { isBlank } from '../../../core/card/outside-text.ts';
import { cut } from '../../../core/card/words.ts';
import { sha256 } from '../../../core/json.ts';
import { ChatError, type MessageRef } from '../../../ports/chat.ts';
import type { Memory } from '../../../ports/memory.ts';
import { outputLeftOut } from '../blocks.ts';
import type { AccountsOf } from '../mrkdwn.ts';
import type { OutputFile } from '../tail.ts';
import type { Attempts } from './attempts.ts';
import type { NewFile, Upload } from './upload.ts';

/**
 * The file with all of an output of which the root of a thread shows the end; undefined where it shows all, or the
 * file can't be had. It is put into the thread once: it is noted before, so that a lost answer makes no second one.
 */
export type FileOf = (root: MessageRef, card: Card, deadline: number) => Promise<OutputFile | undefined>;

export interface OutputParts {
  upload: Upload;
  memory: Memory;
  attempts: Attempts;
  accountsOf: AccountsOf;
}

/** For as long as threads are kept up to date (milliseconds). */
const kept = 45 * 86_400_000;

/** `shared` is absent while nobody knows whether it stands in the thread. */
const noteSchema = z.object({ shared: z.literal(true).optional(), link: z.string().optional() });

export function createOutputs(parts: OutputParts): FileOf {
  const { memory, attempts, accountsOf } = parts;
  return async (root, card, deadline) => {
    const whole = outputLeftOut(card, accountsOf);
    if (whole === undefined) return undefined;
    const key = `slack:output:${root.channel}/${root.id}/${sha256(whole)}`;
    try {
      const note = await memory.read(key);
      if (note !== undefined) return readNote(note);
      const title = card.tail === undefined || isBlank(card.tail.title) ? 'Output' : card.tail.title;
      const file = { name: 'output.txt', title: cut(title, 100).toWellFormed(), bytes: Buffer.from(whole) };
      const share = { channel: root.channel, thread: root.id };
      return await attempts.within(
        deadline,
        () => bring(parts, key, { ...file, share }),
        () => undefined,
      );
    } catch {
      // Without its memory the bot can't tell whether the file is there.
      return undefined;
    }
  };
}

async function bring({ upload, memory }: OutputParts, key: string, file: NewFile): Promise<OutputFile> {
  await memory.write(key, '{}', kept);
  try {
    const { link } = await upload(file);
    await memory.write(key, JSON.stringify({ shared: true, link }), kept).catch(() => undefined);
    return link === undefined ? {} : { link };
  } catch (error) {
    const surelyNot = error instanceof ChatError && error.reason !== 'doubtful';
    if (surelyNot) await memory.take(key);
    throw error;
  }
}

function readNote(note: string): OutputFile | undefined {
  const { shared, link } = noteSchema.parse(JSON.parse(note));
  if (shared === undefined) return undefined;
  return link === undefined ? {} : { link };
}
