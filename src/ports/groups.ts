/** Who is in a platform's user groups, as last known; kept so that every process and restart knows it. */
export interface KeptGroups {
  /** The accounts (`team/user`) by the group's id. */
  read(): Promise<ReadonlyMap<string, readonly string[]>>;
  write(group: string, accounts: readonly string[]): Promise<void>;
}

/** Asks the platform for the accounts in a group; a group that is no more has none. Rejects when it can't tell. */
export type ReadGroup = (group: string) => Promise<readonly string[]>;
