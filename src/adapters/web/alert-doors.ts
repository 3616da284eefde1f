import type { FastifyRequest } from 'fastify';
import { sha256 } from '../../core/json.ts';
import { basicPasswordOf, bearerOf, same } from './credentials.ts';

export interface AlertDoorKeys {
  /** ALERT_WEBHOOK_TOKEN. */
  token?: string;
  /** Checks a token that the sender's platform signed; rejects when that can't be told. */
  signed?: (token: string) => Promise<boolean>;
  /** Whether the token may stand in the address, as `?auth_token=`: for senders that can set no header. */
  inAddress?: boolean;
}

/** Decides whether a delivery may come in: by the shared token as bearer or password, or by a signed one. */
export function alertDoor({ token, signed, inAddress = false }: AlertDoorKeys) {
  const shared = token === undefined ? undefined : sha256(token);
  const isShared = (given: string | undefined) =>
    shared !== undefined && given !== undefined && same(sha256(given), shared);
  return async (request: FastifyRequest): Promise<boolean> => {
    const bearer = bearerOf(request);
    if (isShared(bearer) || isShared(basicPasswordOf(request))) return true;
    if (inAddress && isShared(addressTokenOf(request))) return true;
    const isSigned = bearer !== undefined && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(bearer);
    return isSigned && signed !== undefined && (await signed(bearer));
  };
}

function addressTokenOf({ query }: FastifyRequest): string | undefined {
  const { auth_token: given } = query as { auth_token?: unknown };
  return typeof given === 'string' ? given : undefined;
}
