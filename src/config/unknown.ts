import { nearest } from '../core/nearest.ts';

/** A variable that begins so is meant for Cutover; other programs' (`AWS_`, `GITHUB_`, …) are let be. */
const ours =
  /^(SLACK|TELEGRAM|REDIS|DATA|PLAYBOOKS?|ENVIRONMENTS|POLICY|SECRETS|CONSOLE|ALERT|ALERTMANAGER|LINODE|SANDBOX|SHUTDOWN)_/;

/** What Kubernetes puts into each container for each service of the namespace. */
const serviceLink = /(_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$/;

/** A fault for each variable with one of our prefixes that we don't know. */
export function unknownVariables(names: readonly string[], known: readonly string[]): string[] {
  const strangers = names.filter(
    (name) => ours.test(name) && !known.includes(name) && !serviceLink.test(name),
  );
  return strangers.sort().map((name) => {
    const meant = nearest(name, known);
    const advice = meant ? `Did you mean ${meant}?` : 'Remove it; .env.example lists what can be set.';
    return `${name} is no setting of Cutover. ${advice}`;
  });
}
