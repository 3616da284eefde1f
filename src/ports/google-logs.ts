/** A log bucket: for how many days it keeps entries, and what people read about it. */
export interface LogBucket {
  days: number;
  description: string;
}

/** Log buckets of one project. Every method rejects with `ServiceError`. */
export interface LogBuckets {
  read(bucket: string, location: string, signal: AbortSignal): Promise<LogBucket>;
  /** Changes what is given, at once; the same twice is the same as once. There is no precondition to send with it. */
  change(bucket: string, location: string, to: Partial<LogBucket>, signal: AbortSignal): Promise<void>;
}

/** A metric that counts the entries of logs which a filter matches. */
export interface LogMetric {
  /** In the language of Cloud Logging. */
  filter: string;
  /** What it is for; it says as well who made it. */
  text: string;
  /** Its labels, each with the expression that reads its value from an entry: `EXTRACT(jsonPayload.status)`. */
  labels: Readonly<Record<string, string>>;
}

/** A metric as it was found. */
export interface KnownLogMetric {
  text: string;
  /** Undefined where it was changed into what the bot would not make. */
  metric: LogMetric | undefined;
}

/** The metrics of one project that are counted from its logs. Every method rejects with `ServiceError`. */
export interface LogMetrics {
  /** Undefined where there is none of that name. */
  find(name: string, signal: AbortSignal): Promise<KnownLogMetric | undefined>;
  /** Makes or changes it. The same twice is the same as once. */
  put(name: string, metric: LogMetric, signal: AbortSignal): Promise<void>;
}

/** An entry of a log, as it was read. */
export interface LogEntry {
  /** ISO 8601. */
  at: string;
  severity: string;
  /** The labels of the resource that wrote it: `service_name`, `revision_name` … */
  resource: Readonly<Record<string, string>>;
  /** A structured entry has fields; any other is a text, or in a form that is not looked into. */
  content: { fields: Readonly<Record<string, unknown>> } | { text: string } | 'other';
}

/** Which entries are asked for. */
export interface LogQuestion {
  /** In the language of Cloud Logging. */
  filter: string;
  /** Entries with fields alone. */
  structured: boolean;
  /** ISO 8601: older ones are left out. */
  since: string;
  /** No more than so many are wanted. */
  most: number;
}

/** The entries of one project's logs. */
export interface LogEntries {
  /** The newest that match, newest first. Rejects with `ServiceError`. */
  newest(question: LogQuestion, signal: AbortSignal): Promise<LogEntry[]>;
}
