import { StringDecoder } from 'node:string_decoder';

/** How much of an output is kept where nothing else is asked for: its last characters. */
export const outputLimit = 64 * 1024;
/** Longer lines are handed on as their beginning. */
export const lineLimit = 8 * 1024;

/** Reads an output in bounded memory, whatever a program prints. */
export interface OutputReader {
  push(chunk: Buffer): void;
  /** Hands on what is left of an unfinished line. */
  end(): void;
  tail(): string;
}

export function outputReader(onLine: (line: string) => void, kept = outputLimit): OutputReader {
  const decoder = new StringDecoder('utf8');
  let tail = '';
  let line = '';

  function flush(): void {
    if (line !== '') onLine(line.length < lineLimit ? line : `${line.slice(0, lineLimit)}…`);
    line = '';
  }
  function take(text: string): void {
    tail = (tail + text).slice(-kept);
    const [first = '', ...others] = text.split(/[\r\n]/);
    line = (line + first).slice(0, lineLimit);
    for (const next of others) {
      flush();
      line = next.slice(0, lineLimit);
    }
  }
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      flush();
    },
    tail: () => tail,
  };
}
