import { dirname } from 'node:path';
import { localFiles } from '../adapters/artifacts/local-files.ts';
import { artifactStore } from '../adapters/artifacts/stores.ts';
import { drawSvg } from '../adapters/chart/draw.ts';
import { dnsZones } from '../adapters/dns/zones.ts';
import { github } from '../adapters/github/github.ts';
import { googleCloud } from '../adapters/google/cloud.ts';
import { googleToken } from '../adapters/google/token.ts';
import { helmAt } from '../adapters/helm/helm.ts';
import { kubernetes } from '../adapters/kubernetes/cluster.ts';
import { prometheusSource } from '../adapters/prometheus/source.ts';
import { imageRegistry } from '../adapters/registry/images.ts';
import { traceSource } from '../adapters/traces/source.ts';
import { messageFeed } from '../adapters/world/feeds.ts';
import { agentFor, createFetch, fetchAs } from '../adapters/world/fetch.ts';
import { nameResolver } from '../adapters/world/names.ts';
import { processRunner, type Runner } from '../adapters/world/processes.ts';
import { tlsProbe } from '../adapters/world/tls.ts';
import { commandAllowed } from '../core/policy/policy.ts';
import type { Policy } from '../core/policy/schema.ts';
import type { Caller } from '../ports/service.ts';
import type { World } from '../ports/world.ts';
import { version } from './version.ts';

export interface WorldParts {
  env: Readonly<Record<string, string | undefined>>;
  policy(): Policy;
  secret(name: string): Promise<string | undefined>;
  /** Told what Prometheus remarks on an answer that it gave all the same. */
  onWarning?(warning: string): void;
  /** False: a process that only talks to people. It has no way to clusters, whatever stands in its environment. */
  acts?: boolean;
}

const elsewhere = 'only workers have a way to the cluster';

/** A gateway constructs nothing that could act on a cluster. */
const withoutClusters = {
  kubernetes(): never {
    throw new Error(elsewhere);
  },
  helm(): never {
    throw new Error(elsewhere);
  },
};

/** The real world, and the programs that run in it for the bot. */
export interface RealWorld extends World {
  processes: Runner;
}

/** The real world outside. `node` is the one that runs the bot, whatever else is on the PATH. */
export function createWorld({ env, policy, secret, onWarning, acts = true }: WorldParts): RealWorld {
  const userAgent = `cutover/${version}`;
  const fetch = createFetch(userAgent);
  const calling = (caller: Caller | undefined) => {
    return { fetch: fetchAs(fetch, agentFor(userAgent, caller)), env, secret };
  };
  const processes = processRunner({ firstOnPath: dirname(process.execPath) });
  const token = googleToken();
  return {
    fetch,
    processes,
    names: nameResolver(),
    tls: tlsProbe(),
    feeds: messageFeed(userAgent),
    files: localFiles(process.cwd()),
    artifacts: (connection, caller) => artifactStore(connection, calling(caller)),
    prometheus: (connection) =>
      prometheusSource(connection, { fetch, secret, ...(onWarning ? { onWarning } : {}) }),
    zones: (connection, caller) => dnsZones(connection, { ...calling(caller), token }),
    github: (connection, caller) => github(connection, calling(caller)),
    traces: (connection, caller) => traceSource(connection, calling(caller)),
    images: (connection, caller) => imageRegistry(connection, { ...calling(caller), googleToken: token }),
    ...(acts
      ? {
          kubernetes: kubernetes({ env, agent: (caller) => agentFor(userAgent, caller) }),
          helm: (connection) => helmAt(connection, { processes, env }),
        }
      : withoutClusters),
    drawSvg,
    google: (connection, caller) => googleCloud(connection, { ...calling(caller), token }),
    commandAllowed: (argv) => commandAllowed(policy(), argv),
  };
}
