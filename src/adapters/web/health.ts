import type { FastifyPluginAsync } from 'fastify';

/** Undefined when all is well; else a sentence that says what is not. */
export type ReadinessCheck = () => Promise<string | undefined>;

const patience = 1_000;

async function ask(name: string, check: ReadinessCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patience, `${name} did not answer within ${patience} ms.`);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return `${name} failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `/healthz`: 200 while the process answers. `/readyz`: 200 only when every check passes within a second,
 * else 503 with the reasons; nothing is cached. `remarks` says what somebody has to mend while the bot goes on.
 */
export function health(
  checks: Readonly<Record<string, ReadinessCheck>>,
  remarks: () => readonly string[] = () => [],
): FastifyPluginAsync {
  return async (server) => {
    server.get('/healthz', async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ ok: true }),
    );
    server.get('/readyz', async (_request, reply) => {
      const answers = await Promise.all(Object.entries(checks).map(([name, check]) => ask(name, check)));
      const reasons = answers.filter((reason) => reason !== undefined);
      const ready = reasons.length === 0;
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ ready, reasons, remarks: remarks() });
    });
  };
}

const away =
  'Redis does not answer. Nothing is lost, and all goes on by itself when it is back: see whether it runs, and whether REDIS_URL names it.';

/** The check that Redis answers. */
export function redisAnswers(redis: { ping(): Promise<string> }): ReadinessCheck {
  return () =>
    redis.ping().then(
      (answer) => (answer === 'PONG' ? undefined : 'Redis gave a strange answer to PING.'),
      () => away,
    );
}
