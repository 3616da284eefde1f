import { createGoogle, type Google } from '../../sandbox/google/double.ts';
import { faultBoard, type GoogleFaults, googleFaultsSchema } from '../../sandbox/google/faults.ts';
import { logBook } from '../../sandbox/google/logs/book.ts';
import { type GoogleState, type Seed, seeded } from '../../sandbox/google/state.ts';
import type { LedgerEntry } from '../../sandbox/ledger.ts';
import type { Connection } from '../../src/core/rollout/plan.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';

export const project = 'sapphire';
export const region = 'us-central1';
export const token = 'test-token';
export const oldImage = `europe-docker.pkg.dev/sapphire/app/api@sha256:${'1'.repeat(64)}`;
export const badImage = `europe-docker.pkg.dev/sapphire/app/api@sha256:${'3'.repeat(64)}`;
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
  zones: {
    main: {
      dnsName: 'sapphire.test',
      nameServers: ['ns1.sapphire.test'],
      records: [{ name: 'api.sapphire.test', type: 'A', ttl: 300, rrdatas: ['192.0.2.1'] }],
    },
  },
  secrets: { 'aster-key': ['DESTROYED', 'ENABLED', 'ENABLED', 'DISABLED'], 'telegram-token': ['ENABLED'] },
};

export interface GoogleForTest extends Google, TestServer {
  /** The environment's connection to it. */
  connection: Connection;
  /** A notification channel that there is already. */
  madeChannel: string;
  ledger: LedgerEntry[];
  /** Changes of state that were made. */
  effects(): LedgerEntry[];
  /** Faults in force from now on; what is not given is off. */
  disturb(faults: Partial<GoogleFaults>): void;
  /** A line that the first revision of `api` writes to its standard output, now. */
  write(line: string): void;
  /** The clock by which operations come to an end goes on by so many milliseconds. */
  pass(milliseconds: number): void;
  service(name?: string): GoogleState['run']['services'][string];
}

/**
 * The double in this process, its clock in the test's hand. Operations take a second of that clock unless told. Absent
 * with its name given, a token is not looked at.
 */
export async function googleForTest(
  { token: taken }: { token?: string | undefined } = { token },
): Promise<GoogleForTest> {
  let at = Date.parse('2026-11-21T12:00:00Z');
  let value = seeded(seed);
  const madeChannel = `projects/${project}/notificationChannels/1`;
  value.operations.notificationChannels[madeChannel] = {
    name: madeChannel,
    type: 'email',
    labels: { email_address: 'ops@sapphire.test' },
  };
  const ledger: LedgerEntry[] = [];
  const logs = logBook(() => at);
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
    logs,
    ...(taken === undefined ? {} : { token: taken }),
    ledger: { append: (entries) => void ledger.push(...entries) },
    faults: faultBoard(googleFaultsSchema.parse({ operationMs: 1_000 })),
    base: () => url,
  });
  const server = await serve(({ method, path, headers, body }, response) => {
    void google.answer({ method, url: path, headers, body }).then((told) => {
      if (told === 'lost') response.destroy();
      else json(response, told.body, told.status, told.headers);
    });
  });
  url = server.url;
  return {
    ...google,
    ...server,
    madeChannel,
    connection: { kind: 'google', project, region, endpoint: url },
    ledger,
    effects: () => ledger.filter(({ kind }) => kind === 'effect'),
    disturb: (faults) => google.faults.set(googleFaultsSchema.parse({ operationMs: 1_000, ...faults })),
    write(line) {
      const [revision] = Object.values(google.state.run.revisions);
      if (revision === undefined) throw new Error('no revision writes here');
      logs.take(revision, line);
    },
    pass(milliseconds) {
      at += milliseconds;
    },
    service(name = 'api') {
      const found = google.state.run.services[`projects/${project}/locations/${region}/services/${name}`];
      if (found === undefined) throw new Error(`no service ${name}`);
      return found;
    },
  };
}
