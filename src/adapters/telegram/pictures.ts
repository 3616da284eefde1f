import { createHash } from 'node:crypto';
import type { Chart } from '../../core/rollout/event.ts';
import type { Memory } from '../../ports/memory.ts';
import type { At } from './confirmations.ts';
import type { Log } from './log.ts';

/** The pictures of charts, and which message shows which. */
export interface Pictures {
  /** A chart as a PNG picture; undefined when it can't be drawn, and is told in words. */
  draw(chart: Chart | undefined): Promise<Uint8Array | undefined>;
  /** Whether the picture of a message needs no other; a card that lost its chart keeps the last one. */
  shows(at: At, chart: Chart | undefined): Promise<boolean>;
  note(at: At, chart: Chart | undefined): Promise<void>;
}

/** For as long as messages are edited (milliseconds). */
const kept = 45 * 86_400_000;

export interface PictureParts {
  memory: Memory;
  /** Absent: charts are told in words. */
  drawPng?(chart: Chart): Promise<Uint8Array>;
  log: Log;
}

export function createPictures({ memory, drawPng, log }: PictureParts): Pictures {
  const keyOf = ({ chat, message }: At) => `picture:${chat}/${message}`;
  return {
    async draw(chart) {
      if (chart === undefined || drawPng === undefined) return undefined;
      try {
        return await drawPng(chart);
      } catch (error) {
        log.warn({ err: error, chart: chart.title }, 'A chart could not be drawn; it is told in words');
        return undefined;
      }
    },
    async shows(at, chart) {
      if (chart === undefined) return true;
      return (await memory.read(keyOf(at)).catch(() => undefined)) === digestOf(chart);
    },
    // Without the note the same picture is sent once more at the next edit.
    note: (at, chart) => memory.write(keyOf(at), digestOf(chart), kept).catch(() => undefined),
  };
}

function digestOf(chart: Chart | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(chart ?? null))
    .digest('base64url');
}
