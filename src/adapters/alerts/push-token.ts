import type { OAuth2Client } from 'google-auth-library';

/** Whom the push subscription of Pub/Sub says it is: what is set as its push authentication. */
export interface PushIdentity {
  audience: string;
  /** The e-mail address of its service account. */
  account: string;
}

/**
 * Checks the token that Pub/Sub signs for each push (OpenID Connect, RS256): Google's signature, its time, the
 * audience, and the verified address of the account. Google's keys are fetched once and kept for as long as Google
 * says. Rejects when they can't be had: then nobody knows whether the token is good.
 */
export function pushTokenCheck(
  { audience, account }: PushIdentity,
  options: { certificatesUrl?: string } = {},
): (token: string) => Promise<boolean> {
  let client: Promise<OAuth2Client> | undefined;
  return async (token) => {
    client ??= createClient(options.certificatesUrl);
    const google = await client;
    await google.getFederatedSignonCertsAsync();
    const ticket = await google.verifyIdToken({ idToken: token, audience }).catch(() => undefined);
    const claims = ticket?.getPayload();
    return claims?.email_verified === true && claims.email === account;
  };
}

async function createClient(certificatesUrl: string | undefined): Promise<OAuth2Client> {
  const { OAuth2Client } = await import('google-auth-library');
  const endpoints =
    certificatesUrl === undefined ? {} : { oauth2FederatedSignonPemCertsUrl: certificatesUrl };
  return new OAuth2Client({ endpoints });
}
