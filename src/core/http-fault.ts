const neverSent = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ENOTFOUND', 'the name is unknown'],
  ['EAI_AGAIN', 'the name could not be resolved'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the connection timed out'],
  ['bad port', 'this port is never asked by HTTP (it belongs to another protocol)'],
]);

/** Why a request certainly never reached its server, in words; undefined where it may have. */
export function neverSentBecause(code: string): string | undefined {
  return neverSent.get(code);
}

/** The system's code of a failed `fetch`: its cause, or the first of several tried addresses. */
export function faultCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return faultCode(error.errors[0]);
  return error.cause === undefined ? error.message : faultCode(error.cause);
}
