/** Wakes rollouts: a job that carries an id and nothing more. Losing it loses nothing; the sweeper finds the rollout. */
export interface Waker {
  /** `urgent` goes to the workers that are reserved for rollbacks. Never rejects. */
  wake(id: string, options?: { urgent?: boolean }): Promise<void>;
}
