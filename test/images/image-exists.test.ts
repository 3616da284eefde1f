import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readChallenge } from '../../src/adapters/registry/challenge.ts';
import { imageExists } from '../../src/steps/image-exists.ts';
import { registryDouble } from '../doubles/registry.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

const user = { name: 'bot', password: 'value of REGISTRY_PASSWORD' };
let registry: Awaited<ReturnType<typeof registryDouble>>;
let host: string;

beforeEach(async () => {
  registry = await registryDouble(user);
  host = registry.url.replace('http://', '');
});
afterEach(() => registry.stop());

const both = ['linux/amd64', 'linux/arm64/v8'];
const wanted = { connection: 'registry', repository: 'aether/platform', tag: 'v2.4.0' };
const withUser = { username: 'bot', password: '${{ secrets.REGISTRY_PASSWORD }}' };
const options = (more: object = {}, given: object = withUser) => ({
  connections: { registry: { kind: 'oci', registry: registry.url, ...given } },
  ...more,
});

describe('image.exists', () => {
  it('gives the digest behind the tag, pins it, and calls in the name of the rollout', async () => {
    const digest = registry.push('aether/platform', 'v2.4.0', both);
    const pins: Record<string, string> = {};
    expect(await runOnce(imageExists, wanted, options({ pins }))).toEqual({
      status: 'succeeded',
      summary: `${host}/aether/platform:v2.4.0 is ${digest.slice(0, 19)}…, pinned`,
      output: { digest, reference: `${host}/aether/platform@${digest}`, tag: 'v2.4.0' },
    });
    expect(pins).toEqual({ [`${host}/aether/platform:v2.4.0`]: digest });
    expect(new Set(registry.seen.map(({ headers }) => headers['user-agent']))).toEqual(
      new Set(['cutover-test (test-1; step probe; epoch 1)']),
    );
    expect(registry.mutations()).toEqual([]);
  });

  it('refuses a tag that moved since it was pinned, and one that is not what it should be', async () => {
    const first = registry.push('aether/platform', 'v2.4.0', both);
    const pins: Record<string, string> = {};
    await runOnce(imageExists, wanted, options({ pins }));
    const second = registry.push('aether/platform', 'v2.4.0', both, 'built again');
    const name = `${host}/aether/platform:v2.4.0`;
    expect(await runOnce(imageExists, { ...wanted, within: '1h' }, options({ pins }))).toEqual({
      status: 'failed',
      summary: `${name} moved: this rollout is pinned to ${first}, and the tag is ${second} now`,
      detail: expect.stringContaining('start a new rollout'),
      retryable: false,
    });
    expect(await runOnce(imageExists, { ...wanted, digest: first }, options())).toMatchObject({
      status: 'failed',
      summary: `${name} is ${second}, and not ${first} as it should be`,
    });
  });

  it('is for the platforms that it has to run on, in an index and alone', async () => {
    registry.push('aether/platform', 'v2.4.0', both);
    registry.push('aether/platform', 'v2.4.1', ['linux/arm64/v8']);
    const asked = { ...wanted, platforms: ['linux/amd64', 'linux/arm64'] };
    expect((await runOnce(imageExists, asked, options())).status).toBe('succeeded');
    expect(await runOnce(imageExists, { ...asked, tag: 'v2.4.1' }, options())).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('v2.4.1 is not there for linux/amd64'),
    });
  });

  it('reckons the digest itself where the registry names none, and believes no body that is not its digest', async () => {
    const digest = registry.push('aether/platform', 'v2.4.0', both);
    registry.hideDigest();
    expect(await runOnce(imageExists, wanted, options())).toMatchObject({ output: { digest } });
    registry.damage('aether/platform', digest);
    const pins = { [`${host}/aether/platform:v2.4.0`]: digest };
    expect(await runOnce(imageExists, wanted, options({ pins }))).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('moved'),
    });
  });

  it('waits for a tag that is not pushed yet, where it may', async () => {
    expect(await runOnce(imageExists, wanted, options())).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('v2.4.0 is not in the registry'),
      retryable: true,
    });
    expect(await runOnce(imageExists, { ...wanted, within: '10m' }, options())).toMatchObject({
      status: 'waiting',
    });
  });

  it('is patient with a registry that has too many requests', async () => {
    registry.push('aether/platform', 'v2.4.0', both);
    registry.limit(3);
    expect((await runOnce(imageExists, wanted, options())).status).toBe('succeeded');
    registry.limit(20);
    expect(await runOnce(imageExists, wanted, options())).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('answered 429 (it asks to wait 1 s)'),
    });
  });

  it.each([
    [{}, 'answered 401: unauthorized'],
    [{ username: 'eve', password: withUser.password }, 'answered 401'],
    [{ username: 'bot' }, 'username and password stand together'],
    [{ registry: 'http://127.0.0.1:9' }, "can't be reached: this port is never asked"],
    [{ registry: 'http://x/path' }, 'is not set up well (registry'],
  ])('with the connection %j says so, without a secret', async (given, message) => {
    registry.push('aether/platform', 'v2.4.0', both);
    const running = runOnce(imageExists, wanted, options({}, given)).catch((error: Error) => ({
      summary: error.message,
    }));
    const said = JSON.stringify(await running);
    expect(said).toContain(message);
    expect(said).not.toContain(user.password);
  });

  it('tells in the plan what the tag is now, or why it is not known', async () => {
    const plan = (given?: object) => imageExists.plan(contextFor(imageExists, wanted, options({}, given)));
    expect(await plan()).toMatchObject({
      summary: expect.stringContaining("(it isn't there now)"),
      diff: [],
    });
    const digest = registry.push('aether/platform', 'v2.4.0', both);
    const what = `${host}/aether/platform:v2.4.0`;
    expect(await plan()).toEqual({
      summary: `Check that ${what} is there, and pin its digest`,
      diff: [{ what, before: 'a tag that can move', after: digest }],
      expected: { digest },
    });
    expect((await plan({})).summary).toContain('(not read now: the registry');
  });
});

