/** A run of a workflow. */
export interface WorkflowRun {
  id: number;
  number: number;
  /** The workflow's `run-name`, where it has one. */
  title: string;
  branch: string | null;
  actor: string | null;
  status: string;
  /** Null until the run is completed. */
  conclusion: string | null;
  /** For people. */
  url: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface WorkflowJob {
  id: number;
  name: string;
  status: string;
  conclusion: string | null;
  url: string | null;
  steps: { name: string; status: string; conclusion: string | null }[];
}

/** The workflows of one repository. Rejects with `ServiceError`, or the signal's reason. */
export interface Workflows {
  /** Starts a run, and answers its id where GitHub tells it. Called twice it starts two. */
  dispatch(
    wanted: { workflow: string; ref: string; inputs: Record<string, string> },
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /** The runs of a workflow that were dispatched since, newest first. */
  runs(workflow: string, since: number, signal: AbortSignal): Promise<WorkflowRun[]>;
  run(id: number, signal: AbortSignal): Promise<{ run: WorkflowRun; jobs: WorkflowJob[] }>;
  /**
   * What a job wrote, at most the last `most` bytes of it; `cut` says how many came before those. Undefined where
   * GitHub keeps none (any more).
   */
  log(job: number, most: number, signal: AbortSignal): Promise<{ text: string; cut: number } | undefined>;
  /** Asks a run to stop; one that has ended is none. */
  cancel(id: number, signal: AbortSignal): Promise<void>;
  /** The account that these calls are made in; undefined where GitHub doesn't say. */
  account(signal: AbortSignal): Promise<string | undefined>;
}

/** A change of one file that people are asked to take. */
export interface Proposal {
  /** The branch that holds the change; the same branch is the same proposal. */
  branch: string;
  base: string;
  path: string;
  title: string;
  body: string;
  change(text: string): string;
}

/** GitHub, as seen from one repository. */
export interface GitHub {
  workflows: Workflows;
  /**
   * Opens a pull request with a change of a file, or brings the one that is open for its branch up to date. Repeated
   * it ends the same. Rejects with `ServiceError`, or the signal's reason.
   */
  propose(proposal: Proposal, signal: AbortSignal): Promise<{ url: string; number: number }>;
}
