/** The types of records that lead clients to a service. */
export const recordTypes = ['A', 'AAAA', 'CNAME'] as const;
export type RecordType = (typeof recordTypes)[number];

/** All records of one name and type. Names are in lower case, without their last dot. */
export interface RecordSet {
  name: string;
  type: RecordType;
  /** Seconds; null: the zone's own default. */
  ttl: number | null;
  /** Empty: there is none. */
  values: string[];
}

export interface Zone {
  apex: string;
  /** Where the service says that the zone is answered; empty: ask for its NS records. */
  nameServers: string[];
  /** Seconds that a record without a TTL of its own may be kept. */
  defaultTtl: number;
}

/** A zone at a DNS service. Rejects with `ServiceError`, or the signal's reason. */
export interface DnsZones {
  zone(signal: AbortSignal): Promise<Zone>;
  read(name: string, type: RecordType, signal: AbortSignal): Promise<RecordSet>;
  /** The TTL that the service keeps when it is asked for this one. */
  keptTtl(seconds: number): number;
  /**
   * Makes each `before` into its `after`, all or none where the service can. What no longer is as in `before` is a
   * `conflict`; `doubtful` also where some of them were made.
   */
  change(changes: readonly { before: RecordSet; after: RecordSet }[], signal: AbortSignal): Promise<void>;
}
