import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The token of `Authorization: Bearer`. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (\S{1,8192})$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The password of `Authorization: Basic`, whatever the name. */
export function basicPasswordOf(request: FastifyRequest): string | undefined {
  const [, encoded] = /^Basic ([\w+/=-]{1,8192})$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString();
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1);
}
