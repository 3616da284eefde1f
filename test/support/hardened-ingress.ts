import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { chart } from '../../sandbox/aether/ground.ts';
import { root } from './bot-process.ts';
import { serve } from './http-server.ts';

const valuesSchema = z.object({ headers: z.record(z.string(), z.string()) });

/**
 * Plays the ingress controller in front of the router: sets the headers that the chart's Ingress asks for, which a
 * side by itself does not answer with.
 */
export async function hardenedIngress(router: string) {
  const { headers } = valuesSchema.parse(parse(await readFile(join(root, chart, 'values.yaml'), 'utf8')));
  const passOn = async (path: string, response: ServerResponse): Promise<void> => {
    const answer = await fetch(`${router}${path}`);
    const type = answer.headers.get('content-type') ?? 'text/plain';
    const body = await answer.text();
    response.writeHead(answer.status, { ...headers, 'content-type': type }).end(body);
  };
  return serve(({ path }, response) => {
    passOn(path, response).catch(() => response.destroy());
  });
}
