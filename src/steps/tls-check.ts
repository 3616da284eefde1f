import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import type { PeerCertificate } from '../ports/world.ts';

const day = 86_400_000;
const handshakeTimeout = 10_000;

const input = z.strictObject({
  host: z.string().min(1).describe('A name or an address'),
  port: z.int().min(1).max(65_535).default(443),
  minDays: z.number().min(0).default(14).describe('The certificate has to hold for at least so many days'),
  names: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Names that the certificate has to carry; with an address as host, the first is asked for'),
  ca: z.string().optional().describe('Another authority to trust, as PEM'),
});
type Input = z.infer<typeof input>;

/** Whether a certificate carries a name; a wildcard stands for one label (RFC 6125, 6.4.3). */
function carries({ altNames }: PeerCertificate, name: string): boolean {
  const wanted = name.toLowerCase();
  const [, ...parent] = wanted.split('.');
  return altNames.some((entry) => {
    const known = entry.toLowerCase();
    return known === wanted || (parent.length > 1 && known === `*.${parent.join('.')}`);
  });
}

function faults(certificate: PeerCertificate, given: Input, now: number): string[] {
  const days = (Date.parse(certificate.validTo) - now) / day;
  const missing = (given.names ?? []).filter((name) => !carries(certificate, name));
  return [
    ...(certificate.trusted === true ? [] : [`it is not trusted: ${shown(certificate.trusted.reason)}`]),
    ...(Date.parse(certificate.validFrom) > now ? [`it holds only from ${certificate.validFrom}`] : []),
    ...(days < 0 ? [`it expired on ${certificate.validTo.slice(0, 10)}`] : []),
    ...(days >= 0 && days < given.minDays
      ? [`it expires in ${days.toFixed(1)} days, and ${given.minDays} are needed`]
      : []),
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
  ];
}

function judged({ input: given, now }: StepContext<Input>, certificate: PeerCertificate): StepResult {
  const { subject, altNames, issuer, validFrom, validTo, fingerprint } = certificate;
  const output = { subject, altNames: altNames.slice(0, 100), issuer, validFrom, validTo, fingerprint };
  const wrong = faults(certificate, given, now());
  const where = `${given.host}:${given.port}`;
  if (wrong.length > 0) {
    const detail = `Issued by ${shown(issuer)} for ${shown(altNames.join(', ') || subject, 300)}.`;
    const summary = `The certificate of ${where} is wrong: ${wrong.join('; ')}`;
    return { status: 'failed', summary, detail, output, retryable: true };
  }
  const days = Math.floor((Date.parse(validTo) - now()) / day);
  return { status: 'succeeded', summary: `The certificate of ${where} holds for ${days} days`, output };
}

/** Looks at the certificate that a server shows: trusted, for the right names, and valid for long enough. */
export const tlsCheck: StepKind<Input> = {
  uses: 'tls.check',
  describe: 'Checks that a server shows a trusted certificate for its names that holds for long enough.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const summary = `Check the certificate of ${given.host}:${given.port ?? 443}: ${given.minDays ?? 14} days at least`;
    return { summary, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { host, port, names, ca } = context.input;
    const servername = /^[\d.]+$|:/.test(host) ? names?.[0] : undefined;
    const options = {
      ...(servername === undefined ? {} : { servername }),
      ...(ca === undefined ? {} : { ca }),
    };
    const limited = AbortSignal.any([signal, AbortSignal.timeout(handshakeTimeout)]);
    try {
      return judged(context, await context.world.tls.certificate(host, port, limited, options));
    } catch (error) {
      signal.throwIfAborted();
      const why = limited.aborted
        ? `${host}:${port} did not answer in 10 s`
        : String((error as Error).message);
      return { status: 'failed', summary: shown(why), retryable: true };
    }
  },
};
