import { setTimeout as pause } from 'node:timers/promises';
import { services } from './names.ts';

/** What clients saw in a while: nothing where nobody asked. */
export interface Seen {
  requests: number;
  /** The share of requests that failed. */
  errors: number;
  /** Seconds in which 95 % of them were answered. */
  p95: number;
  perSecond: number;
  /** How many services answered well. */
  up: number;
}

/** The clients of a load balancer, and what they noted. */
export interface Clients {
  /** What they saw in the seconds before an instant (milliseconds since the epoch). */
  seen(at: number): Seen | undefined;
  stop(): Promise<void>;
}

interface Note {
  at: number;
  service: string;
  ok: boolean;
  seconds: number;
}

const paths = ['/orders', '/positions', '/prices'];
/** Milliseconds between two requests to each service. */
const beat = 40;
/** Milliseconds that what they saw is summed up over, and that it is kept. */
const span = 4_000;
const kept = 900_000;

/** Asks both services behind a load balancer, steadily, until it is stopped. */
export function startClients(balancer: string): Clients {
  const stopping = new AbortController();
  let notes: Note[] = [];
  const ask = async (service: string, turn: number): Promise<void> => {
    const at = Date.now();
    const answer = await fetch(`${balancer}/${service}${paths[turn % paths.length]}`, {
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(5_000)]),
    }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (stopping.signal.aborted) return;
    notes.push({ at, service, ok: answer?.ok ?? false, seconds: (Date.now() - at) / 1_000 });
  };
  const asking = Object.values(services).map(async (service) => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      await Promise.all([
        ask(service, turn),
        pause(beat, undefined, { signal: stopping.signal }).catch(() => undefined),
      ]);
      if (turn % 1_000 === 0) notes = notes.filter(({ at }) => at > Date.now() - kept);
    }
  });
  return {
    seen: (at) => summed(notes.filter((note) => note.at > at - span && note.at <= at)),
    async stop() {
      stopping.abort();
      await Promise.all(asking);
    },
  };
}

function summed(notes: readonly Note[]): Seen | undefined {
  if (notes.length === 0) return undefined;
  const sorted = notes.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const well = notes.filter(({ ok }) => ok);
  return {
    requests: notes.length,
    errors: 1 - well.length / notes.length,
    p95: sorted[Math.floor((sorted.length - 1) * 0.95)] ?? 0,
    perSecond: notes.length / (span / 1_000),
    up: new Set(well.map(({ service }) => service)).size,
  };
}
