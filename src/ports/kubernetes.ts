import type { Json } from '../core/json.ts';

/** What every object of an API server says about itself, as far as we read it. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  /** ISO 8601. */
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
  [field: string]: unknown;
}

/** An object as the API server gave it: JSON, with nothing dropped and nothing converted. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A kind of objects, in a namespace; without one: of the whole cluster, or of a kind that knows no namespaces. */
export interface Resource {
  apiVersion: string;
  kind: string;
  namespace?: string;
}

export interface ObjectRef extends Resource {
  name: string;
}

export interface Selection extends Resource {
  /** As `kubectl --selector` takes it. */
  labels?: string;
  /** As `kubectl --field-selector` takes it. */
  fields?: string;
}

/** What a watch tells: first all that there is, then each change; all anew where the server lost the thread (410). */
export type WatchEvent =
  | { type: 'listed'; objects: KubernetesObject[] }
  | { type: 'changed'; object: KubernetesObject }
  | { type: 'removed'; object: KubernetesObject };

/** What has to be true of the object when it is removed, else nothing is (409). */
export interface Removal {
  uid?: string;
  resourceVersion?: string;
  /** `Foreground`: the object stands until all that it owns is gone. */
  propagation?: 'Foreground' | 'Background' | 'Orphan';
}

/**
 * One API server, as one ServiceAccount or user. Reads are repeated patiently; a write is sent once, and again only
 * where the server surely didn't take it up (429, or 401 after the credentials were read anew). Everything throws
 * `KubernetesError`, or the signal's reason when that aborts; a read never one that is `unknown`. Writes carry the
 * field manager `cutover`.
 */
export interface Cluster {
  /** Undefined: there is none. */
  read(ref: ObjectRef, signal: AbortSignal): Promise<KubernetesObject | undefined>;
  /** What an object says about itself: the rest of it (a Secret's values) never leaves the server. */
  describe(ref: ObjectRef, signal: AbortSignal): Promise<ObjectMeta | undefined>;
  list(selection: Selection, signal: AbortSignal): Promise<KubernetesObject[]>;
  /** Goes on through lost connections and 410 until the reader stops or the signal aborts. */
  watch(selection: Selection, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** The last lines of a pod's output. */
  logs(
    pod: { namespace: string; name: string; container?: string; previous?: boolean },
    lines: number,
    signal: AbortSignal,
  ): Promise<string[]>;
  /** A pod's output as it comes, line by line, until its container ends. */
  follow(
    pod: { namespace: string; name: string; container?: string },
    signal: AbortSignal,
  ): AsyncIterable<string>;

  /** Throws `exists` where the name is taken. */
  create(object: KubernetesObject, signal: AbortSignal): Promise<KubernetesObject>;
  /**
   * Server-side apply: what stands in `object` is made so, and belongs to `cutover` from then on. Fields of other
   * managers are never taken (`owned`); those that an earlier write of `cutover` set are. With a `resourceVersion`
   * in its metadata it throws `conflict` when the object is no longer that one. What an earlier apply set and this one
   * leaves out is taken away; `part` keeps applies to one object apart: its fields belong to `cutover-<part>`.
   */
  apply(object: KubernetesObject, signal: AbortSignal, part?: string): Promise<KubernetesObject>;
  /** A JSON merge patch (RFC 7396); with a `resourceVersion` in its metadata it throws `conflict` as above. */
  patch(ref: ObjectRef, change: { [field: string]: Json }, signal: AbortSignal): Promise<KubernetesObject>;
  /** Removed already is no error. */
  remove(ref: ObjectRef, removal: Removal, signal: AbortSignal): Promise<void>;
}

/**
 * Why the API server didn't do it.
 * - `conflict`: the object is no longer what was read (409); `exists`: the name is taken (409);
 *   `owned`: the field belongs to another manager (409);
 * - `forbidden` (403), `unauthorized` (401), `missing` (404), `invalid` (400, 413, 415, 422): asking again changes nothing;
 * - `busy`: not taken up, later perhaps (429); `unavailable`: it certainly never got there;
 * - `unknown`: sent, and nobody knows whether it took effect (no answer, 5xx).
 */
export type KubernetesReason =
  | 'conflict'
  | 'exists'
  | 'owned'
  | 'forbidden'
  | 'unauthorized'
  | 'missing'
  | 'invalid'
  | 'busy'
  | 'unavailable'
  | 'unknown';

/** A refusal or a failure of the API server, in words for people. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly reason: KubernetesReason;
  /** The managers that the fields belong to, where they are `owned`. */
  readonly owners: readonly string[];
  constructor(
    message: string,
    options: ErrorOptions & { reason: KubernetesReason; owners?: readonly string[] },
  ) {
    super(message, options);
    this.reason = options.reason;
    this.owners = options.owners ?? [];
  }
}
