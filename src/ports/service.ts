/** For whom a service is called; it stands in the user agent of each request. */
export interface Caller {
  rollout: string;
  step: string;
  epoch: number;
}

/**
 * Why a service did not do what it was asked, classified once; the message is for people.
 *
 * - `refused`: our right or what we asked is wrong; the same again changes nothing.
 * - `missing`: what was asked for is not there.
 * - `conflict`: it is no longer as it was read; nothing was changed. Read it again and decide again.
 * - `unavailable`: not done; later it may be.
 * - `doubtful`: a change that may have been made. Read back before anything else.
 * - `unreadable`: it answered in an unknown form.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly reason: 'refused' | 'missing' | 'conflict' | 'unavailable' | 'doubtful' | 'unreadable';
  constructor(reason: ServiceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
