import { z } from 'zod';
import { sha256 } from '../../core/json.ts';
import { shown } from '../../core/step/shown.ts';
import type { Helm } from '../../ports/helm.ts';
import type { Exit } from '../../ports/world.ts';
import { ingressReader, type ReleaseIngress } from './hosts.ts';

/** Which release is meant, as a playbook says it. */
export const releaseFields = {
  connection: z.string().describe('A connection of the environment, of the kind `kubernetes`'),
  release: z
    .string()
    .max(53)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes')
    .describe('The name of the release'),
  namespace: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
};

const revisionSchema = z.object({
  revision: z.coerce.number(),
  updated: z.string(),
  status: z.string(),
  chart: z.string(),
  app_version: z.string().default(''),
  description: z.string().default(''),
});

/** One entry of a release's history, as Helm tells it. */
export type Revision = z.infer<typeof revisionSchema>;

/** Helm ended with an error; the message is its last line. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
}

/** What Helm printed; throws `HelmError` when it failed. */
export function printed({ code, signal, stdout, stderr }: Exit): string {
  if (code === 0) return stdout;
  throw new HelmError(code === null ? `helm was ended by ${signal}` : lastError(stderr, code));
}

function lastError(stderr: string, code: number): string {
  const at = stderr.lastIndexOf('Error: ');
  const text = at < 0 ? stderr.trim() : stderr.slice(at + 'Error: '.length);
  return text === '' ? `helm ended with exit code ${code}` : shown(text, 400);
}

/** One release in a namespace, as it can be read. */
export interface ReleaseView {
  /** Oldest first; none when there is no such release. */
  history(): Promise<Revision[]>;
  /** The labels that a revision is stored with. */
  labels(revision: number): Promise<Record<string, string>>;
  /** Whether Helm 4 applied a revision on the server, where fields have owners; a Helm 3 never says so. */
  isServerSide(revision: number): Promise<boolean>;
  /** The Ingresses among its objects. Throws `HelmError` also where one can't be read as YAML. */
  ingresses(revision: number): Promise<ReleaseIngress[]>;
  /** The hashes of the values that a revision was given, and of the objects that came of them. */
  digests(revision: number): Promise<Digests>;
}

export interface Digests {
  values: string;
  manifest: string;
}

/** Helm 3 lists some statuses only when they are named, and Helm 4 knows no flag for all. */
const everyStatus = [
  '--deployed',
  '--failed',
  '--pending',
  '--superseded',
  '--uninstalled',
  '--uninstalling',
];
const metadataSchema = z.object({
  labels: z.record(z.string(), z.string()).nullish(),
  applyMethod: z.string().optional(),
});

export function releaseAt(
  helm: Helm,
  { release, namespace }: { release: string; namespace: string },
  signal: AbortSignal,
): ReleaseView {
  const ask = async (...args: string[]) =>
    printed(await helm.run([...args, '--namespace', namespace], signal));
  const isAbsent = async () => {
    const found = await ask('list', ...everyStatus, '--filter', `^${release}$`, '--output', 'json');
    return z.array(z.unknown()).parse(JSON.parse(found)).length === 0;
  };
  const metadata = async (revision: number) =>
    metadataSchema.parse(
      JSON.parse(await ask('get', 'metadata', release, '--revision', String(revision), '--output', 'json')),
    );
  /** Line by line, as both may be long, and may hold secrets. */
  const read = async (what: 'values' | 'manifest', revision: number, onLine: (line: string) => void) => {
    const args = ['get', what, release, '--revision', String(revision), '--namespace', namespace];
    printed(await helm.run(args, signal, { onLine }));
  };
  return {
    async history() {
      const exit = await helm.run(['history', release, '--output', 'json', '--namespace', namespace], signal);
      if (exit.code !== 0 && (await isAbsent())) return [];
      return z.array(revisionSchema).parse(JSON.parse(printed(exit)));
    },
    labels: async (revision) => (await metadata(revision)).labels ?? {},
    isServerSide: async (revision) => (await metadata(revision)).applyMethod === 'ssa',
    async ingresses(revision) {
      const reader = ingressReader();
      await read('manifest', revision, reader.line);
      try {
        return reader.ingresses();
      } catch (cause) {
        throw new HelmError(`The Ingresses of revision ${revision} of ${release} could not be read`, {
          cause,
        });
      }
    },
    async digests(revision) {
      const digestOf = async (what: 'values' | 'manifest') => {
        const lines: string[] = [];
        await read(what, revision, (line) => lines.push(sha256(line)));
        return sha256(lines.join('\n'));
      };
      return { values: await digestOf('values'), manifest: await digestOf('manifest') };
    },
  };
}

/**
 * The revision that is in force: the last one that Helm deployed and nothing has come over. Helm calls it superseded a
 * moment before it records the end of the next one, so where that one is pending, it may be called so already.
 */
export function deployedOf(history: readonly Revision[]): Revision | undefined {
  const isUnderPending = /^pending-(?:upgrade|rollback)$/.test(history.at(-1)?.status ?? '');
  const statuses = isUnderPending ? ['deployed', 'superseded'] : ['deployed'];
  return history.findLast(({ status }) => statuses.includes(status));
}

/** Helm began with the revision and never said how it ended: it is still at it, or it died. */
export function isPending({ status }: Revision): boolean {
  return status.startsWith('pending-') || status === 'uninstalling';
}
