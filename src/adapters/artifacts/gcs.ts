import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../../core/json.ts';
import { shown } from '../../core/step/shown.ts';
import type { ArtifactStore } from '../../ports/world.ts';
import { ArtifactError, reasonOf, unanswered } from './error.ts';
import { checkedKey } from './key.ts';
import { bodyWithin, keyIn } from './reading.ts';

export interface GcsOptions {
  bucket: string;
  /** Absent: Google's own. */
  endpoint?: string;
  /** An access token that may write objects; undefined for a server that asks for none. */
  token(): Promise<string | undefined>;
  fetch: typeof globalThis.fetch;
  /** Milliseconds for one upload; absent: one minute. */
  timeout?: number;
}

const objectSchema = z.object({ name: z.string(), md5Hash: z.string() });
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

function problemOf(body: string): string {
  try {
    return shown(errorSchema.parse(JSON.parse(body)).error.message);
  } catch {
    return '';
  }
}

function uncredited(bucket: string, cause: unknown): ArtifactError {
  return new ArtifactError('refused', `no Google credentials for the bucket ${bucket}`, { cause });
}

async function tokenOf({ token, bucket }: GcsOptions): Promise<string | undefined> {
  try {
    return await token();
  } catch (cause) {
    throw uncredited(bucket, cause);
  }
}

/**
 * Keeps artefacts in a Google Cloud Storage bucket, and compares the MD5 that the server reckoned with ours.
 * Throws `ArtifactError`.
 * Rules: https://cloud.google.com/storage/docs/json_api/v1/objects/insert and …/get
 */
export function gcsStore(options: GcsOptions): ArtifactStore {
  const base = (options.endpoint ?? 'https://storage.googleapis.com').replace(/\/+$/, '');
  const where = `the bucket ${options.bucket}`;

  async function send(path: string, request: RequestInit, signal: AbortSignal): Promise<Response> {
    const token = await tokenOf(options);
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const limited = AbortSignal.any([signal, AbortSignal.timeout(options.timeout ?? 60_000)]);
    const headers = { ...request.headers, ...bearer };
    try {
      return await options.fetch(`${base}${path}`, {
        ...request,
        headers,
        redirect: 'error',
        signal: limited,
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw unanswered(where, cause);
    }
  }

  const bucket = encodeURIComponent(options.bucket);
  const upload = (key: string, body: Uint8Array<ArrayBuffer>, contentType: string, signal: AbortSignal) => {
    const query = new URLSearchParams({ uploadType: 'media', name: key });
    const request = { method: 'POST', headers: { 'content-type': contentType }, body };
    return send(`/upload/storage/v1/b/${bucket}/o?${query}`, request, signal);
  };

  function refused(status: number, answer: string): ArtifactError {
    return new ArtifactError(reasonOf(status), `${where} answered ${status} ${problemOf(answer)}`);
  }

  function verify(answer: string, key: string, body: Uint8Array): void {
    const object = objectSchema.parse(JSON.parse(answer));
    const md5 = createHash('md5').update(body).digest('base64');
    if (object.name === key && object.md5Hash === md5) return;
    throw new ArtifactError('damaged', `${where} stored something else than was sent for ${key}`);
  }

  return {
    async put(key, body, contentType, signal) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(body);
      const response = await upload(checkedKey(key), bytes, contentType, signal);
      const answer = await response.text();
      if (!response.ok) throw refused(response.status, answer);
      verify(answer, key, bytes);
      return { uri: `gs://${options.bucket}/${key}`, sha256: sha256(bytes), bytes: bytes.byteLength };
    },
    async get(uri, most, signal) {
      signal.throwIfAborted();
      const name = encodeURIComponent(keyIn(uri, 'gs', options.bucket));
      const response = await send(`/storage/v1/b/${bucket}/o/${name}?alt=media`, { method: 'GET' }, signal);
      if (response.ok) return bodyWithin(response, most, uri);
      const answer = await response.text();
      if (response.status === 404 && !answer.includes('The specified bucket does not exist'))
        return undefined;
      throw refused(response.status, answer);
    },
  };
}
