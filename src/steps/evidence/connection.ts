import { suggestion } from '../../core/nearest.ts';
import type { Connection } from '../../core/rollout/plan.ts';

/** The environment's connection of this name. Throws a sentence that names those there are. */
export function connectionOf(connections: Record<string, Connection>, name: string): Connection {
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (connection !== undefined) return connection;
  const hint = suggestion(name, Object.keys(connections)) ?? 'it has none';
  throw new Error(`the environment has no connection named ${name}; ${hint}`);
}
