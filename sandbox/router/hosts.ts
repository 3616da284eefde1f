import { z } from 'zod';
import { asColour, type Colour, colourSchema } from '../colour.ts';
import { type Durable, durable, preconditionHolds } from '../service/durable.ts';
import type { Answer, Call, Route } from '../service/http.ts';
import type { Mutate } from '../service/mutation.ts';

const hostsSchema = z.strictObject({ api: colourSchema, app: colourSchema });
const wantedSchema = z.strictObject({ api: z.string(), app: z.string() });

/** Which colour each host goes to. */
export type Hosts = z.infer<typeof hostsSchema>;

/** The hosts as they were left; all at blue at first. */
export function openHosts(file: string): Durable<Hosts> {
  return durable(file, hostsSchema, { api: 'blue', app: 'blue' });
}

export interface HostDeps {
  hosts: Durable<Hosts>;
  deployed(): readonly Colour[];
  mutate: Mutate;
  /** Called after hosts moved. */
  onMove(): void;
}

/** `GET` and `PUT /_router/hosts`. */
export function hostRoutes(deps: HostDeps): Route[] {
  const path = '/_router/hosts';
  return [
    { method: 'GET', path, handle: () => current(deps.hosts) },
    { method: 'PUT', path, handle: deps.mutate(wantedSchema, (wanted, call) => move(deps, wanted, call)) },
  ];
}

function current({ value, etag }: Durable<Hosts>): Answer {
  return { status: 200, body: { ...value }, headers: { etag } };
}

function move(deps: HostDeps, wanted: z.infer<typeof wantedSchema>, call: Call): Answer {
  if (!preconditionHolds(call.headers['if-match'], deps.hosts.etag)) {
    return { status: 412, body: { error: 'the hosts were changed since they were read' } };
  }
  const api = asColour(wanted.api);
  const app = asColour(wanted.app);
  if (api === undefined || app === undefined) {
    const unknown = api === undefined ? wanted.api : wanted.app;
    return { status: 422, body: { error: `unknown colour "${unknown}": blue and green are known` } };
  }
  const missing = [api, app].find((colour) => !deps.deployed().includes(colour));
  if (missing !== undefined) return { status: 409, body: { error: `${missing} is not deployed` } };
  const changed = api !== deps.hosts.value.api || app !== deps.hosts.value.app;
  if (changed) {
    deps.hosts.set({ api, app });
    deps.onMove();
  }
  return { ...current(deps.hosts), changed };
}
