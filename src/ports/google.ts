import type { LogBuckets, LogEntries, LogMetrics } from './google-logs.ts';

/** A part of a service's traffic. `revision` is null for the latest one, whichever that is. */
export interface TrafficShare {
  revision: string | null;
  /** 0 where the revision is reached by its tag alone. */
  percent: number;
  tag?: string;
}

export const ingressKinds = ['all', 'internal', 'internal-and-cloud-load-balancing', 'none'] as const;
export type Ingress = (typeof ingressKinds)[number];

/** A Cloud Run service as it was read. */
export interface RunService {
  name: string;
  /** The precondition of a change: it holds as long as nobody changed the service. */
  etag: string;
  /** Grows with each change that somebody asked for. */
  generation: number;
  /** Whether what was asked for is in force: not yet, so, or not, and why. */
  state: 'changing' | 'ready' | { failed: string };
  /** What was asked for. */
  wanted: TrafficShare[];
  /** What is in force, by explicit revisions. */
  serving: TrafficShare[];
  ingress: Ingress | undefined;
  image: string;
  latestReady: string;
  latestCreated: string;
  /** Whose change was the last, as `RunChange.mark` gave it. */
  mark: string | undefined;
  url: string | undefined;
  /** Where each tag is reached. */
  tagUrls: Readonly<Record<string, string>>;
}

export interface RunRevision {
  name: string;
  image: string;
  state: 'starting' | 'ready' | { failed: string };
}

/** A change of a service; what is absent stays. */
export interface RunChange {
  etag: string;
  /** Who changes it; it is kept with the service, so that a change whose answer got lost is found again. */
  mark: string;
  traffic?: readonly TrafficShare[];
  ingress?: Ingress;
  /** A new revision: the one that stands, with another image and further variables. */
  revision?: { name: string; image: string; env: Readonly<Record<string, string>> };
}

/** How an operation that Google took up stands. */
export type OperationState = 'running' | 'done' | { failed: string };

/** Cloud Run of one project and region. Every method rejects with `ServiceError`, or the signal's reason. */
export interface CloudRun {
  service(name: string, signal: AbortSignal): Promise<RunService>;
  /** Undefined where there is none of that name. */
  revision(service: string, name: string, signal: AbortSignal): Promise<RunRevision | undefined>;
  /**
   * Asks for a change and answers the operation that brings it about. Tried again where its fate isn't known: the
   * ETag lets it take effect once. `conflict`: the service was changed since, perhaps by a try before.
   */
  update(service: string, change: RunChange, signal: AbortSignal): Promise<string>;
  operation(name: string, signal: AbortSignal): Promise<OperationState>;
}

/** A certificate of a load balancer. */
export interface LoadBalancerCertificate {
  name: string;
  managed: boolean;
  /** Google's word: ACTIVE, PROVISIONING, PROVISIONING_FAILED … */
  status: string;
  /** Google's word for each domain of a managed one: ACTIVE, FAILED_NOT_VISIBLE … */
  domains: Readonly<Record<string, string>>;
  /** ISO 8601. */
  expires: string | undefined;
}

/** A target HTTPS proxy with its certificates, by their short names. */
export interface HttpsProxy {
  name: string;
  certificates: string[];
  /** The precondition of a change. */
  fingerprint: string;
}

/** Certificates and target HTTPS proxies of one project. Every method rejects with `ServiceError`. */
export interface LoadBalancing {
  certificate(name: string, signal: AbortSignal): Promise<LoadBalancerCertificate>;
  proxy(name: string, signal: AbortSignal): Promise<HttpsProxy>;
  /**
   * Gives a proxy other certificates and answers the operation. The request's id, a UUID, lets a repetition take
   * effect once; the fingerprint refuses it (`conflict`) where the proxy was changed since it was read.
   */
  attach(
    proxy: HttpsProxy,
    certificates: readonly string[],
    request: string,
    signal: AbortSignal,
  ): Promise<string>;
  operation(name: string, signal: AbortSignal): Promise<OperationState>;
}

/** An uptime check of an HTTPS address. */
export interface UptimeCheck {
  title: string;
  host: string;
  path: string;
  /** Seconds between two checks. */
  period: number;
}

/** An alert for log entries that a filter matches. */
export interface LogAlert {
  title: string;
  /** In the language of Cloud Logging. */
  filter: string;
  /** Names of notification channels. */
  channels: readonly string[];
  /** What people read in the alert. */
  text: string;
  /** Beside the label by which it is found; alerts carry them. */
  labels: Readonly<Record<string, string>>;
  /** Seconds between two notifications at least. */
  pace: number;
}

/** How a metric is read: its rate in a second, its growth, its mean, or a percentile of a distribution. */
export const measures = ['rate', 'count', 'mean', 'p50', 'p95', 'p99'] as const;
export type Measure = (typeof measures)[number];

/** An alert for a metric that crosses a threshold. */
export interface ThresholdAlert {
  title: string;
  /** In the language of Cloud Monitoring; it names the types of the metric and of the resource. */
  filter: string;
  /** What it is divided by: another filter. */
  ratioTo: string | null;
  measure: Measure;
  /** Labels by which series are kept apart. */
  groupBy: readonly string[];
  /** Seconds over which it is measured. */
  period: number;
  side: 'above' | 'below';
  threshold: number;
  /** Seconds that it has to be beyond the threshold. */
  lasting: number;
  channels: readonly string[];
  text: string;
  labels: Readonly<Record<string, string>>;
}

/** A channel that publishes alerts to a Pub/Sub topic, by its full name. */
export interface AlertChannel {
  topic: string;
}

/** Something of ours that was found again by its label. */
export interface Labelled<Thing> {
  name: string;
  /** Undefined where it was changed into what the bot would not make. */
  thing: Thing | undefined;
}

/** One kind of things that Cloud Monitoring keeps, found again by the label that they were made with. */
export interface LabelledThings<Thing> {
  /** Those with this label, in the order of their names; there should be one at most. */
  find(label: string, signal: AbortSignal): Promise<Labelled<Thing>[]>;
  /** Sent once: `doubtful` where its fate isn't known. Answers the name. */
  create(label: string, thing: Thing, signal: AbortSignal): Promise<string>;
  update(name: string, label: string, thing: Thing, signal: AbortSignal): Promise<void>;
}

/** Cloud Monitoring of one project. Every method rejects with `ServiceError`. */
export interface GoogleMonitoring {
  uptimeChecks: LabelledThings<UptimeCheck>;
  logAlerts: LabelledThings<LogAlert>;
  thresholds: LabelledThings<ThresholdAlert>;
  channels: LabelledThings<AlertChannel>;
}

/** The newest version of a secret that can be used: its name, never its value. */
export interface SecretVersion {
  secret: string;
  version: string;
  createdAt: string;
}

/** Secret Manager of one project, by names. */
export interface SecretVersions {
  /** Undefined where no version is enabled. Rejects with `ServiceError`. */
  newest(secret: string, signal: AbortSignal): Promise<SecretVersion | undefined>;
}

/** Google Cloud, as one connection reaches it. */
export interface GoogleCloud {
  run: CloudRun;
  balancing: LoadBalancing;
  monitoring: GoogleMonitoring;
  logs: LogBuckets;
  entries: LogEntries;
  metrics: LogMetrics;
  secrets: SecretVersions;
}
