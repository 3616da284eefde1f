import type { FastifyPluginAsync } from 'fastify';
import type { Chart } from '../../core/rollout/event.ts';

/** What whoever is called for an alert reads and does. */
export interface Runbook {
  name: string;
  paragraphs: readonly string[];
}

/** What the alerts of the sandbox link to. */
export interface SandboxPages {
  runbooks: readonly Runbook[];
  /** Both colours over the last minutes; undefined as long as nothing is known. */
  chart(): Promise<Chart | undefined>;
}

const runbook = '/sandbox/runbooks/:name';
const dashboard = '/sandbox/dashboard';

/** Pages of the sandbox: a runbook for each of its alerts, and a dashboard that keeps itself up to date. */
export function sandboxPages(
  { runbooks, chart }: SandboxPages,
  drawSvg: (chart: Chart) => Promise<string>,
): FastifyPluginAsync {
  const pages = new Map(runbooks.map(({ name, paragraphs }) => [name, page(name, runbookOf(paragraphs))]));
  return async (server) => {
    server.get<{ Params: { name: string } }>(runbook, async ({ params }, reply) => {
      const found = pages.get(params.name);
      return found === undefined ? reply.callNotFound() : reply.type(html).send(found);
    });
    server.get(dashboard, async (_request, reply) => reply.type(html).send(dashboardPage));
    server.get(`${dashboard}.svg`, async (_request, reply) => {
      const drawn = await chart();
      if (drawn === undefined) return reply.callNotFound();
      return reply
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .type('image/svg+xml')
        .send(await drawSvg(drawn));
    });
  };
}

const html = 'text/html; charset=utf-8';

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />${head}
    <title>${title} · Cutover</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/assets/base.css" />
    <link rel="stylesheet" href="/assets/sandbox-pages.css" />
  </head>
  <body class="sandbox-page">
    <main>
      <h1>${title}</h1>
      ${body}
      <p><a href="/">Back to the rollouts</a></p>
    </main>
  </body>
</html>
`;
}

function runbookOf(paragraphs: readonly string[]): string {
  return [...paragraphs.map((text) => `<p>${text}</p>`), `<p><a href="${dashboard}">Dashboard</a></p>`].join(
    '\n      ',
  );
}

const dashboardPage = page(
  'Blue and green',
  `<img src="${dashboard}.svg" alt="Errors and response times of blue and green over the last minutes" width="800" />
      <p>Errors in percent of the requests, and the time within which 19 of 20 are answered. The page renews itself.</p>`,
  '\n    <meta http-equiv="refresh" content="5" />',
);
