import { z } from 'zod';
import { KubernetesError, type WatchEvent } from '../../ports/kubernetes.ts';
import { linesOf } from './lines.ts';
import { type KubernetesList, objectSchema } from './objects.ts';
import { refusal } from './status.ts';
import type { Answer } from './transport.ts';

const lineSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
});

export interface Watched {
  /** All there is now, and the version of it. */
  list(signal: AbortSignal): Promise<KubernetesList>;
  /** The changes since a version, as the server streams them. */
  open(since: string, signal: AbortSignal): Promise<Answer>;
  what: string;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The server keeps about five minutes of changes; whoever asks for older ones gets 410 and has to list again. */
class Gone extends Error {}

/** Milliseconds before a lost watch is taken up again. */
const beforeAgain = 500;

/**
 * What there is, and then every change. A connection that ends is taken up where it ended, one that is too old is
 * listed anew, and one that the server failed is tried again after a moment.
 * Rule: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function* follow(watched: Watched, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  let since: string | undefined;
  while (true) {
    if (since === undefined) {
      const { items, version } = await watched.list(signal);
      yield { type: 'listed', objects: items };
      since = version;
    }
    try {
      for await (const { event, version } of changes(watched, since, signal)) {
        if (event !== undefined) yield event;
        since = version ?? since;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Gone) since = undefined;
      else if (!passing(error)) throw error;
    }
    await watched.pause(beforeAgain, signal);
  }
}

function passing(error: unknown): boolean {
  if (!(error instanceof KubernetesError)) return true;
  return error.reason === 'unknown' || error.reason === 'unavailable' || error.reason === 'busy';
}

interface Step {
  event: WatchEvent | undefined;
  version: string | undefined;
}

async function* changes(watched: Watched, since: string, signal: AbortSignal): AsyncGenerator<Step> {
  const answer = await watched.open(since, signal);
  if (answer.status === 410) throw new Gone();
  if (answer.status >= 300) throw refusal(watched.what, answer.status, await answer.text());
  for await (const line of linesOf(answer.stream())) yield read(line, watched.what);
}

function read(line: string, what: string): Step {
  const { type, object } = lineSchema.parse(JSON.parse(line));
  if (type === 'ERROR') {
    if (object.code === 410) throw new Gone();
    throw refusal(what, object.code ?? 500, JSON.stringify(object));
  }
  const { metadata } = z.object({ metadata: z.object({ resourceVersion: z.string() }) }).parse(object);
  const version = metadata.resourceVersion;
  if (type === 'BOOKMARK') return { event: undefined, version };
  const event = type === 'DELETED' ? 'removed' : 'changed';
  return { event: { type: event, object: objectSchema.parse(object) }, version };
}
