import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createWebServer, type WebDeps } from '../../src/adapters/web/server.ts';
import type { Sessions } from '../../src/adapters/web/sessions.ts';
import { sha256 } from '../../src/core/json.ts';
import { waitingRollouts } from './rollouts-fixture.ts';

export const people = [
  { person: { id: 'alice', name: 'Alice', roles: ['engineer'] } },
  {
    person: { id: 'bob', name: 'Bob', roles: ['release-manager'] },
    tokenDigest: sha256('bobs-own-token'),
  },
];

/** Sessions in memory, with the same promises as those in Redis. */
export function memorySessions(): Sessions {
  const sessions = new Map<string, string>();
  const failures = new Map<string, number>();
  return {
    lifetime: 3_600,
    async open(digest) {
      const id = String(sessions.size).padStart(43, 's');
      sessions.set(id, digest);
      return id;
    },
    find: async (id) => sessions.get(id),
    close: async (id) => void sessions.delete(id),
    mayTry: async (address) => (failures.get(address) ?? 0) < 3,
    failed: async (address) => void failures.set(address, (failures.get(address) ?? 0) + 1),
  };
}

export type Overrides = Partial<Omit<WebDeps, 'access'>> & { access?: Partial<WebDeps['access']> };

/** A web server on a free port with one waiting rollout, open as in the sandbox unless said otherwise. */
export async function serve(overrides: Overrides = {}) {
  const fixture = waitingRollouts();
  const logged: object[] = [];
  const { access, ...rest } = overrides;
  const server = await createWebServer({
    rollouts: fixture.rollouts,
    log: { error: (details) => logged.push(details) },
    readiness: {},
    registry: new Registry(),
    drawSvg: async (chart) => `<svg xmlns="http://www.w3.org/2000/svg"><text>${chart.title}</text></svg>`,
    ...rest,
    access: {
      sessions: memorySessions(),
      token: undefined,
      sandbox: true,
      loopback: true,
      people: () => people,
      ...access,
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}`, logged, ...fixture };
}
