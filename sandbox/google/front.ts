import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pass } from '../router/proxy.ts';
import { tunnel } from '../router/upgrade.ts';
import { send } from '../service/http.ts';
import { type Revision, type RunState, type Service, shortName } from './run/resource.ts';

/** The way in to the services that run: `/run/[TAG---]SERVICE/…` from anywhere, `/lb/SERVICE/…` by the load balancer. */
export interface Front {
  /** False where a request is none for a service. */
  answers(request: IncomingMessage, response: ServerResponse): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Way {
  service: Service | undefined;
  tag: string | undefined;
  balanced: boolean;
  rest: string;
}

const path = /^\/(run|lb)\/(?:([a-z0-9-]+?)---)?([a-z0-9-]+)(\/[^?]*)?(\?.*)?$/;
const open = ['INGRESS_TRAFFIC_ALL'];
const balancers = [...open, 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER'];

function wayOf(state: RunState, url: string | undefined): Way | undefined {
  const match = path.exec(url ?? '');
  if (match === null) return undefined;
  const [, door, tag, name, below = '/', query = ''] = match;
  const service = Object.values(state.services).find((each) => shortName(each.name) === name);
  return { service, tag, balanced: door === 'lb', rest: `${below}${query}` };
}

/** Spreads requests over the shares evenly: of any hundred in a row each revision gets its percentage. */
function spread(): (service: Service) => string | undefined {
  const counts = new Map<string, number>();
  return (service) => {
    const count = counts.get(service.name) ?? 0;
    counts.set(service.name, count + 1);
    let left = (count * 61) % 100;
    return service.trafficStatuses.find(({ percent = 0 }) => {
      left -= percent;
      return left < 0;
    })?.revision;
  };
}

export function createFront(state: RunState, portOf: (revision: string) => number | undefined): Front {
  const next = spread();
  const revisionOf = ({ service, tag, balanced }: Way): Revision | undefined => {
    if (service === undefined || !(balanced ? balancers : open).includes(service.ingress)) return undefined;
    const tagged = service.trafficStatuses.find((target) => target.tag === tag)?.revision;
    const name = tag === undefined ? next(service) : tagged;
    return state.revisions[`${service.name}/revisions/${name}`];
  };
  return {
    answers(request, response) {
      const way = wayOf(state, request.url);
      if (way === undefined) return false;
      const revision = revisionOf(way);
      const port = revision && portOf(revision.name);
      request.url = way.rest;
      if (revision === undefined) send(response, { status: 404, body: { error: 'Page not found' } });
      else if (port === undefined)
        send(response, { status: 200, body: { revision: shortName(revision.name) } });
      else pass(request, response, { colour: shortName(revision.name), port });
      return true;
    },
    upgrade(request, socket, head) {
      const way = wayOf(state, request.url);
      const revision = way && revisionOf(way);
      const port = revision && portOf(revision.name);
      if (way === undefined || revision === undefined || port === undefined) {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      request.url = way.rest;
      tunnel(request, socket, head, { colour: shortName(revision.name), port });
    },
  };
}
