import { z } from 'zod';
import { shown } from '../step/shown.ts';
import type { Finding, Read } from './results.ts';

const reportSchema = z.object({
  dependencies: z.array(
    z.union([
      z.object({ name: z.string(), skip_reason: z.string() }),
      z.object({
        name: z.string(),
        version: z.string(),
        vulns: z.array(
          z.object({
            id: z.string(),
            fix_versions: z.array(z.string()),
            aliases: z.array(z.string()).optional(),
          }),
        ),
      }),
    ]),
  ),
});

type Dependency = z.infer<typeof reportSchema>['dependencies'][number];

function findingsOf(dependency: Dependency): Finding[] {
  if ('skip_reason' in dependency) return [];
  return dependency.vulns.map(({ id, fix_versions: [fix] }) => ({
    name: shown(`${dependency.name} ${dependency.version}`, 80),
    severity: undefined,
    title: shown(fix === undefined ? `${id}, not fixed yet` : `${id}, fixed in ${fix}`, 120),
  }));
}

/** What `pip-audit -f json` prints. It gives no severities, so each vulnerability counts as the gravest. */
export function readPipAudit(json: unknown): Read {
  const { dependencies } = reportSchema.parse(json);
  const unaudited = dependencies.filter((each) => 'skip_reason' in each).length;
  const findings = dependencies.flatMap(findingsOf);
  return { results: { of: 'audit', packages: dependencies.length - unaudited, unaudited, findings } };
}
