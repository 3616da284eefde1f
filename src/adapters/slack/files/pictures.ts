import { z } from 'zod';
import { cut } from '../../../core/card/words.ts';
import { digestOf } from '../../../core/json.ts';
import type { Chart } from '../../../core/rollout/event.ts';
import type { MessageRef } from '../../../ports/chat.ts';
import type { Memory } from '../../../ports/memory.ts';
import type { Log } from '../log.ts';
import type { Attempts } from './attempts.ts';
import type { Upload } from './upload.ts';

/** A chart's picture in Slack. */
export interface Picture {
  /** Of the chart. */
  digest: string;
  /** The id of the file. */
  file: string;
}

/** The pictures of charts. Each belongs to one message; one that is replaced is deleted. */
export interface Pictures {
  /** The picture that a message shows; undefined when it shows none. */
  shownBy(message: MessageRef): Promise<Picture | undefined>;
  /** The picture of a chart, `known` where that shows it already; undefined where it has to be told in words. */
  of(chart: Chart | undefined, known: Picture | undefined, deadline: number): Promise<Picture | undefined>;
  /** Notes what a message shows now, and takes away what it showed before. */
  keep(message: MessageRef, shown: Picture | undefined, before: Picture | undefined): Promise<void>;
  /** Takes away a picture that no message came to show. */
  discard(picture: Picture): void;
}

export interface PictureParts {
  upload: Upload;
  remove(file: string): Promise<unknown>;
  drawPng(chart: Chart): Promise<Uint8Array>;
  memory: Memory;
  attempts: Attempts;
  log: Log;
}

/** For as long as messages are edited (milliseconds). */
const kept = 45 * 86_400_000;

const pictureSchema = z.object({ digest: z.string(), file: z.string() });

export function createPictures({ upload, remove, drawPng, memory, attempts, log }: PictureParts): Pictures {
  const keyOf = ({ channel, id }: MessageRef) => `slack:picture:${channel}/${id}`;

  function discard({ file }: Picture): void {
    remove(file).catch((error: unknown) => log.debug({ err: error, file }, 'An old picture stays in Slack'));
  }

  return {
    discard,
    async shownBy(message) {
      const text = await memory.read(keyOf(message)).catch(() => undefined);
      return text === undefined ? undefined : pictureSchema.safeParse(JSON.parse(text)).data;
    },
    async of(chart, known, deadline) {
      if (chart === undefined) return undefined;
      const digest = digestOf(chart);
      if (known?.digest === digest) return known;
      const draw = async (): Promise<Picture> => {
        const bytes = await drawPng(chart);
        const { id } = await upload({
          name: 'chart.png',
          title: cut(chart.title, 100).toWellFormed(),
          bytes,
        });
        return { digest, file: id };
      };
      return attempts.within(deadline, draw, discard);
    },
    async keep(message, shown, before) {
      if (shown?.file === before?.file) return;
      // Without the note the same picture is brought once more at the next edit.
      const note =
        shown === undefined
          ? memory.take(keyOf(message))
          : memory.write(keyOf(message), JSON.stringify(shown), kept);
      await note.catch(() => undefined);
      if (before !== undefined) discard(before);
    },
  };
}
