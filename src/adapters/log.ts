import { type DestinationStream, type Logger, pino } from 'pino';
import { type Redact, redactJson, redactor } from '../core/redact.ts';

export type Log = Logger;

export interface LogOptions {
  level: string;
  /** Known secrets; a `Set` that grows later counts as it stands when a line is written. */
  secrets: Iterable<string>;
  /** Absent: standard output. */
  destination?: DestinationStream;
}

/**
 * The log: one JSON object a line, times in ISO 8601. Whatever is logged, and by whichever child logger, passes
 * the redaction as a whole line before it is written: messages, errors' stacks and causes, addresses, headers.
 */
export function createLog({ level, secrets, destination }: LogOptions): Log {
  const redact = redactor(secrets);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
    hooks: { streamWrite: (line: string) => redactLine(line, redact) },
  };
  return destination ? pino(options, destination) : pino(options);
}

function redactLine(line: string, redact: Redact): string {
  return `${JSON.stringify(redactJson(JSON.parse(line), redact))}\n`;
}
