import { z } from 'zod';
import { listed, shown } from '../../core/step/shown.ts';
import { KubernetesError, type KubernetesReason } from '../../ports/kubernetes.ts';

const statusSchema = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z
    .object({
      causes: z
        .array(
          z.object({
            reason: z.string().default(''),
            message: z.string().default(''),
            field: z.string().default(''),
          }),
        )
        .default([]),
    })
    .optional(),
});
type Status = z.infer<typeof statusSchema>;

/** The server's own words for a refusal, out of whatever it sent. */
function statusOf(text: string): Status {
  try {
    return statusSchema.parse(JSON.parse(text));
  } catch {
    return { reason: '', message: text };
  }
}

/** What other managers own, by who they are; empty when the conflict is about something else. */
function ownersOf({ details }: Status): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const { reason, message, field } of details?.causes ?? []) {
    const manager = /^conflict with "([^"]+)"/.exec(message)?.[1];
    if (reason !== 'FieldManagerConflict' || manager === undefined) continue;
    owners.set(manager, [...(owners.get(manager) ?? []), field]);
  }
  return owners;
}

/** An answer that isn't a success, as an error in our words. `what` was asked for, as in `patch Ingress aether/web`. */
export function refusal(what: string, status: number, text: string): KubernetesError {
  const said = statusOf(text);
  const message = shown(said.message, 600);
  if (status === 403) return new KubernetesError(forbidden(what, said.message), { reason: 'forbidden' });
  if (status === 401) return new KubernetesError(unauthorized(what), { reason: 'unauthorized' });
  if (status === 409) return conflict(what, said);
  const reason = reasonOf(status);
  const words = message === '' ? `the API server answered ${status}` : message;
  return new KubernetesError(`${what}: ${words}`, { reason });
}

function reasonOf(status: number): KubernetesReason {
  if (status === 404) return 'missing';
  if (status === 429) return 'busy';
  return status >= 500 ? 'unknown' : 'invalid';
}

function conflict(what: string, said: Status): KubernetesError {
  const owners = ownersOf(said);
  if (owners.size > 0) {
    const whose = [...owners].map(
      ([manager, fields]) => `${listed(fields.slice(0, 6))} belongs to ${shown(manager, 60)}`,
    );
    const message = `${what}: nothing was changed, since ${whose.join('; ')}`;
    return new KubernetesError(message, { reason: 'owned', owners: [...owners.keys()] });
  }
  if (said.reason === 'AlreadyExists')
    return new KubernetesError(`${what}: it exists already`, { reason: 'exists' });
  return new KubernetesError(`${what}: someone changed it since it was read`, { reason: 'conflict' });
}

function unauthorized(what: string): string {
  return `${what}: the API server doesn't know us (401). The token may have expired: renew the kubeconfig or the ServiceAccount's token, then retry`;
}

/** As RBAC words it: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
const denial =
  /^(?:[\w.]+ (?:"([^"]*)" )?is forbidden: )?User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)"| at the cluster scope)?/;

function forbidden(what: string, said: string): string {
  const found = denial.exec(said);
  if (found === null) return `${what}: ${shown(said, 600)}`;
  const [, name = '', user = '', verb = '', resource = '', group = '', namespace] = found;
  const named = name === '' || verb === 'create' || verb === 'list' || verb === 'watch';
  const rule = {
    apiGroups: [group],
    resources: [resource],
    ...(named ? {} : { resourceNames: [name] }),
    verbs: [verb],
  };
  const where = namespace === undefined ? 'a ClusterRole' : `its Role in ${namespace}`;
  return `${what}: ${account(user)} may not ${verb} ${resource}. To allow it, add to ${where}: ${JSON.stringify(rule)}`;
}

function account(user: string): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(user) ?? [];
  return name === undefined ? `the user ${shown(user, 100)}` : `the ServiceAccount ${name} of ${namespace}`;
}
