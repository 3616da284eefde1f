/** A span with which a call enters a service. Times in milliseconds, `at` since the epoch. */
export interface EntrySpan {
  trace: string;
  at: number;
  duration: number;
  error: boolean;
}

/** A store of traces. Reads only. Rejects with `ServiceError`, or the signal's reason. */
export interface TraceSource {
  /** The entry spans of a service that began in this time, of at most `limit` traces. */
  entries(
    service: string,
    time: { from: number; to: number },
    limit: number,
    signal: AbortSignal,
  ): Promise<EntrySpan[]>;
  /** Where a person finds the same; undefined where the connection names no such page. */
  link(service: string, time: { from: number; to: number }): string | undefined;
}
