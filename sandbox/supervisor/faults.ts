import { z } from 'zod';
import type { Colour } from '../colour.ts';
import { noFaults } from '../platform/faults.ts';
import type { Answer, Call, Route } from '../service/http.ts';
import type { Mutate } from '../service/mutation.ts';
import { forColour } from './deployments.ts';
import type { Fleet } from './fleet.ts';

/** Milliseconds that a platform gets to answer. */
const patience = 2_000;

/** `PUT /faults/:colour`, `POST /faults/:colour/crash` and `DELETE /faults`, passed on to the platforms. */
export function faultRoutes(fleet: Fleet, mutate: Mutate): Route[] {
  const pass = (method: string, path: string) =>
    mutate(z.unknown(), (_, call) =>
      forColour((colour) => passOn(fleet, colour, { method, path, body: call.body }))(call),
    );
  return [
    { method: 'PUT', path: '/faults/:colour', handle: pass('PUT', '/faults') },
    { method: 'POST', path: '/faults/:colour/crash', handle: pass('POST', '/faults/crash') },
    { method: 'DELETE', path: '/faults', handle: mutate(z.unknown(), () => clear(fleet)) },
  ];
}

async function clear(fleet: Fleet): Promise<Answer> {
  const colours = fleet.deployed();
  const quiet = { method: 'PUT', path: '/faults', body: noFaults };
  const answers = await Promise.all(colours.map((colour) => passOn(fleet, colour, quiet)));
  return {
    status: 200,
    body: { cleared: colours.filter((_, index) => answers[index]?.status === 200) },
    changed: true,
  };
}

type Onward = Pick<Call, 'method' | 'path'> & { body: unknown };

async function passOn(fleet: Fleet, colour: Colour, { method, path, body }: Onward): Promise<Answer> {
  const { port, version } = fleet.describe(colour);
  if (version === null) return { status: 409, body: { error: `${colour} is not deployed` } };
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: JSON.stringify(body ?? null),
      signal: AbortSignal.timeout(patience),
    });
    return { status: answer.status, body: z.json().parse(await answer.json()), changed: answer.ok };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { status: 502, body: { error: `${colour} does not answer: ${why}` } };
  }
}
