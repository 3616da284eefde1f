import { ArtifactError } from './error.ts';
import { checkedKey } from './key.ts';

/** The key in a URI of a bucket; one of another bucket is refused. */
export function keyIn(uri: string, scheme: 's3' | 'gs', bucket: string): string {
  const start = `${scheme}://${bucket}/`;
  if (uri.startsWith(start)) return checkedKey(uri.slice(start.length));
  throw new ArtifactError('refused', `${uri} is not in the bucket ${bucket}`);
}

/** The body of an answer. Throws `ArtifactError` where it is over so many bytes. */
export async function bodyWithin(response: Response, most: number, uri: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > most) throw tooLarge(uri, most);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(uri: string, most: number): ArtifactError {
  return new ArtifactError('refused', `${uri} is over ${most} bytes`);
}
