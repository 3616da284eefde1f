import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { suggestion } from '../../core/nearest.ts';
import { listed } from '../../core/step/shown.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';
import type { Fields } from './fields.ts';

/** The fields of an Ingress that say where a host's traffic goes; both are lists that are changed whole. */
export const ingressPaths = ['spec.rules', 'spec.tls'] as const;

const serviceSchema = z.looseObject({
  name: z.string(),
  port: z.looseObject({ name: z.string().optional(), number: z.number().optional() }).optional(),
});
const pathSchema = z.looseObject({
  backend: z.looseObject({ service: serviceSchema.optional() }),
});
const ruleSchema = z.looseObject({
  host: z.string().optional(),
  http: z.looseObject({ paths: z.array(pathSchema) }).optional(),
});
const tlsSchema = z.looseObject({ hosts: z.array(z.string()).optional(), secretName: z.string().optional() });
const rulesSchema = z.array(ruleSchema).nullable();

type Rule = z.infer<typeof ruleSchema>;
type Tls = z.infer<typeof tlsSchema>;

/** An Ingress can't be changed as it was asked for; the message says why. */
export class NotPossible extends Error {
  override readonly name = 'NotPossible';
}

function rulesOf(fields: Fields): Rule[] {
  return rulesSchema.parse(fields['spec.rules'] ?? null) ?? [];
}

function tlsOf(fields: Fields): Tls[] {
  return (
    z
      .array(tlsSchema)
      .nullable()
      .parse(fields['spec.tls'] ?? null) ?? []
  );
}

function fieldsWith(rules: readonly Rule[], tls: readonly Tls[]): Fields {
  const some = (list: readonly unknown[]) => (list.length === 0 ? null : (list as Json));
  return { 'spec.rules': some(rules), 'spec.tls': some(tls) };
}

export interface Backend {
  service: string;
  port?: number | string | undefined;
}

/** The rules of these hosts lead to another Service; each of the hosts has to have one. */
export function withBackend(
  fields: Fields,
  hosts: readonly string[],
  backend: Backend,
  called: string,
): Fields {
  const rules = rulesOf(fields);
  for (const host of hosts) ruleOf(rules, host, called);
  const changed = rules.map((rule) =>
    hosts.includes(rule.host ?? '') && rule.http !== undefined
      ? { ...rule, http: { ...rule.http, paths: rule.http.paths.map((path) => leadingTo(path, backend)) } }
      : rule,
  );
  return fieldsWith(changed, tlsOf(fields));
}

function leadingTo(path: z.infer<typeof pathSchema>, { service, port }: Backend) {
  const kept = path.backend.service?.port;
  const given = typeof port === 'number' ? { number: port } : { name: port ?? '' };
  return { ...path, backend: { service: { name: service, port: port === undefined ? kept : given } } };
}

export interface HostMove {
  hosts: readonly string[];
  /** A host that the new side serves already, whose paths a moved host gets; absent: its own paths. */
  like: Readonly<Record<string, string>>;
  /** The certificate of the moved hosts at the new side; absent: of the same name as before. */
  tlsSecret?: string | undefined;
}

interface Side {
  fields: Fields;
  called: string;
}

/**
 * Where an Ingress would be left without any rule, which no API server takes, one stays under this name: nobody can
 * ask for it (RFC 2606, 2).
 */
const parked = 'parked.cutover.invalid';

/** The hosts' rules and certificates leave one Ingress and come to another. */
export function withHostsMoved(from: Side, to: Side, move: HostMove): { from: Fields; to: Fields } {
  const leaving = rulesOf(from.fields);
  const there = rulesOf(to.fields).filter((rule) => rule.host !== parked);
  const taken = there.map(({ host }) => host).filter((host) => move.hosts.includes(host ?? ''));
  if (taken.length > 0) throw new NotPossible(`${to.called} serves ${taken.join(', ')} already`);
  const left = move.hosts.map((host) => ruleOf(leaving, host, from.called));
  const moved = left.map((own, index) => {
    const host = move.hosts[index] ?? '';
    const like = move.like[host];
    return like === undefined ? own : { ...ruleOf(there, like, to.called), host };
  });
  const certificates = tlsOf(from.fields).flatMap((entry) => certificateFor(entry, move));
  const staying = leaving.filter(({ host }) => !move.hosts.includes(host ?? ''));
  const remaining =
    staying.length > 0 ? staying : left.slice(0, 1).map((rule) => ({ ...rule, host: parked }));
  return {
    from: fieldsWith(
      remaining,
      tlsOf(from.fields).flatMap((entry) => without(entry, move.hosts)),
    ),
    to: fieldsWith([...there, ...moved], [...tlsOf(to.fields), ...certificates]),
  };
}

function ruleOf(rules: readonly Rule[], host: string, called: string): Rule {
  const found = rules.filter((rule) => rule.host === host);
  const [rule] = found;
  if (rule !== undefined && found.length === 1) return rule;
  if (found.length > 1) throw new NotPossible(`${called} has several rules for ${host}`);
  const hosts = rules.map((known) => known.host ?? 'any host');
  throw new NotPossible(
    `${called} has no rule for ${host}; ${suggestion(host, hosts) ?? 'it has none at all'}`,
  );
}

function certificateFor(entry: Tls, { hosts, tlsSecret }: HostMove): Tls[] {
  const covered = (entry.hosts ?? []).filter((host) => hosts.includes(host));
  if (covered.length === 0) return [];
  const secretName = tlsSecret ?? entry.secretName;
  return [{ hosts: covered, ...(secretName === undefined ? {} : { secretName }) }];
}

function without(entry: Tls, hosts: readonly string[]): Tls[] {
  const left = (entry.hosts ?? []).filter((host) => !hosts.includes(host));
  if (left.length === (entry.hosts ?? []).length) return [entry];
  return left.length === 0 ? [] : [{ ...entry, hosts: left }];
}

/** The Services that the rules of these hosts lead to. */
export function servicesOf(fields: Fields, hosts: readonly string[]): string[] {
  const paths = rulesOf(fields)
    .filter(({ host }) => hosts.includes(host ?? ''))
    .flatMap(({ http }) => http?.paths ?? []);
  return [...new Set(paths.map(({ backend }) => backend.service?.name).filter((name) => name !== undefined))];
}

const statusSchema = z.object({
  loadBalancer: z
    .object({
      ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })).default([]),
    })
    .optional(),
});

/** Where clients reach an Ingress, as its controller told. */
export function addressesOf({ status }: KubernetesObject): string[] {
  const points = statusSchema.safeParse(status ?? {}).data?.loadBalancer?.ingress ?? [];
  return points.map(({ ip, hostname }) => ip ?? hostname ?? '').filter((address) => address !== '');
}

/** `aether-blue/web (10.2.0.7)`. */
export function addressed(name: string, addresses: readonly string[]): string {
  return addresses.length === 0 ? name : `${name} (${listed(addresses)})`;
}
