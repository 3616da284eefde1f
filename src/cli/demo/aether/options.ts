/** What a person may say on the command line. */
export interface AetherOptions {
  /** A context of the kubeconfig; absent: the current one. */
  context?: string;
  /** A context that may be played in although it doesn't look like a test cluster. */
  allow?: string;
  clean?: boolean;
}
