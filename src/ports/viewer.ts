/** A person of the policy, as the console names them. */
export interface ConsolePerson {
  id: string;
  name: string;
  roles: readonly string[];
}

/**
 * Who looks at the console, decided once for each request. `anyone`: the sandbox, where the viewer picks
 * whom to act as; `person`: signed in by a token of their own; `reader`: knows the shared token, may read
 * everything and act on nothing.
 */
export type Viewer = { kind: 'anyone' } | { kind: 'person'; person: ConsolePerson } | { kind: 'reader' };
