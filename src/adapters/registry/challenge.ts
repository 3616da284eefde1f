/** What a registry asks for (RFC 9110, 11.6.1): the scheme in lower case, and its parameters. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** Reads a `WWW-Authenticate` header; the first challenge counts. Undefined when there is none. */
export function readChallenge(header: string | null): Challenge | undefined {
  const match = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header ?? '');
  if (match === null) return undefined;
  const [, scheme = '', rest = ''] = match;
  const found = [...rest.matchAll(/([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)];
  const parameters = found.map(([, name = '', quoted, bare]) => {
    return [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? ''] as const;
  });
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(parameters) };
}
