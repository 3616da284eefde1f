import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { serverOf } from './server.ts';

function refuse(response: ServerResponse, code: number, message: string): void {
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { code, message } }));
}

/** A strict double of a Google Cloud Storage bucket: simple uploads and downloads of the JSON API only. */
export async function gcsDouble({ bucket, token }: { bucket: string; token: string }) {
  const objects = new Map<string, { body: Buffer; contentType: string }>();
  let failing: number | undefined;
  let damaging = false;
  const server = await serverOf((request, body, response) => {
    if (failing !== undefined) return refuse(response, failing, 'Backend error');
    const url = new URL(request.url ?? '/', 'http://x');
    if (request.headers.authorization !== `Bearer ${token}`)
      return refuse(response, 401, 'Invalid Credentials');
    const wanted = /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)$/.exec(url.pathname);
    if (request.method === 'GET' && wanted?.[1] === bucket) {
      const found = objects.get(decodeURIComponent(wanted[2] ?? ''));
      if (found === undefined || url.searchParams.get('alt') !== 'media')
        return refuse(response, 404, `No such object: ${bucket}/${decodeURIComponent(wanted[2] ?? '')}`);
      return void response.writeHead(200, { 'content-type': found.contentType }).end(found.body);
    }
    if (request.method !== 'POST') return refuse(response, 405, 'Method not allowed');
    if (url.pathname !== `/upload/storage/v1/b/${bucket}/o`)
      return refuse(response, 404, 'The specified bucket does not exist.');
    const name = url.searchParams.get('name');
    if (url.searchParams.get('uploadType') !== 'media' || !name) return refuse(response, 400, 'Required');
    const contentType = request.headers['content-type'];
    if (contentType === undefined) return refuse(response, 400, 'Content-Type is required');
    objects.set(name, { body, contentType });
    const md5Hash = createHash('md5')
      .update(damaging ? 'other' : body)
      .digest('base64');
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'storage#object', name, bucket, size: String(body.length), md5Hash }));
  });
  return {
    ...server,
    objects,
    fail(status: number | undefined) {
      failing = status;
    },
    /** From now on the bytes are damaged on their way. */
    damage() {
      damaging = true;
    },
  };
}
