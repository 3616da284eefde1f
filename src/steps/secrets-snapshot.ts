import { z } from 'zod';
import { listed } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { connectionField } from './google/fields.ts';

const input = z.strictObject({
  connection: connectionField,
  secrets: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'the name of a secret'))
    .min(1)
    .max(100)
    .refine((names) => new Set(names).size === names.length, { message: 'a secret stands twice' })
    .describe('Names in Secret Manager; their values are never read'),
});
type Input = z.infer<typeof input>;

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { secrets } = googleOf(context);
  try {
    const names = context.input.secrets;
    const found = await Promise.all(names.map((name) => secrets.newest(name, signal)));
    const missing = names.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) {
      const summary = `No version is enabled of ${listed(missing)}`;
      return {
        status: 'failed',
        summary,
        detail: 'Enable a version in Secret Manager, then retry.',
        retryable: true,
      };
    }
    const versions = found.flatMap((version) => version ?? []);
    const shortly = versions.map(
      ({ secret, version }) => `${secret} ${version.slice(version.lastIndexOf('/') + 1)}`,
    );
    const summary = `Versions in use: ${listed(shortly)}`;
    return { status: 'succeeded', summary, output: { versions: versions.map((one) => ({ ...one })) } };
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

/** Writes down which version of each secret is the newest that can be used, so that it can be gone back to. */
export const secretsSnapshot: StepKind<Input> = {
  uses: 'secrets.snapshot',
  describe: 'Keeps the names of the versions of secrets in Google Secret Manager, and never their values.',
  input,
  effect: 'none',
  async plan({ input: { secrets } }) {
    return { summary: `Keep the version names of ${listed(secrets)}`, diff: [] };
  },
  run,
};
