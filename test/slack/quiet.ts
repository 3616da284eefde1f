import type { Log } from '../../src/adapters/slack/log.ts';

/** A log that nobody reads. */
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A log that keeps its warnings and errors. */
export function keptLog(): Log & { said: { data: object; message: string }[] } {
  const said: { data: object; message: string }[] = [];
  const keep = (data: object, message: string) => {
    said.push({ data, message });
  };
  return { said, debug() {}, info() {}, warn: keep, error: keep };
}
