import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sha256 } from '../../core/json.ts';

const lifetime = 12 * 3_600;
const failuresAllowed = 10;
const failureWindow = 60;

/**
 * Who is signed in. A session remembers the digest of the token it was opened with and nothing else, so that
 * changing a token ends its sessions; Redis holds no session id, only its digest.
 */
export interface Sessions {
  /** Opens a session; answers its secret id, for the cookie. Seconds of life: `lifetime`. */
  open(tokenDigest: string): Promise<string>;
  /** The digest of the token that opened it; undefined when it is over. */
  find(id: string): Promise<string | undefined>;
  close(id: string): Promise<void>;
  /** Counts a failed try from an address; false once there were too many within a minute. */
  mayTry(address: string): Promise<boolean>;
  failed(address: string): Promise<void>;
  readonly lifetime: number;
}

export function redisSessions(redis: Redis): Sessions {
  const key = (id: string) => `cutover:console:session:${sha256(id)}`;
  const failures = (address: string) => `cutover:console:sign-in-failures:${address}`;
  return {
    lifetime,
    async open(tokenDigest) {
      const id = randomBytes(32).toString('base64url');
      await redis.set(key(id), tokenDigest, 'EX', lifetime);
      return id;
    },
    async find(id) {
      return (await redis.get(key(id))) ?? undefined;
    },
    async close(id) {
      await redis.del(key(id));
    },
    async mayTry(address) {
      return Number((await redis.get(failures(address))) ?? 0) < failuresAllowed;
    },
    async failed(address) {
      await redis.multi().incr(failures(address)).expire(failures(address), failureWindow).exec();
    },
  };
}
