import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Rule, rules } from './rules.ts';
import type { Signal } from './scrape.ts';

const instant = z.iso.datetime();

export const alertSchema = z.strictObject({
  fingerprint: z.string(),
  labels: z.record(z.string(), z.string()),
  summary: z.string(),
  startsAt: instant,
  endsAt: instant.optional().describe('Absent while it fires'),
});

/** An alert that fires, or has until a moment ago. */
export type Alert = z.infer<typeof alertSchema>;

/** Milliseconds that an alert goes on after its rule last held, so that it does not flap. */
const keepFiring = 2_000;

/** Decides from one look to the next which alerts begin and end. */
export interface Evaluation {
  /** The alerts as they are after a look. Those that ended at an earlier look are not among them. */
  after(firing: readonly Alert[], signals: readonly Signal[], now: number): Alert[];
}

export function createEvaluation(): Evaluation {
  const heldSince = new Map<string, number>();
  const heldAt = new Map<string, number>();
  const begins = ({ rule, signal, fingerprint }: Finding, now: number): Alert[] => {
    const since = heldSince.get(fingerprint) ?? now;
    heldSince.set(fingerprint, since);
    if (now - since < rule.for) return [];
    const startsAt = new Date(now).toISOString();
    return [{ fingerprint, labels: labelsOf(rule, signal), summary: rule.summary(signal), startsAt }];
  };
  const goesOn = (alert: Alert, now: number): Alert => {
    const last = heldAt.get(alert.fingerprint) ?? now;
    heldAt.set(alert.fingerprint, last);
    return now - last < keepFiring ? alert : { ...alert, endsAt: new Date(now).toISOString() };
  };
  return {
    after(firing, signals, now) {
      const findings = findingsOf(signals);
      const found = new Set(findings.map(({ fingerprint }) => fingerprint));
      const known = new Set(firing.map(({ fingerprint }) => fingerprint));
      for (const fingerprint of heldSince.keys()) if (!found.has(fingerprint)) heldSince.delete(fingerprint);
      for (const fingerprint of found) heldAt.set(fingerprint, now);
      const fresh = findings.filter(({ fingerprint }) => !known.has(fingerprint));
      return [
        ...firing.map((alert) => goesOn(alert, now)),
        ...fresh.flatMap((finding) => begins(finding, now)),
      ];
    },
  };
}

interface Finding {
  rule: Rule;
  signal: Signal;
  fingerprint: string;
}

function findingsOf(signals: readonly Signal[]): Finding[] {
  return rules.flatMap((rule) =>
    signals
      .filter((signal) => rule.holds(signal))
      .map((signal) => ({ rule, signal, fingerprint: fingerprintOf(labelsOf(rule, signal)) })),
  );
}

function labelsOf({ name, severity }: Rule, { colour }: Signal): Alert['labels'] {
  return { alertname: name, colour, environment: 'sandbox', severity };
}

/** The same for the same labels. */
function fingerprintOf(labels: Alert['labels']): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(labels).sort()))
    .digest('hex')
    .slice(0, 16);
}
