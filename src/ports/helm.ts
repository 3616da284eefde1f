import type { Exit } from './world.ts';

export interface HelmOptions {
  /** What `--values -` reads. */
  stdin?: string;
  /** One line of standard output or error, as it comes. */
  onLine?(line: string): void;
}

/** The Helm program, aimed at one cluster. */
export interface Helm {
  /** Runs it with these arguments, as `ProcessRunner` runs a program; the cluster's own are added. */
  run(args: readonly string[], signal: AbortSignal, options?: HelmOptions): Promise<Exit>;
}
