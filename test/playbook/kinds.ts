import { z } from 'zod';
import { durationSchema } from '../../src/core/playbook/duration.ts';
import type { KnownKinds } from '../../src/core/playbook/load.ts';

const monitor = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('prometheus'), query: z.string(), cycles: z.int().min(1) }),
  z.strictObject({ provider: z.literal('scrape'), urls: z.array(z.url()).min(1), cycles: z.int().min(1) }),
]);

/** A few step kinds with schemas of every sort, so that the tests do not hang on the real ones. */
export const testKinds: KnownKinds = new Map([
  ['wait', { describe: 'Waits.', input: z.strictObject({ for: durationSchema }) }],
  [
    'http.request',
    {
      describe: 'Sends a request.',
      input: z
        .strictObject({
          method: z.enum(['GET', 'PUT', 'POST', 'DELETE']),
          url: z.url(),
          json: z.json().optional(),
          body: z.string().optional(),
          status: z.array(z.int().min(100).max(599)).optional(),
        })
        .refine(({ json, body }) => json === undefined || body === undefined, {
          message: 'json or body, not both',
        }),
    },
  ],
  [
    'approval',
    { input: z.strictObject({ roles: z.array(z.string()).min(1), quorum: z.int().min(1).optional() }) },
  ],
  ['monitor', { input: monitor }],
  [
    'restore',
    {
      input: z.strictObject({
        to: z.union([z.string().regex(/^v\d+$/), z.strictObject({ revision: z.int() })]),
      }),
    },
  ],
]);

/** A playbook with a bit of everything, that is good. */
export const goodPlaybook = `apiVersion: cutover/v1
name: aether-blue-green
description: Moves traffic
environments: [staging, production]
params:
  version: { type: string, required: true, pattern: "^v\\\\d+\\\\.\\\\d+$" }
  cycles: { type: number, default: 3, values: [1, 3, 5] }
  dry: { type: boolean, default: false }
targets: [blue, green]
phases:
  - name: preflight
    parallel: true
    steps:
      - id: tools
        uses: wait
        with: { for: 1s }
      - id: look
        uses: http.request
        with: { method: GET, url: "\${{ env.api }}/health" }
  - name: switch
    steps:
      - id: freeze-writes
        name: Freeze writes
        uses: http.request
        with: { method: POST, url: "\${{ env.api }}/safe-mode", json: { on: true, by: "\${{ rollout.startedBy }}" } }
        capture: before
        onFailure: rollback
        timeout: 30s
      - id: approve-switch
        uses: approval
        with: { roles: [release-manager], quorum: 2 }
        when: \${{ target == "green" && !params.dry }}
      - id: soak
        uses: monitor
        with: { provider: prometheus, query: 'up{side="\${{ target }}"}', cycles: "\${{ params.cycles }}" }
        retry: { attempts: 2 }
rollback:
  - id: restore-writes
    when: \${{ steps.freeze-writes.started }}
    uses: restore
    with: { to: "\${{ steps.freeze-writes.before }}" }
hypercare:
  window: 24h
  labels: { app: aether }
  watch: { with: { provider: scrape, urls: ["\${{ env.api }}/metrics"], cycles: 1 } }
`;
