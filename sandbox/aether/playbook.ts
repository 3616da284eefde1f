import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Pods, publicCommand, publicImage, publicJob } from './pods.ts';

const file = join(import.meta.dirname, '../../playbooks/aether-blue-green.yaml');

const phasesSchema = z.array(
  z.object({ steps: z.array(z.object({ id: z.string(), uses: z.string(), with: z.looseObject({}) })) }),
);

/** The platforms' own metrics pages, read by the bot itself: no Prometheus is needed. */
const scraped = {
  provider: 'scrape',
  urls: ['${{ env.metrics[target] }}'],
  interval: '${{ env.scalingCycle }}',
  failureLimit: 2,
  series: {
    errors: {
      ratio: { of: 'http_requests_total', where: { status: '^5' } },
      scale: 100,
      unit: '%',
      limit: 1,
    },
    p95: { quantile: 0.95, of: 'http_request_duration_seconds', scale: 1_000, unit: 'ms', limit: 250 },
  },
  enough: 'samples >= 10',
  success: 'errors < 1.0 && p95 < 250.0',
};

/** Aether's playbook as a demo plays it: soaks read metrics pages, hypercare takes seconds. */
export async function demoPlaybook(pods: Pods): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  change(document, 'soak', { ...scraped, title: 'The new side after the switch', cycles: 2, expires: '1h' });
  document.setIn(['hypercare', 'window'], '10s');
  document.setIn(['hypercare', 'watch', 'with'], { ...scraped, title: 'Hypercare', cycles: 2 });
  if (pods === 'real') withPublicImage(document);
  return String(document);
}

function steps(document: Document) {
  const phases = phasesSchema.parse(document.toJS().phases);
  return phases.flatMap((phase, at) =>
    phase.steps.map((step, index) => ({ ...step, path: ['phases', at, 'steps', index, 'with'] })),
  );
}

function change(document: Document, id: string, input: object): void {
  const step = steps(document).find((each) => each.id === id);
  if (step === undefined) throw new Error(`Aether’s playbook has no step ${id} any more.`);
  document.setIn(step.path, input);
}

function withPublicImage(document: Document): void {
  for (const { uses, path, with: input } of steps(document)) {
    if (uses === 'image.exists') document.setIn([...path, 'tag'], publicImage.tag);
    if (uses === 'kubernetes.job') document.setIn([...path, 'command'], publicJob(input));
    if (uses === 'helm.upgrade') document.setIn([...path, 'values', 'command'], publicCommand);
  }
}
