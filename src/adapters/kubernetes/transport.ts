import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  RequestContext,
} from '@kubernetes/client-node';
import { KubernetesError } from '../../ports/kubernetes.ts';

export interface Ask {
  method: keyof typeof HttpMethod;
  /** From the server's root, with its query. */
  path: string;
  /** Absent: JSON. */
  accept?: string;
  body?: { type: string; text: string };
}

/** An answer whose body has not been read yet. */
export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array> | null;
}

/** One request and its answer, whatever its status. Rejects as `fetch` does. */
export type Send = (ask: Ask, userAgent: string, signal: AbortSignal) => Promise<Answer>;

/**
 * Sends requests with a kubeconfig's credentials over connections that are kept open. When the server doesn't know
 * us (401), the credentials are read anew once: a token in a file, or one from a program, may have been renewed.
 */
export function transport(load: () => KubeConfig): Send {
  const library = new IsomorphicFetchHttpLibrary();
  let config: KubeConfig | undefined;
  let dispatcher: ReturnType<RequestContext['getDispatcher']>;

  function forget(): void {
    void dispatcher?.close().catch(() => undefined);
    config = undefined;
    dispatcher = undefined;
  }

  async function signed(ask: Ask, userAgent: string, signal: AbortSignal): Promise<RequestContext> {
    config ??= load();
    const server = config.getCurrentCluster()?.server.replace(/\/+$/, '') ?? '';
    const context = new RequestContext(`${server}${ask.path}`, HttpMethod[ask.method]);
    context.setHeaderParam('User-Agent', userAgent);
    context.setHeaderParam('Accept', ask.accept ?? 'application/json');
    if (ask.body !== undefined) {
      context.setHeaderParam('Content-Type', ask.body.type);
      context.setBody(ask.body.text);
    }
    context.setSignal(signal);
    await authorized(config, context);
    dispatcher ??= context.getDispatcher();
    if (dispatcher !== undefined) context.setDispatcher(dispatcher);
    return context;
  }

  async function once(ask: Ask, userAgent: string, signal: AbortSignal): Promise<Answer> {
    const context = await signed(ask, userAgent, signal);
    const { httpStatusCode, headers, body } = await library.send(context).toPromise();
    return { status: httpStatusCode, headers, text: () => body.text(), stream: () => body.stream() };
  }

  return async (ask, userAgent, signal) => {
    const answer = await once(ask, userAgent, signal);
    if (answer.status !== 401) return answer;
    await answer.text();
    forget();
    return once(ask, userAgent, signal);
  };
}

async function authorized(config: KubeConfig, context: RequestContext): Promise<void> {
  try {
    await config.applySecurityAuthentication(context);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new KubernetesError(`no credentials for the cluster: ${why}`, { reason: 'unauthorized', cause });
  }
}
