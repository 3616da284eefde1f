import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { sha256 } from '../../core/json.ts';
import { shown } from '../../core/step/shown.ts';
import type { ArtifactStore } from '../../ports/world.ts';
import { ArtifactError, reasonOf, unanswered } from './error.ts';
import { checkedKey } from './key.ts';
import { bodyWithin, keyIn } from './reading.ts';

export interface S3Options {
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** An S3-compatible server, asked in path style; absent: Amazon's own. */
  endpoint?: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds for one upload; absent: one minute. */
  timeout?: number;
}

function urlOf({ bucket, region, endpoint }: S3Options, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}/${path}`;
  return `https://${bucket}.s3.${region}.amazonaws.com/${path}`;
}

function problemOf(body: string): string {
  const code = /<Code>([^<]{1,80})<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]{1,200})<\/Message>/.exec(body)?.[1];
  return shown([code, message].flatMap((text) => text ?? []).join(': '));
}

/**
 * Keeps artefacts in an S3-compatible bucket. The body's SHA-256 is part of the signature, so the server
 * refuses what was damaged on its way. Throws `ArtifactError`.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function s3Store(options: S3Options): ArtifactStore {
  const where = `the bucket ${options.bucket}`;
  const { accessKeyId, secretAccessKey, sessionToken, region } = options;
  const credentials = {
    accessKeyId,
    secretAccessKey,
    region,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };

  async function send(
    { method, url, ...sent }: { method: 'GET' | 'PUT'; url: string; body?: Uint8Array<ArrayBuffer> },
    contentType: string | undefined,
    signal: AbortSignal,
  ) {
    const digest = createHash('sha256')
      .update(sent.body ?? '')
      .digest('hex');
    const kind = contentType === undefined ? {} : { 'content-type': contentType };
    const headers = { ...kind, 'x-amz-content-sha256': digest };
    const signer = new AwsV4Signer({ ...credentials, service: 's3', method, url, headers, ...sent });
    const signed = await signer.sign();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(options.timeout ?? 60_000)]);
    return options
      .fetch(signed.url, { method, headers: signed.headers, ...sent, signal: limited, redirect: 'error' })
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw unanswered(where, cause);
      });
  }

  function refused(status: number, answer: string): ArtifactError {
    return new ArtifactError(reasonOf(status), `${where} answered ${status} ${problemOf(answer)}`);
  }

  return {
    async put(key, body, contentType, signal) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(body);
      const url = urlOf(options, checkedKey(key));
      const response = await send({ method: 'PUT', url, body: bytes }, contentType, signal);
      const answer = await response.text();
      if (!response.ok) throw refused(response.status, answer);
      return { uri: `s3://${options.bucket}/${key}`, sha256: sha256(bytes), bytes: bytes.byteLength };
    },
    async get(uri, most, signal) {
      signal.throwIfAborted();
      const url = urlOf(options, keyIn(uri, 's3', options.bucket));
      const response = await send({ method: 'GET', url }, undefined, signal);
      if (response.ok) return bodyWithin(response, most, uri);
      const answer = await response.text();
      if (response.status === 404 && !answer.includes('<Code>NoSuchBucket</Code>')) return undefined;
      throw refused(response.status, answer);
    },
  };
}
