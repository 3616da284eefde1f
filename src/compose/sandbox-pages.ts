import { z } from 'zod';
import { limits, rules } from '../../sandbox/alerter/rules.ts';
import { colours } from '../../sandbox/colour.ts';
import type { SandboxPages } from '../adapters/console/sandbox-pages.ts';
import type { Chart } from '../core/rollout/event.ts';

const number = z.number().nullable();
const looksSchema = z.array(
  z.object({
    at: z.number(),
    signals: z.array(z.object({ colour: z.string(), errors: number, p95: number })),
  }),
);
type Looks = z.infer<typeof looksSchema>;

/** Milliseconds that the alerter may take. */
const patience = 2_000;

/** The runbooks of the sandbox's alerts, and what its alerter has seen. */
export function pagesOfSandbox(alerter: string): SandboxPages {
  return {
    runbooks: rules.map(({ name, runbook }) => ({ name, paragraphs: runbook })),
    async chart() {
      const answer = await fetch(`${alerter}/samples`, { signal: AbortSignal.timeout(patience) });
      const looks = looksSchema.parse(await answer.json());
      return looks.length === 0 ? undefined : chartOf(looks);
    },
  };
}

function chartOf(looks: Looks): Chart {
  const panel = (measure: 'errors' | 'p95', unit: string) => ({
    unit,
    limit: limits[measure],
    series: colours.map((colour) => ({
      name: `${colour}, ${measure}`,
      points: looks.flatMap(({ at, signals }): [number, number][] => {
        const value = signals.find((signal) => signal.colour === colour)?.[measure];
        return value === null || value === undefined ? [] : [[at, value]];
      }),
    })),
  });
  return { title: 'Blue and green', ...panel('errors', '%'), panels: [panel('p95', 'ms')] };
}
