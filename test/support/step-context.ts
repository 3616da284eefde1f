import { localFiles } from '../../src/adapters/artifacts/local-files.ts';
import { dnsZones } from '../../src/adapters/dns/zones.ts';
import { github } from '../../src/adapters/github/github.ts';
import { googleCloud } from '../../src/adapters/google/cloud.ts';
import { imageRegistry } from '../../src/adapters/registry/images.ts';
import { traceSource } from '../../src/adapters/traces/source.ts';
import { messageFeed } from '../../src/adapters/world/feeds.ts';
import { agentFor, createFetch, fetchAs } from '../../src/adapters/world/fetch.ts';
import { nameResolver } from '../../src/adapters/world/names.ts';
import { processRunner } from '../../src/adapters/world/processes.ts';
import { tlsProbe } from '../../src/adapters/world/tls.ts';
import type { Json } from '../../src/core/json.ts';
import { redactor } from '../../src/core/redact.ts';
import type { RolloutEvent } from '../../src/core/rollout/event.ts';
import type { Connection } from '../../src/core/rollout/plan.ts';
import type { Answer } from '../../src/core/rollout/state.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import type { Caller } from '../../src/ports/service.ts';
import type { StepContext, StepKind, StepResult } from '../../src/ports/step.ts';
import type { World } from '../../src/ports/world.ts';

/** The real world on this machine. What a test doesn't give (stores, Prometheus) says so when it is used. */
export function worldForTest(parts: Partial<World> = {}): World {
  const fetch = parts.fetch ?? createFetch('cutover-test');
  /** Services are called by the real adapters, past no pause; a connection says where they are. */
  const calling = (caller?: Caller) => ({
    fetch: fetchAs(fetch, agentFor('cutover-test', caller)),
    env: {},
    secret: async (name: string) => `value of ${name}`,
    pause: async () => undefined,
  });
  return {
    fetch,
    processes: processRunner(),
    names: nameResolver(),
    tls: tlsProbe(),
    feeds: messageFeed('cutover-test'),
    files: localFiles(process.cwd()),
    artifacts: () => missing('artifact store'),
    prometheus: () => missing('Prometheus'),
    zones: (connection, caller) =>
      dnsZones(connection, { ...calling(caller), token: async () => 'google-token' }),
    github: (connection, caller) => github(connection, calling(caller)),
    traces: (connection, caller) => traceSource(connection, calling(caller)),
    images: (connection, caller) => imageRegistry(connection, calling(caller)),
    kubernetes: () => missing('cluster'),
    helm: () => missing('Helm'),
    drawSvg: async ({ title }) => `<svg xmlns="http://www.w3.org/2000/svg"><title>${title}</title></svg>`,
    google: (connection, caller) =>
      googleCloud(connection, { ...calling(caller), token: async () => 'test-token' }),
    commandAllowed: () => true,
    ...parts,
  };
}

function missing(what: string): never {
  throw new Error(`this test has no ${what}: give it to worldForTest`);
}

/** What a test wants to be different from an unremarkable first attempt. */
export interface ContextOptions {
  world?: Partial<World>;
  connections?: Record<string, Connection>;
  quorum?: number;
  startedBy?: string;
  digest?: string;
  target?: string | null;
  environment?: string;
  rollout?: string;
  attempt?: number;
  epoch?: number;
  kept?: Json;
  answers?: readonly Answer[];
  captured?: Json;
  capturing?: boolean;
  /** What the plan holds for references already; a test sees here what was pinned. */
  pins?: Record<string, string>;
  journal?: RolloutEvent[];
  /** Rollouts of environments, newest first. */
  earlier?: Record<string, Rollout[]>;
  timezone?: string;
  /** Milliseconds since the epoch; fixed unless the test moves it. */
  now?: () => number;
}

/** A context with what it was told: `tails` its lines, `captures` what was really read to be kept. */
export interface TestContext<Input> extends StepContext<Input> {
  tails: string[];
  captures: Json[];
}

/** An instant that tests count from: 2026-11-21 12:00 UTC. */
export const noon = Date.parse('2026-11-21T12:00:00Z');

/** A step's context around an input as a playbook gives it; parsed by the kind's schema, as the loop does. */
export function contextFor<Input>(
  kind: StepKind<Input>,
  input: unknown,
  options: ContextOptions = {},
): TestContext<Input> {
  const tails: string[] = [];
  const captures: Json[] = [];
  const pins = options.pins ?? {};
  const now = options.now ?? (() => noon);
  let nonces = 0;
  return {
    input: kind.input.parse(input),
    environment: { name: options.environment ?? 'sandbox', connections: options.connections ?? {} },
    world: worldForTest(options.world),
    rollout: {
      id: options.rollout ?? 'test-1',
      playbook: 'test',
      target: options.target ?? 'green',
      startedBy: options.startedBy ?? 'alice',
      digest: options.digest ?? `sha256:${'0'.repeat(64)}`,
      quorum: options.quorum ?? 1,
    },
    step: { id: 'probe', name: 'The step', attempt: options.attempt ?? 1 },
    epoch: options.epoch ?? 1,
    kept: options.kept,
    answers: options.answers ?? [],
    captured: options.captured,
    capturing: options.capturing ?? false,
    tails,
    captures,
    async capture(read) {
      if (options.captured !== undefined) return options.captured;
      if (captures[0] !== undefined) return captures[0];
      const before = await read();
      captures.push(before);
      return before;
    },
    async pin(reference, digest) {
      pins[reference] ??= digest;
      return pins[reference];
    },
    takeBack: (act) => act(worldForTest(options.world), AbortSignal.timeout(4_000)),
    redact: redactor([]),
    tail: (line) => tails.push(line),
    now,
    timezone: options.timezone ?? 'UTC',
    newNonce: () => `nonce-${++nonces}`,
    journal: async () => options.journal ?? [],
    earlier: async (environment = 'sandbox') => options.earlier?.[environment] ?? [],
  };
}

/** Runs a kind once, with a signal that nobody aborts. */
export function runOnce<Input>(
  kind: StepKind<Input>,
  input: unknown,
  options: ContextOptions = {},
): Promise<StepResult> {
  return kind.run(contextFor(kind, input, options), new AbortController().signal);
}

/** A person's answer to a waiting step. */
export function answerOf(
  who: string,
  answer: Answer['answer'],
  more: Partial<Omit<Answer, 'by' | 'answer' | 'at'>> & { at?: number } = {},
): Answer {
  const { at = noon + 1_000, ...rest } = more;
  const name = who.charAt(0).toUpperCase() + who.slice(1);
  return {
    answer,
    by: { kind: 'person', id: who, name, via: 'console' },
    at: new Date(at).toISOString(),
    ...rest,
  };
}
