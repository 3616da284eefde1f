import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { kubeconfigOf } from '../../../adapters/kubernetes/connection.ts';
import type { Connection } from '../../../core/rollout/plan.ts';
import type { AetherOptions } from './options.ts';

/** The cluster to play in, pinned by the name of its context: another current context later changes nothing. */
export interface Chosen {
  context: string;
  /** The address of its API server. */
  server: string;
  /** The files that say so. */
  files: string;
  connection: Connection;
  env: { KUBECONFIG: string };
  config: KubeConfig;
}

/** What the choice is made by. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** As kind, k3d, minikube, Docker, Rancher, Colima, OrbStack and the test control plane call their contexts. */
const testNames =
  /^(?:(?:kind|k3d|minikube|colima)(?:-.+)?|docker-desktop|rancher-desktop|orbstack|test|envtest)$/;
/** This machine, and private networks (RFC 1918), in which minikube and virtual machines are. */
const near =
  /^(?:localhost|kubernetes\.docker\.internal|\[::1\]|127(?:\.\d+){3}|0\.0\.0\.0|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2})$/;

/** Whether a context is called as tools for tests call theirs, and its server is near. Either alone proves nothing. */
export function looksLikeTest(context: string, server: string): boolean {
  return testNames.test(context) && near.test(URL.parse(server)?.hostname ?? '');
}

const howToGetOne =
  'Make a cluster to play in, for instance `kind create cluster`, or `export KUBECONFIG=$(../shared/kubernetes/cluster up)`.';

/** The cluster that the kubeconfig and the options lead to; or why not, in words. Nothing is asked of it. */
export function chooseCluster(
  { context: wanted, allow }: AetherOptions,
  { env, home }: Surroundings,
): Chosen | { refusal: string } {
  const usual = join(home, '.kube/config');
  const files = env.KUBECONFIG || (existsSync(usual) ? usual : undefined);
  if (files === undefined)
    return { refusal: `KUBECONFIG is not set, and there is no ${usual}. ${howToGetOne}` };
  const read = configOf(files, wanted);
  if ('refusal' in read) return read;
  const { config } = read;
  const context = config.getCurrentContext();
  const server = config.getCurrentCluster()?.server ?? '';
  if (allow !== undefined && allow !== context)
    return {
      refusal: `--allow names the context “${allow}”, and this would play in “${context}”. ${nothing}`,
    };
  if (allow === undefined && !looksLikeTest(context, server))
    return { refusal: notForTests(context, server) };
  const connection = { kind: 'kubernetes', context };
  return { context, server, files, connection, env: { KUBECONFIG: files }, config };
}

const nothing = 'Nothing was touched.';

function configOf(files: string, context: string | undefined): { config: KubeConfig } | { refusal: string } {
  const connection = { kind: 'kubernetes' as const, ...(context === undefined ? {} : { context }) };
  try {
    return { config: kubeconfigOf(connection, { KUBECONFIG: files }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { refusal: `There is no cluster to play in: ${why}. ${howToGetOne}` };
  }
}

function notForTests(context: string, server: string): string {
  return [
    `The context “${context}” (${server}) does not look like a test cluster. ${nothing}`,
    'Choose another with `--context`, or make one with `kind create cluster`.',
    `If it may be played in: \`npm run demo -- aether --context ${context} --allow ${context}\`.`,
  ].join('\n');
}
