import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeAccount } from '../../../../sandbox/aether/account.ts';
import { installBlue, layGround, sides } from '../../../../sandbox/aether/ground.ts';
import { mirrorHosts } from '../../../../sandbox/aether/ingress.ts';
import { startOutside } from '../../../../sandbox/aether/outside.ts';
import { publicCommand, publicImage, publicName } from '../../../../sandbox/aether/pods.ts';
import { demoLabel, inWords, removeDemo } from '../../../../sandbox/aether/removal.ts';
import { startKubelet } from '../../../../sandbox/kubernetes/kubelet.ts';
import { startSandbox } from '../../../../sandbox/start.ts';
import { helmAt } from '../../../adapters/helm/helm.ts';
import { processRunner } from '../../../adapters/world/processes.ts';
import type { KubernetesObject } from '../../../ports/kubernetes.ts';
import { accountIn, auditFolder } from './files.ts';
import type { Inspected } from './inspect.ts';

/** The versions that the demo rolls out. */
export const versions = ['v2.4.0', 'v2.4.1'] as const;

/** Milliseconds in which namespaces have to be gone: real pods get half a minute to end. */
const removalLimit = 150_000;

/** All that the playbook acts on, and how each part is taken away again, in the order in which they were made. */
export interface Place {
  dir: string;
  sandbox: Awaited<ReturnType<typeof startSandbox>>;
  outside: string;
}

/** Takes parts away, the last one first; answers what is left, in words. */
export type Undo = (() => Promise<string | undefined>)[];

/** Stops and removes everything; what fails is said, and the others are taken away all the same. */
export async function undoAll(undo: Undo): Promise<string[]> {
  const left: string[] = [];
  for (const each of undo.splice(0).reverse()) {
    const said = await each().catch((error: unknown) => String(error));
    if (said !== undefined) left.push(said);
  }
  return left;
}

/** Makes the place, part by part; what was made stands in `undo` at any moment, also when a part fails. */
export async function openPlace(
  cluster: Inspected,
  undo: Undo,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-demo-aether-'));
  undo.push(() => removeFolders(dir));
  const sandbox = await startSandbox({ dataDir: join(dir, 'sandbox'), basePort: 0 });
  undo.push(async () => void (await sandbox.stop()));
  await deployGreen(sandbox.urls.supervisor);
  const outside = await startOutside(versions);
  undo.push(async () => void (await outside.stop()));
  signal.throwIfAborted();
  if (cluster.pods === 'played') await playNode(cluster, undo);
  say('Making the namespaces, the bot’s account and its rights, and installing blue by Helm.');
  undo.push(() => removeFrom(cluster, say));
  await layGround(cluster.admin, signal, demoLabel);
  await installBlue(helmFor(cluster), signal, valuesOfBlue(cluster));
  await writeAccount(cluster.config, accountIn(dir));
  const stopMirror = mirrorHosts(cluster.admin, sandbox.urls.router);
  undo.push(async () => void (await stopMirror()));
  return { dir, sandbox, outside: outside.url };
}

/** Removes what a demo left in a cluster; answers what is still there, in words. */
export async function removeFrom(
  { admin, context }: Inspected,
  say: (message: string) => void,
): Promise<string | undefined> {
  say('Removing what was made in the cluster.');
  const left = await removeDemo(admin, AbortSignal.timeout(removalLimit));
  if (left.length === 0) return undefined;
  return `${inWords(left)}: still there ${removalLimit / 1_000} s after the removal; \`kubectl --context ${context} get namespaces\` shows why.`;
}

/** Pods of the playbook's own namespaces run on a node that is none. */
export async function playNode(cluster: Inspected, undo: Undo): Promise<void> {
  const kubelet = await startKubelet(cluster, fateOf, Object.values(sides));
  undo.push(async () => void (await kubelet.stop()));
}

function fateOf({ metadata: { name, ownerReferences = [] } }: KubernetesObject) {
  if (!ownerReferences.some(({ kind }) => kind === 'Job')) return { is: 'ready' } as const;
  return { is: 'ended', code: 0, log: [`${name} is done`] } as const;
}

function helmFor({ connection, env }: Inspected) {
  return helmAt(connection, { processes: processRunner(), env });
}

function valuesOfBlue({ pods }: Inspected): object {
  if (pods === 'played') return {};
  return { image: { repository: publicName, tag: publicImage.tag }, command: publicCommand };
}

async function deployGreen(supervisor: string): Promise<void> {
  const answer = await fetch(`${supervisor}/deployments/green`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: versions[0] }),
  });
  if (!answer.ok) throw new Error(`The sandbox did not deploy green: it answered ${answer.status}.`);
}

async function removeFolders(dir: string): Promise<undefined> {
  const options = { recursive: true, force: true, maxRetries: 3 } as const;
  await Promise.all([rm(dir, options), rm(auditFolder(dir), options)]);
  await rmdir(dirname(auditFolder(dir))).catch(() => undefined);
}
