/** Small texts that an adapter keeps between restarts, shared by all processes. Each is forgotten after a while. */
export interface Memory {
  read(key: string): Promise<string | undefined>;
  /** Keeps the value for `time` milliseconds, in place of what stood there. */
  write(key: string, value: string, time: number): Promise<void>;
  /** Reads and forgets in one step: of several who take the same, one gets it. */
  take(key: string): Promise<string | undefined>;
}

/** Something that one process at a time may do. */
export interface Turns {
  /** The right to it for `time` milliseconds, anew with each `extend`; undefined while another process has it. */
  take(name: string, time: number): Promise<Turn | undefined>;
}

export interface Turn {
  /** False when the turn was lost. */
  extend(): Promise<boolean>;
  release(): Promise<void>;
}
