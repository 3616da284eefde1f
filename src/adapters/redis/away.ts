import { StoreAway } from '../../ports/store-away.ts';

const codes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);
/** ioredis has no class or code for these. */
const words =
  /^(Connection is closed|Stream isn't writeable|Command timed out|connect ETIMEDOUT|Socket timeout)/;
/** Answers of a Redis that is there and can't serve: it loads its data, is a replica, or shuts down. */
const unable = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/;

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return true;
  if ('code' in error && codes.has(String(error.code))) return true;
  return words.test(error.message) || unable.test(error.message);
}

type Verb = (...args: never[]) => unknown;

/** The same port, whose promises reject with `StoreAway` where Redis can't be reached; other faults stay as they are. */
export function tellingAway<Port extends object>(port: Port): Port {
  const told = Object.entries(port).map(([name, verb]) => [
    name,
    typeof verb === 'function' ? telling(verb) : verb,
  ]);
  return Object.fromEntries(told) as Port;
}

function telling(verb: Verb): Verb {
  return (...args) => {
    const answer = verb(...args);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      throw isAway(error) ? new StoreAway({ cause: error }) : error;
    });
  };
}
