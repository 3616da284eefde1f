import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import { asColour, type Colour, colours } from '../colour.ts';
import type { Answer, Call, Handler, Route } from '../service/http.ts';
import type { Mutate } from '../service/mutation.ts';
import type { Fleet } from './fleet.ts';

const wantedSchema = z.strictObject({
  version: z.string().regex(/^[A-Za-z0-9._+-]{1,60}$/, 'a version such as v2.4.0'),
});

export interface DeploymentDeps {
  fleet: Fleet;
  mutate: Mutate;
  /** The colours that get traffic now. */
  live(): Promise<readonly string[]>;
}

/** `GET /deployments`, and `GET`, `PUT`, `DELETE /deployments/:colour`. */
export function deploymentRoutes({ fleet, mutate, live }: DeploymentDeps): Route[] {
  const path = '/deployments/:colour';
  const read = forColour((colour) => ({ status: 200, body: { ...fleet.describe(colour) } }));
  const put = mutate(wantedSchema, ({ version }, call) =>
    forColour((colour) => deploy(fleet, colour, version))(call),
  );
  const remove = mutate(z.unknown(), (_, call) =>
    forColour((colour) => removeIdle(fleet, colour, live))(call),
  );
  return [
    { method: 'GET', path: '/deployments', handle: () => ({ status: 200, body: all(fleet) }) },
    { method: 'GET', path, handle: read },
    { method: 'PUT', path, handle: put },
    { method: 'DELETE', path, handle: remove },
  ];
}

/** A handler of a path with a colour in it; 404 for a colour that there is not. */
export function forColour(handle: (colour: Colour, call: Call) => Answer | Promise<Answer>): Handler {
  return (call) => {
    const colour = asColour(call.params.colour);
    if (colour !== undefined) return handle(colour, call);
    return { status: 404, body: { error: `no colour "${call.params.colour}": blue and green are known` } };
  };
}

function all(fleet: Fleet): Json {
  const described = colours.map((colour) => [colour, fleet.describe(colour)] as const);
  return Object.fromEntries(
    described.map(([colour, deployment]) => [colour, deployment.version === null ? null : { ...deployment }]),
  );
}

function deploy(fleet: Fleet, colour: Colour, version: string): Answer {
  const changed = fleet.deploy(colour, version);
  return { status: changed ? 202 : 200, body: { ...fleet.describe(colour) }, changed };
}

async function removeIdle(fleet: Fleet, colour: Colour, live: DeploymentDeps['live']): Promise<Answer> {
  if ((await live()).includes(colour)) {
    return { status: 409, body: { error: `the router sends traffic to ${colour}: move the hosts first` } };
  }
  return { status: 200, body: { colour, version: null }, changed: fleet.remove(colour) };
}