describe('the double refuses', () => {
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${registry.url}${path}`, { headers }).then(({ status }) => status);

  it('a missing token, one of another repository, a wrong scope and a wrong Accept', async () => {
    const digest = registry.push('aether/platform', 'v1', ['linux/amd64']);
    const basic = { authorization: `Basic ${btoa(`${user.name}:${user.password}`)}` };
    const tokenFor = async (name: string) => {
      const query = `service=registry.test&scope=repository:${name}:pull`;
      const { token } = await (await fetch(`${registry.url}/token?${query}`, { headers: basic })).json();
      return { authorization: `Bearer ${token}` };
    };
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const path = `/v2/aether/platform/manifests/${digest}`;
    expect(await ask(path, { accept })).toBe(401);
    expect(await ask(path, { accept, ...(await tokenFor('other')) })).toBe(401);
    expect(await ask(path, { accept: 'application/json', ...(await tokenFor('aether/platform')) })).toBe(404);
    expect(await ask(path, { accept, ...(await tokenFor('aether/platform')) })).toBe(200);
    expect(await ask('/token?service=registry.test&scope=registry:catalog:*', basic)).toBe(400);
  });
});

describe('a challenge', () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      {
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:a/b:pull,push',
      },
    ],
    ['BEARER realm="a \\"b\\"" , service=c', { realm: 'a "b"', service: 'c' }],
    ['Basic realm=x', { realm: 'x' }],
  ])('%s', (header, parameters) => {
    expect(readChallenge(header)).toEqual({
      scheme: header.slice(0, header.indexOf(' ')).toLowerCase(),
      parameters,
    });
  });

  it('that is none', () => {
    expect(readChallenge(null)).toBeUndefined();
    expect(readChallenge('')).toBeUndefined();
  });
});
