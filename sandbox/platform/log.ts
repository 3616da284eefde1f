import type { Json } from '../../src/core/json.ts';

/** Writes one entry of a structured log. */
export type Log = (
  severity: 'INFO' | 'WARNING' | 'ERROR',
  message: string,
  fields?: { [name: string]: Json },
) => void;

/** One JSON object a line on standard output, as Cloud Run takes it; nothing where the log is off. */
export function platformLog(on: boolean): Log {
  if (!on) return () => undefined;
  // Who reads it may be gone first: the process ends with it, and until then there is nobody to tell.
  process.stdout.on('error', () => undefined);
  return (severity, message, fields) => {
    process.stdout.write(`${JSON.stringify({ severity, message, ...fields })}\n`);
  };
}
