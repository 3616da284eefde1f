import { ServiceError } from '../../ports/service.ts';
import type { TokenFor } from '../service/token.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address is on this machine: there alone plain HTTP is used, and no credentials are asked for. */
export function isLoopback({ hostname }: URL): boolean {
  return loopback.test(hostname);
}

/** Asks for an access token; it keeps the one that it got until that runs out. */
type Ask = () => Promise<string | null | undefined>;

/** Reads the credentials anew, as they are now. */
async function loadCredentials(): Promise<Ask> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: scope });
  return () => auth.getAccessToken();
}

/**
 * Access tokens by Application Default Credentials: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own, or the metadata
 * server. Where a token is refused, the credentials are read anew. On this machine's own address, where a double
 * stands, a real token is never sent. Rejects with `ServiceError`.
 */
export function googleToken(load: () => Promise<Ask> = loadCredentials): TokenFor {
  let ask: Ask | undefined;
  return async (endpoint, refused) => {
    if (isLoopback(endpoint)) return 'loopback';
    try {
      ask ??= await load();
      let token = await ask();
      if (token && token === refused) {
        ask = await load();
        token = await ask();
      }
      if (token) return token;
    } catch (cause) {
      throw without(cause);
    }
    throw without(undefined);
  };
}

function without(cause: unknown): ServiceError {
  const text =
    'there are no Google credentials on this worker: set GOOGLE_APPLICATION_CREDENTIALS, or run it with a service account';
  return new ServiceError('refused', text, { cause });
}
