import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createGoogle, type Google } from '../../sandbox/google/double.ts';
import { faultBoard, type GoogleFaults, googleFaultsSchema } from '../../sandbox/google/faults.ts';
import { serveGoogle } from '../../sandbox/google/server.ts';
import { type GoogleState, type Seed, seeded } from '../../sandbox/google/state.ts';
import type { LedgerEntry } from '../../sandbox/ledger.ts';

export const project = 'sapphire';
export const region = 'us-central1';
export const token = 'test-token';
export const oldImage = `europe-docker.pkg.dev/sapphire/app/api@sha256:${'1'.repeat(64)}`;
export const newImage = `europe-docker.pkg.dev/sapphire/app/api@sha256:${'2'.repeat(64)}`;

export const seed: Seed = {
  project,
  region,
  services: { api: { image: oldImage, env: { LEVEL: 'info' } } },
  certificates: {
    'aster-cert': { 'trader.sapphire.test': 'ACTIVE' },
    'sapphire-cert': { 'trader.sapphire.test': 'PROVISIONING', 'api.sapphire.test': 'PROVISIONING' },
  },
  proxies: { front: ['aster-cert'] },
};

export interface GoogleForTest extends Google {
  url: string;
  ledger: LedgerEntry[];
  /** Changes of state that were made. */
  effects(): LedgerEntry[];
  /** Faults in force from now on; what is not given is off. */
  disturb(faults: Partial<GoogleFaults>): void;
  /** The clock by which operations come to an end goes on by so many milliseconds. */
  pass(milliseconds: number): void;
  service(name?: string): GoogleState['run']['services'][string];
  stop(): Promise<void>;
}

/** The double in this process, its clock in the test's hand. Operations take a second of that clock unless told. */
export async function googleForTest(given: Partial<Seed> = {}): Promise<GoogleForTest> {
  let at = Date.parse('2026-11-21T12:00:00Z');
  let value = seeded({ ...seed, ...given });
  const ledger: LedgerEntry[] = [];
  let url = '';
  const google = createGoogle({
    state: {
      get value() {
        return value;
      },
      etag: '',
      set(next) {
        value = structuredClone(next);
      },
    },
    now: () => at,
    token,
    ledger: { append: (entries) => void ledger.push(...entries) },
    faults: faultBoard(googleFaultsSchema.parse({ operationMs: 1_000 })),
    base: () => url,
  });
  const server = serveGoogle(google);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...google,
    url,
    ledger,
    effects: () => ledger.filter(({ kind }) => kind === 'effect'),
    disturb: (faults) => google.faults.set(googleFaultsSchema.parse({ operationMs: 1_000, ...faults })),
    pass(milliseconds) {
      at += milliseconds;
    },
    service(name = 'api') {
      const found = google.state.run.services[`projects/${project}/locations/${region}/services/${name}`];
      if (found === undefined) throw new Error(`no service ${name}`);
      return found;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
