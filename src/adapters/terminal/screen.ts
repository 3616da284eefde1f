import { createLogUpdate } from 'log-update';
import wrapAnsi from 'wrap-ansi';
import type { Card, ThreadView } from '../../core/card/card.ts';
import { drawCard, drawReply, drawThread } from './draw.ts';
import { type Paint, paintFor } from './spans.ts';

/** Where a thread is followed in a terminal, with words said between its changes. */
export interface Screen {
  readonly paint: Paint;
  /** Words that stay. */
  say(text: string): void;
  /** The thread as it stands now; drawing the same again changes nothing. */
  show(thread: ThreadView): void;
  /** Leaves the thread as it was drawn last; the next one begins below. */
  close(): void;
}

const widest = 120;

/** A screen for this stream: redrawn in place on a terminal, else each change printed once as plain lines. */
export function createScreen(stream: NodeJS.WriteStream): Screen {
  return stream.isTTY ? liveScreen(stream) : plainScreen(stream, paintFor(stream));
}

function liveScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const paint = paintFor(stream);
  let last: ThreadView | undefined;
  const width = () => Math.min(stream.columns, widest);
  const show = (thread: ThreadView): void => {
    last = thread;
    update(['', ...drawThread(thread, { width: width(), rows: stream.rows - 3, paint })].join('\n'));
  };
  return {
    paint,
    show,
    say(text) {
      update.persist(wrapAnsi(text, width(), { trim: false }));
      if (last) show(last);
    },
    close() {
      last = undefined;
      update.done();
    },
  };
}

/** Prints what is new since the last time: of the root card its new lines, of the replies the new and the edited. */
export function plainScreen(out: { write(text: string): unknown }, paint: Paint): Screen {
  let known = new Map<string, readonly string[]>();
  const width = widest;
  const fresh = (key: string, lines: readonly string[]): string[] => {
    const before = new Set(known.get(key));
    known.set(key, lines);
    return lines.filter((line) => !before.has(line));
  };
  const print = (lines: readonly string[]): void => {
    for (const line of lines) out.write(`${line}\n`);
  };
  return {
    paint,
    say: (text) => print([text]),
    show({ root, replies }) {
      print(fresh('root', asText(root, paint)).map((line) => `  ┃ ${line}`));
      for (const { key, card } of replies) print(fresh(key, drawReply(card, { width, paint })));
    },
    close() {
      known = new Map();
    },
  };
}

/** Without the links: they never change, and a log is read elsewhere. */
function asText(card: Card, paint: Paint): string[] {
  return drawCard({ ...card, links: [] }, paint);
}
