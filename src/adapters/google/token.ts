import { ServiceError } from '../../ports/service.ts';

/** An access token for an address of Google's APIs. Rejects with `ServiceError`. */
export type GoogleToken = (endpoint: URL) => Promise<string>;

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address is on this machine: there alone plain HTTP is used, and no credentials are asked for. */
export function isLoopback({ hostname }: URL): boolean {
  return loopback.test(hostname);
}

/**
 * Application Default Credentials: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's own, or the metadata server. On this
 * machine's own address, where a double stands, a real token is never sent.
 */
export function googleToken(): GoogleToken {
  let ask: (() => Promise<string | null | undefined>) | undefined;
  const load = async () => {
    const { GoogleAuth } = await import('google-auth-library');
    const auth = new GoogleAuth({ scopes: scope });
    return () => auth.getAccessToken();
  };
  return async (endpoint) => {
    if (isLoopback(endpoint)) return 'loopback';
    try {
      ask ??= await load();
      const token = await ask();
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
