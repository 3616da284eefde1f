import { z } from 'zod';
import { shown } from '../step/shown.ts';
import { type Finding, type Read, severities } from './results.ts';

const count = z.int().min(0);

const reportSchema = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      severity: z.enum(severities),
      via: z.array(z.union([z.string(), z.object({ title: z.string() })])),
    }),
  ),
  metadata: z.object({
    vulnerabilities: z.record(z.enum([...severities, 'total']), count),
    dependencies: z.object({ total: count }),
  }),
});

const refusalSchema = z.object({
  message: z.string().optional(),
  error: z.object({ code: z.string().optional(), summary: z.string().default('') }),
});

/** Why npm could not audit, where that is what it tells. */
function refusalIn(json: unknown): string | undefined {
  const { data } = refusalSchema.safeParse(json);
  if (data === undefined) return undefined;
  const why = [data.error.summary, data.message, data.error.code].find(
    (each) => each !== undefined && each !== '',
  );
  return `npm could not audit: ${shown(why ?? 'it does not say why', 200)}`;
}

function titleOf(via: readonly (string | { title: string })[]): string {
  const [first] = via;
  if (first === undefined) return '';
  return shown(typeof first === 'string' ? `through ${first}` : first.title, 120);
}

/** What `npm audit --json` prints (version 2, npm 7 and later). Counted are vulnerable packages, as npm does. */
export function readNpmAudit(json: unknown): Read {
  const refused = refusalIn(json);
  if (refused !== undefined) return { unusable: refused };
  const { vulnerabilities, metadata } = reportSchema.parse(json);
  const findings: Finding[] = Object.values(vulnerabilities)
    .map(({ name, severity, via }) => ({ name: shown(name, 80), severity, title: titleOf(via) }))
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
  for (const severity of severities) {
    const told = metadata.vulnerabilities[severity];
    const shows = findings.filter((finding) => finding.severity === severity).length;
    if (told !== shows)
      return { unusable: `it contradicts itself: it says ${told} ${severity} and shows ${shows}` };
  }
  return { results: { of: 'audit', packages: metadata.dependencies.total, unaudited: 0, findings } };
}
