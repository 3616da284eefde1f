import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { LoadBalancerCertificate } from '../ports/google.ts';
import { ServiceError } from '../ports/service.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { googleOf } from './google/cloud.ts';
import { connectionField, resourceField } from './google/fields.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const input = z.strictObject({
  connection: connectionField,
  certificate: resourceField.describe('The name of an SSL certificate of the load balancer'),
  ...paceFields,
});
type Input = z.infer<typeof input>;

/**
 * What to do about a domain that Google can't get a certificate for.
 * https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting
 */
const advice: Readonly<Record<string, string>> = {
  FAILED_NOT_VISIBLE:
    'Google does not see the domain at the load balancer. Its A and AAAA records have to point to the load balancer’s addresses and to no others, and the certificate has to be attached to the target proxy of a forwarding rule on port 443. Google tries again by itself; once that is right it can take up to a day, and often less than an hour.',
  FAILED_CAA_CHECKING: 'The CAA records of the domain could not be read: look at its name servers.',
  FAILED_CAA_FORBIDDEN:
    'A CAA record of the domain forbids Google’s authorities: allow pki.goog and letsencrypt.org.',
  FAILED_RATE_LIMITED:
    'The authority takes no more requests for this domain for now. Google tries again by itself.',
};

/** States from which Google doesn't try again: waiting doesn't help. */
const final = new Set(['PROVISIONING_FAILED_PERMANENTLY']);

function domainsInWords({ domains }: LoadBalancerCertificate): string {
  const words = Object.entries(domains).map(([domain, status]) => `${domain} ${status}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function adviceFor({ domains, status }: LoadBalancerCertificate): string | undefined {
  const reasons = [...new Set(Object.values(domains))].flatMap((each) => advice[each] ?? []);
  if (final.has(status)) {
    reasons.unshift(
      'Google does not try again: mend what is wrong, and make a new certificate in place of this one.',
    );
  }
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

function found(certificate: LoadBalancerCertificate, now: number): Finding {
  const { name, managed, status, domains, expires } = certificate;
  const output = { certificate: name, status, domains: { ...domains }, expires: expires ?? null };
  const detail = adviceFor(certificate);
  const expired = expires !== undefined && Date.parse(expires) <= now;
  const saw = expired
    ? `${name} expired on ${expires}`
    : `${name} is ${shown(status)}${managed ? domainsInWords(certificate) : ', and was not made by Google'}`;
  return { met: status === 'ACTIVE' && !expired, saw, output, ...(detail === undefined ? {} : { detail }) };
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { certificate: name } = context.input;
  let given: LoadBalancerCertificate | undefined;
  const look = async (): Promise<Finding> => {
    try {
      given = await googleOf(context).balancing.certificate(name, signal);
      return found(given, context.now());
    } catch (error) {
      if (error instanceof ServiceError) return { met: false, saw: error.message };
      throw error;
    }
  };
  const result = await poll(context, `Certificate ${name}`, look);
  if (result.status !== 'waiting' || given === undefined || !final.has(given.status)) return result;
  const { saw, detail = '' } = found(given, context.now());
  return { status: 'failed', summary: saw, detail, retryable: false };
}

/** Waits until a managed certificate is issued; shows how each of its domains stands, and what to do where it is stuck. */
export const certificateActive: StepKind<Input> = {
  uses: 'certificate.active',
  describe: 'Waits until a certificate of a Google Cloud load balancer is active, domain by domain.',
  input,
  effect: 'none',
  async plan({ input: { certificate } }) {
    return { summary: `Wait until the certificate ${certificate} is active`, diff: [] };
  },
  run,
};
