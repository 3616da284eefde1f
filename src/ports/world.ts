import type { Chart } from '../core/rollout/event.ts';
import type { Connection } from '../core/rollout/plan.ts';
import type { DnsZones } from './dns-zones.ts';
import type { GitHub } from './github.ts';
import type { GoogleCloud } from './google.ts';
import type { Helm } from './helm.ts';
import type { ImageRegistry } from './images.ts';
import type { Cluster } from './kubernetes.ts';
import type { Caller } from './service.ts';
import type { TraceSource } from './traces.ts';

/** A program to run: an argument list, never a shell line. */
export interface Invocation {
  argv: readonly [string, ...string[]];
  cwd?: string;
  /** Added to a minimal environment (PATH, HOME, LANG). */
  env?: Record<string, string>;
  stdin?: string;
  /** How many characters of standard output are kept: its last ones. Absent: 64 KiB. */
  keep?: number;
  /** One line of standard output or error, as it comes. */
  onLine?(line: string): void;
}

export interface Exit {
  code: number | null;
  signal: string | null;
  /** The last 64 KiB of each, of standard output what was asked to be kept. */
  stdout: string;
  stderr: string;
}

/** The program was certainly never started: it isn't there, or may not be executed. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/**
 * Runs programs. When the signal aborts, the whole process group is ended, and the promise rejects once it
 * is gone. Rejects with `NotStarted` when nothing was run.
 */
export interface ProcessRunner {
  run(invocation: Invocation, signal: AbortSignal): Promise<Exit>;
}

export interface NameRecord {
  type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'TXT';
  values: string[];
  /** Of addresses: the longest that an answer may be kept, in seconds. */
  ttl?: number;
}

/** Asks name servers. `server` is `host[:port]`; absent: the system's. */
export interface NameResolver {
  resolve(name: string, type: NameRecord['type'], server?: string, signal?: AbortSignal): Promise<NameRecord>;
}

export interface PeerCertificate {
  subject: string;
  altNames: string[];
  issuer: string;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** Hex, SHA-256. */
  fingerprint: string;
  /** False with the reason when the chain or the name does not hold. */
  trusted: true | { reason: string };
}

/** Reads the certificate that a server shows. */
export interface TlsProbe {
  certificate(
    host: string,
    port: number,
    signal: AbortSignal,
    options?: { servername?: string; ca?: string },
  ): Promise<PeerCertificate>;
}

/** Listens to a WebSocket server. */
export interface MessageFeed {
  /**
   * The messages as text, in order. Ends when the server closes the connection, when the reader stops,
   * or by an error when it can't be opened, a message is over 1 MiB, or the signal aborts.
   */
  messages(
    url: string,
    signal: AbortSignal,
    options?: { headers?: Record<string, string> },
  ): AsyncIterable<string>;
}

/** What was stored, and where a person finds it. */
export interface StoredObject {
  uri: string;
  sha256: string;
  bytes: number;
}

/** Keeps artefacts: a folder, an S3-compatible bucket, or a Google Cloud Storage bucket. Storing the same bytes again is harmless. */
export interface ArtifactStore {
  put(key: string, body: Uint8Array, contentType: string, signal: AbortSignal): Promise<StoredObject>;
  /** What this store holds under the `uri` that `put` gave, at most `most` bytes; undefined where it is not there. */
  get(uri: string, most: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** A local file that can't be used; the message says which and why. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
}

/**
 * Files below the folder that the bot runs in. Paths are relative; one that leads out of the folder, also by a
 * symbolic link, is refused. Throws `LocalFileError`, or the signal's reason when that aborts.
 */
export interface LocalFiles {
  /** A whole file of at most `most` bytes. */
  read(path: string, most: number, signal: AbortSignal): Promise<Uint8Array>;
  /** When it was last written, in milliseconds since the epoch with a fraction; undefined where there is none. */
  writtenAt(path: string): Promise<number | undefined>;
  /** Replaces a file by what `change` makes of its text ('' when it is missing), whole or not at all. */
  rewrite(path: string, change: (text: string) => string): Promise<void>;
}

/** One series of numbers: milliseconds since the epoch, value. */
export interface Samples {
  labels: Record<string, string>;
  points: [number, number][];
}

/** Asks a Prometheus server. */
export interface PrometheusSource {
  /** The series of an expression over a span of time; times in milliseconds. */
  range(query: string, from: number, to: number, step: number, signal: AbortSignal): Promise<Samples[]>;
  /** The value now. */
  instant(query: string, at: number, signal: AbortSignal): Promise<Samples[]>;
}

/** The world outside, as step kinds see it. One object is made at the composition root. */
export interface World {
  /** `fetch` with the bot's user agent and the rollout's headers. */
  fetch: typeof globalThis.fetch;
  processes: ProcessRunner;
  names: NameResolver;
  tls: TlsProbe;
  feeds: MessageFeed;
  files: LocalFiles;
  artifacts(connection: Connection, caller?: Caller): ArtifactStore;
  prometheus(connection: Connection): PrometheusSource;
  zones(connection: Connection, caller?: Caller): DnsZones;
  traces(connection: Connection, caller?: Caller): TraceSource;
  github(connection: Connection, caller?: Caller): GitHub;
  images(connection: Connection, caller?: Caller): ImageRegistry;
  kubernetes(connection: Connection, caller?: Caller): Cluster;
  helm(connection: Connection): Helm;
  /** A chart as SVG, for what is stored. */
  drawSvg(chart: Chart): Promise<string>;
  google(connection: Connection, caller?: Caller): GoogleCloud;
  /** Whether the policy allows this program with these arguments. */
  commandAllowed(argv: readonly string[]): boolean;
}
