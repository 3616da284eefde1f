import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serverOf } from './server.ts';

const hex = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

interface Keys {
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

/** The signature that Signature Version 4 asks for, reckoned from the request alone. */
function expectedSignature(
  request: IncomingMessage,
  keys: Keys,
  signedHeaders: string[],
  date: string,
): string {
  const url = new URL(request.url ?? '/', 'http://x');
  const headers = signedHeaders
    .map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`)
    .join('');
  const canonical = [
    request.method,
    url.pathname,
    [...url.searchParams]
      .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`)
      .sort()
      .join('&'),
    headers,
    signedHeaders.join(';'),
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${keys.region}/s3/aws4_request`;
  const day = hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, date.slice(0, 8)), keys.region), 's3');
  return hmac(hmac(day, 'aws4_request'), `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hex(canonical)}`).toString(
    'hex',
  );
}

/** Why Amazon would refuse this request, or undefined. */
function fault(request: IncomingMessage, body: Buffer, keys: Keys): [number, string, string] | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id, , region, signed = '', signature = ''] = form.exec(request.headers.authorization ?? '') ?? [];
  if (id === undefined) return [403, 'AccessDenied', 'Access Denied'];
  if (id !== keys.accessKeyId) return [403, 'InvalidAccessKeyId', 'The access key does not exist'];
  if (region !== keys.region) return [400, 'AuthorizationHeaderMalformed', `expecting '${keys.region}'`];
  const names = signed.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) {
    return [403, 'AccessDenied', 'There were headers present in the request which were not signed'];
  }
  const date = String(request.headers['x-amz-date']);
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(Date.now() - at) < 900_000))
    return [403, 'RequestTimeTooSkewed', 'The difference is too large'];
  const wanted = Buffer.from(expectedSignature(request, keys, names, date));
  if (!timingSafeEqual(wanted, Buffer.from(signature)))
    return [403, 'SignatureDoesNotMatch', 'Check your key'];
  if (request.headers['x-amz-content-sha256'] !== hex(body)) {
    return [400, 'XAmzContentSHA256Mismatch', 'The provided header does not match what was computed'];
  }
  return undefined;
}

/** A strict double of an S3 bucket in path style: PUT and GET of objects, every signature and body verified. */
export async function s3Double(keys: Keys) {
  const objects = new Map<string, { body: Buffer; contentType: string }>();
  let failing: number | undefined;
  const server = await serverOf((request, body, response) => {
    if (failing !== undefined)
      return refuse(response, failing, 'SlowDown', 'Please reduce your request rate');
    const found = fault(request, body, keys);
    if (found) return refuse(response, ...found);
    const [, bucket, key] = /^\/([^/]+)\/(.+)$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
    if (bucket !== keys.bucket || key === undefined)
      return refuse(response, 404, 'NoSuchBucket', 'No such bucket');
    if (request.method === 'GET') {
      const found = objects.get(key);
      if (found === undefined) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.');
      return void response.writeHead(200, { 'content-type': found.contentType }).end(found.body);
    }
    if (request.method !== 'PUT') return refuse(response, 405, 'MethodNotAllowed', 'Not allowed');
    objects.set(key, { body, contentType: String(request.headers['content-type']) });
    response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
  });
  return {
    ...server,
    objects,
    /** From now on every answer is this status; undefined: none. */
    fail(status: number | undefined) {
      failing = status;
    },
  };
}
