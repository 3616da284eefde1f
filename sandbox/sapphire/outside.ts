import { createServer } from 'node:http';
import { freePort } from '../google/revisions.ts';
import { listen, send } from '../service/http.ts';
import type { Clients } from './clients.ts';
import { answerQuery } from './metrics.ts';
import { digestOf, repositoryOf, services, versions } from './names.ts';

/** The registry of images, as the OCI distribution API has it, without their content. */
export interface Registry {
  url: string;
  /** Lets a tag point to another digest. */
  move(service: string, version: string, digest: string): void;
  stop(): Promise<void>;
}

const manifest = 'application/vnd.oci.image.manifest.v1+json';
const path = /^\/v2\/(.+)\/manifests\/([^/]+)$/;

/** Serves the images of both services: https://github.com/opencontainers/distribution-spec */
export async function startRegistry(): Promise<Registry> {
  const tags = new Map<string, string>();
  for (const service of Object.values(services)) {
    for (const version of Object.values(versions)) {
      tags.set(`${repositoryOf(service)}:${version}`, digestOf(service, version));
    }
  }
  const { url, stop } = await served((request, response) => {
    const [, repository, tag] = path.exec(request.url ?? '') ?? [];
    const digest = tags.get(`${repository}:${tag}`);
    if (digest === undefined)
      return send(response, { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } });
    response.writeHead(200, { 'content-type': manifest, 'docker-content-digest': digest }).end();
  });
  return {
    url,
    stop,
    move: (service, version, digest) => void tags.set(`${repositoryOf(service)}:${version}`, digest),
  };
}

/** The exchange, which answers the addresses on its allow-list. */
export interface Exchange {
  /** Answers well once the services’ address is on the list. */
  url: string;
  /** Puts the services’ address on the list, or takes it off. */
  letIn(listed: boolean): void;
  stop(): Promise<void>;
}

/** Starts it with the services’ address on its list. */
export async function startExchange(): Promise<Exchange> {
  let isListed = true;
  const { url, stop } = await served((_request, response) => {
    if (isListed) return send(response, { status: 200, body: {} });
    const body = { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' };
    send(response, { status: 403, body });
  });
  return {
    url: `${url}/ping`,
    letIn(listed) {
      isListed = listed;
    },
    stop,
  };
}

/** Answers queries for what the clients of a load balancer saw, as a Prometheus does. */
export function startMetrics(clients: Clients): Promise<{ url: string; stop(): Promise<void> }> {
  return served((request, response) => {
    answerQuery(clients, request, response).catch(() => response.destroy());
  });
}

async function served(
  handle: Parameters<typeof createServer>[1],
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(handle);
  const port = await freePort();
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
