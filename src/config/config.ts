import type { Milliseconds } from '../core/playbook/duration.ts';
import type { Values } from './variables.ts';

type Given<T> = Exclude<T, undefined>;

/** How this process is to run. Optional parts are absent where they aren't set up. */
export interface Config {
  role: Values['ROLE'];
  logLevel: Values['LOG_LEVEL'];
  shutdownGrace: Milliseconds;
  /** Absent: the embedded Redis. */
  redisUrl?: string;
  dataDir: string;
  files: { playbooks: string; environments: string; policy: string; secrets?: string };
  web: { port: number; host: string; loopback: boolean; publicUrl?: string; consoleToken?: string };
  slack?: { botToken: string; appToken?: string; signingSecret?: string; apiUrl: string };
  telegram?: { botToken: string; apiRoot: string; webhook?: { url: string; secret: string } };
  /** Absent: no alerts are taken. */
  alerts?: { token?: string; push?: { audience: string; account: string } };
  alertmanagerUrl?: string;
  cloud: Cloud;
  sandbox: { on: boolean; port: number; channels: readonly string[] };
  /** The value of every secret that is set, for redaction. */
  secrets: readonly string[];
}

export interface Cloud {
  kubeconfig?: string;
  googleCredentials?: string;
  /** By the name that gcloud uses: `run`, `compute`, … */
  googleEndpoints: Readonly<Record<string, string>>;
  linode: { token?: string; apiUrl: string };
  github: { token?: string; apiUrl: string };
  s3: { endpoint?: string; region: string; key?: { id: string; secret: string; session?: string } };
}

/** Leaves out what is undefined. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Given<T[K]>;
};

export function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
