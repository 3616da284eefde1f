import type { Json } from '../../src/core/json.ts';
import { refusal } from './refusal.ts';

/** A request to one of Google's APIs, read whole. */
export interface GoogleCall {
  method: string;
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Undefined where there was none. */
  body: Json | undefined;
}

export interface GoogleAnswer {
  status: number;
  body: Json;
  /** True when the call changed the state. */
  changed?: boolean;
}

/** A path is written as Google writes it: `/v2/{name}:wait`; a name in braces is one segment without a colon. */
export interface GoogleRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** The query parameters that the method has, beside the standard ones. */
  query?: readonly string[];
  handle(call: GoogleCall): GoogleAnswer | Promise<GoogleAnswer>;
}

/** Understood by every method (https://cloud.google.com/apis/docs/system-parameters). */
const standard = ['alt', 'prettyPrint', 'fields', '$fields', 'key', 'quotaUser', '$alt', '$prettyPrint'];

function pattern(path: string): RegExp {
  const text = path.replace(/[.$^*+?()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)');
  return new RegExp(`^${text}$`);
}

export type Find = (
  method: string,
  path: string,
) => { route: GoogleRoute; params: Record<string, string> } | undefined;

/** Finds the route of a request. */
export function finder(routes: readonly GoogleRoute[]): Find {
  const compiled = routes.map((route) => ({ route, path: pattern(route.path) }));
  return (method, path) => {
    for (const { route, path: expression } of compiled) {
      const match = route.method === method ? expression.exec(path) : null;
      if (match !== null) return { route, params: { ...match.groups } };
    }
    return undefined;
  };
}

/** Refuses a query parameter that the method doesn't have. */
export function checkQuery({ query = [] }: GoogleRoute, given: URLSearchParams): void {
  for (const name of given.keys()) {
    if (query.includes(name) || standard.includes(name)) continue;
    const text = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`;
    throw refusal('INVALID_ARGUMENT', text, name);
  }
}
