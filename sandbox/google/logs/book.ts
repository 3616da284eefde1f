import { randomUUID } from 'node:crypto';
import type { Json } from '../../../src/core/json.ts';
import { type Revision, shortName } from '../run/resource.ts';

/** The severities of entries, with what they are compared by (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity). */
export const severities = {
  DEFAULT: 0,
  DEBUG: 100,
  INFO: 200,
  NOTICE: 300,
  WARNING: 400,
  ERROR: 500,
  CRITICAL: 600,
  ALERT: 700,
  EMERGENCY: 800,
} as const;

/** A LogEntry with the fields that Cloud Run gives one. */
export type Entry = { [field: string]: Json } & { logName: string; insertId: string; timestamp: string };

/** The newest entries of all logs; older ones are forgotten. */
export interface LogBook {
  readonly entries: readonly Entry[];
  /** A line that a revision wrote to its standard output. */
  take(revision: Revision, line: string): void;
}

const most = 5_000;

/** `now`: milliseconds since the epoch. */
export function logBook(now: () => number): LogBook {
  const entries: Entry[] = [];
  return {
    entries,
    take(revision, line) {
      entries.push(entryOf(revision, line, new Date(now()).toISOString()));
      if (entries.length > most) entries.splice(0, entries.length - most);
    },
  };
}

/**
 * What becomes of a line: one JSON object is a structured entry, whose `severity` moves out of the payload; all else is
 * text (https://cloud.google.com/run/docs/logging).
 */
function entryOf({ name, service }: Revision, line: string, timestamp: string): Entry {
  const [, project = '', , location = ''] = name.split('/');
  const labels = {
    project_id: project,
    location,
    service_name: shortName(service),
    configuration_name: shortName(service),
    revision_name: shortName(name),
  };
  const common = {
    insertId: randomUUID().replaceAll('-', '').slice(0, 20),
    logName: `projects/${project}/logs/run.googleapis.com%2Fstdout`,
    resource: { type: 'cloud_run_revision', labels },
    timestamp,
    receiveTimestamp: timestamp,
  };
  const fields = fieldsOf(line);
  if (fields === undefined) return { ...common, textPayload: line };
  const { severity, ...jsonPayload } = fields;
  return Object.hasOwn(severities, String(severity))
    ? { ...common, severity: String(severity), jsonPayload }
    : { ...common, jsonPayload: fields };
}

function fieldsOf(line: string): { [field: string]: Json } | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
