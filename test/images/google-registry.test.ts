import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageRegistry } from '../../src/adapters/registry/images.ts';
import { ServiceError } from '../../src/ports/service.ts';
import { registryDouble } from '../doubles/registry.ts';

let registry: Awaited<ReturnType<typeof registryDouble>>;
/** What the registry was asked with, where something was. */
let shown: string[];
/** Where the registry says that tokens are to be had; absent: at its own. */
let realm: string | undefined;

beforeEach(async () => {
  registry = await registryDouble({ name: 'oauth2accesstoken', password: 'ya29.worker' });
  [shown, realm] = [[], undefined];
});
afterEach(() => registry.stop());

/** The double under the name of a registry on the Internet. */
function under(host: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input));
    const authorization = new Headers(init.headers).get('authorization');
    if (authorization?.startsWith('Basic ')) shown.push(`${url.host} ${authorization}`);
    const answer = await fetch(String(input).replace(url.origin, registry.url), init);
    const headers = new Headers(answer.headers);
    const challenge = headers.get('www-authenticate');
    if (challenge !== null)
      headers.set('www-authenticate', challenge.replace(registry.url, realm ?? `https://${host}`));
    const body = init.method === 'HEAD' ? null : await answer.arrayBuffer();
    return new Response(body, { status: answer.status, headers });
  };
}

function find(host: string, googleToken: () => Promise<string>) {
  const images = imageRegistry(
    { kind: 'oci', registry: host },
    {
      fetch: under(host),
      env: {},
      secret: async () => undefined,
      pause: async () => undefined,
      googleToken,
    },
  );
  return images.find('sapphire/app/cloud-trader', 'v1.4.0', new AbortController().signal);
}

const worker = async () => 'ya29.worker';
const nobody = async () => {
  throw new ServiceError('refused', 'there are no Google credentials on this worker');
};

describe('a registry of Google', () => {
  it.each(['us-docker.pkg.dev', 'eu.gcr.io'])('%s takes the worker’s own account', async (host) => {
    const digest = registry.push('sapphire/app/cloud-trader', 'v1.4.0', ['linux/amd64']);
    expect(await find(host, worker)).toMatchObject({ digest });
    const basic = Buffer.from('oauth2accesstoken:ya29.worker').toString('base64');
    expect(shown).toEqual([`${host} Basic ${basic}`]);
  });

  it('is asked for public images without an account', async () => {
    await registry.stop();
    registry = await registryDouble();
    const digest = registry.push('sapphire/app/cloud-trader', 'v1.4.0', ['linux/amd64']);
    expect(await find('us-docker.pkg.dev', nobody)).toMatchObject({ digest });
  });

  it('gets the account for itself alone, and not where it sends people for a token', async () => {
    realm = 'https://tokens.example';
    await expect(find('us-docker.pkg.dev', worker)).rejects.toThrow();
    expect(shown).toEqual([]);
  });

  it.each(['ghcr.io', 'pkg.dev.example', 'us-docker.pkg.dev.example'])(
    '%s is none, and gets no account of Google',
    async (host) => {
      let isAsked = false;
      const token = async () => {
        isAsked = true;
        return 'ya29.worker';
      };
      await expect(find(host, token)).rejects.toThrow();
      expect([isAsked, shown]).toEqual([false, []]);
    },
  );
});
