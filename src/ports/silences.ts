import type { SilenceMatcher } from '../core/alerts/facts.ts';

/** A silence that is to be made. Times are ISO 8601. */
export interface NewSilence {
  matchers: readonly SilenceMatcher[];
  from: string;
  until: string;
  /** The person who asked for it. */
  by: string;
  /** For people; it also holds the operation. */
  comment: string;
}

/** A silence as it stands at its source. */
export interface KeptSilence {
  id: string;
  /** ISO 8601. */
  until: string;
  /** Its time is over, or somebody removed it. */
  ended: boolean;
}

/** Where silences are made: an Alertmanager. Everything rejects with `SilenceError`, or the signal's reason. */
export interface Silences {
  /** Makes a silence; answers its id. Made twice it is there twice: look it up by its operation first. */
  create(silence: NewSilence, signal: AbortSignal): Promise<string>;
  /** The silences with these matchers whose comment holds the operation, by their ids. */
  find(operation: string, matchers: readonly SilenceMatcher[], signal: AbortSignal): Promise<KeptSilence[]>;
  /** It holds no more when this resolves; one that is over or unknown is none. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}

/** Where alerts come from can be asked, too. Rejects with `SilenceError`, or the signal's reason. */
export interface AlertSourceLook {
  /** The fingerprints of all alerts with these labels that fire there now, silenced ones too. */
  firing(matchers: readonly SilenceMatcher[], signal: AbortSignal): Promise<string[]>;
}

/** Why a silence could not be made, found or removed; the message is for people. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  /** `refused` and `unreadable`: the same again changes nothing. */
  readonly reason: 'refused' | 'unavailable' | 'unreadable';
  constructor(reason: SilenceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
