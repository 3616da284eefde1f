import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactError } from '../../src/adapters/artifacts/error.ts';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { sha256 } from '../../src/core/json.ts';
import type { ArtifactStore } from '../../src/ports/world.ts';
import { gcsDouble } from '../doubles/gcs.ts';
import { s3Double } from '../doubles/s3.ts';

interface Setting {
  store: ArtifactStore;
  stored(key: string): Promise<Uint8Array | undefined>;
  keys(): Promise<string[]>;
  uri: RegExp;
  stop(): Promise<void>;
}

const keys = { bucket: 'audit', region: 'eu-central-1', accessKeyId: 'AK', secretAccessKey: 'very-secret' };

const settings: Record<string, () => Promise<Setting>> = {
  async folder() {
    const path = await mkdtemp(join(tmpdir(), 'cutover-artifacts-'));
    return {
      store: artifactStore({ kind: 'folder', path }, { fetch, env: {} }),
      stored: (key) => readFile(join(path, key)).catch(() => undefined),
      keys: async () => {
        const found = await readdir(path, { recursive: true, withFileTypes: true });
        return found.filter((entry) => entry.isFile()).map(({ name }) => name);
      },
      uri: /^file:\/\/\/.*\/aether-7\/a\.json$/,
      stop: () => rm(path, { recursive: true }),
    };
  },
  async s3() {
    const double = await s3Double(keys);
    const env = {
      AWS_ACCESS_KEY_ID: 'AK',
      AWS_SECRET_ACCESS_KEY: 'very-secret',
      AWS_REGION: 'eu-central-1',
      S3_ENDPOINT: double.url,
    };
    return {
      store: artifactStore({ kind: 's3', bucket: 'audit' }, { fetch, env }),
      stored: async (key) => double.objects.get(key)?.body,
      keys: async () => [...double.objects.keys()],
      uri: /^s3:\/\/audit\/aether-7\/a\.json$/,
      stop: double.stop,
    };
  },
  async gcs() {
    const double = await gcsDouble({ bucket: 'audit-bucket', token: 'ya29' });
    const connection = { kind: 'gcs', bucket: 'audit-bucket', endpoint: double.url };
    return {
      store: artifactStore(connection, { fetch, env: {}, googleToken: async () => 'ya29' }),
      stored: async (key) => double.objects.get(key)?.body,
      keys: async () => [...double.objects.keys()],
      uri: /^gs:\/\/audit-bucket\/aether-7\/a\.json$/,
      stop: double.stop,
    };
  },
};

describe.each(Object.keys(settings))('an artefact store: %s', (name) => {
  let setting: Setting;
  beforeAll(async () => {
    const make = settings[name];
    if (!make) throw new Error(name);
    setting = await make();
  });
  afterAll(() => setting.stop());
  const soon = () => AbortSignal.timeout(5_000);

  it('stores bytes and says where, their digest and their number', async () => {
    const body = new TextEncoder().encode('{"safe":"é"}');
    const found = await setting.store.put('aether-7/a.json', body, 'application/json', soon());
    expect(found).toEqual({ uri: expect.stringMatching(setting.uri), sha256: sha256(body), bytes: 13 });
    expect(Buffer.from((await setting.stored('aether-7/a.json')) ?? []).toString()).toBe('{"safe":"é"}');
  });

  it('gives back what it stored, and nothing else', async () => {
    const body = new Uint8Array([0, 255, 10, 13]);
    const { uri } = await setting.store.put('aether-7/back.bin', body, 'application/octet-stream', soon());
    expect(new Uint8Array((await setting.store.get(uri, 4, soon())) ?? [])).toEqual(body);
    await expect(setting.store.get(uri, 3, soon())).rejects.toThrow('is over 3 bytes');
    expect(await setting.store.get(uri.replace('back', 'gone'), 4, soon())).toBeUndefined();
    for (const other of [
      's3://other/a',
      'gs://other/a',
      'file:///etc/passwd',
      uri.replace('back.bin', '../../../etc'),
    ])
      await expect(setting.store.get(other, 4, soon())).rejects.toThrow(ArtifactError);
  });

  it('stores the same again without harm, and nothing but what was asked', async () => {
    const body = new Uint8Array([0, 255, 10]);
    const first = await setting.store.put('again.bin', body, 'application/octet-stream', soon());
    const before = await setting.keys();
    expect(await setting.store.put('again.bin', body, 'application/octet-stream', soon())).toEqual(first);
    expect(await setting.keys()).toEqual(before);
  });

  it('stores an empty object, a large one, and every character that a key may have', async () => {
    await setting.store.put('empty', new Uint8Array(), 'text/plain', soon());
    expect(await setting.stored('empty')).toHaveLength(0);
    const large = new Uint8Array(3_000_000).fill(7);
    expect(await setting.store.put('large', large, 'text/plain', soon())).toMatchObject({ bytes: 3_000_000 });
    await setting.store.put('a_b/A-1+2=3@4.x', large.slice(0, 9), 'text/plain', soon());
    expect(await setting.stored('a_b/A-1+2=3@4.x')).toHaveLength(9);
  });

  it.each([
    '../up',
    'a/../../b',
    '/root',
    'a//b',
    '.hidden',
    'a/.b',
    '',
    'a/',
    'a b',
    'a\\b',
    'a\0b',
    'é',
    'x'.repeat(600),
  ])('refuses the key %j', async (key) => {
    await expect(setting.store.put(key, new Uint8Array([1]), 'text/plain', soon())).rejects.toMatchObject({
      name: 'ArtifactError',
      reason: 'refused',
    });
  });

  it('stores nothing once the signal is aborted', async () => {
    const stop = new Error('stop');
    const put = setting.store.put('never', new Uint8Array([1]), 'text/plain', AbortSignal.abort(stop));
    await expect(put).rejects.toBe(stop);
    expect(await setting.stored('never')).toBeUndefined();
  });
});

describe('an S3 bucket', () => {
  const put = (env: object, bucket = 'audit') =>
    artifactStore({ kind: 's3', bucket }, { fetch, env: { ...env } }).put(
      'k',
      new Uint8Array([1]),
      'text/plain',
      AbortSignal.timeout(5_000),
    );

  it.each<[string, object, string | undefined, string, string]>([
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'wrong' }, undefined, 'refused', '403 SignatureDoesNotMatch'],
    ['a wrong id', { AWS_ACCESS_KEY_ID: 'wrong' }, undefined, 'refused', '403 InvalidAccessKeyId'],
    ['a wrong region', { AWS_REGION: 'us-east-1' }, undefined, 'refused', 'AuthorizationHeaderMalformed'],
    ['a missing bucket', {}, 'other', 'refused', '404 NoSuchBucket'],
  ])('says why it was refused: %s', async (_, change, bucket, reason, text) => {
    const double = await s3Double(keys);
    const env = {
      AWS_ACCESS_KEY_ID: 'AK',
      AWS_SECRET_ACCESS_KEY: 'very-secret',
      AWS_REGION: 'eu-central-1',
      S3_ENDPOINT: double.url,
    };
    await expect(put({ ...env, ...change }, bucket)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(text),
    });
    await double.stop();
  });

  it('tells an outage from a refusal, and never shows the secret', async () => {
    const double = await s3Double(keys);
    const env = {
      AWS_ACCESS_KEY_ID: 'AK',
      AWS_SECRET_ACCESS_KEY: 'very-secret',
      AWS_REGION: 'eu-central-1',
      S3_ENDPOINT: double.url,
    };
    double.fail(503);
    await expect(put(env)).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('SlowDown'),
    });
    await double.stop();
    const gone = await put(env).catch((error: unknown) => error);
    expect(gone).toMatchObject({ reason: 'unavailable', message: 'the bucket audit could not be reached' });
    expect(String(gone)).not.toContain('very-secret');
  });
});

describe('a GCS bucket', () => {
  it('classifies what went wrong', async () => {
    const double = await gcsDouble({ bucket: 'audit', token: 'ya29' });
    const put = (token: () => Promise<string>, bucket = 'audit') =>
      artifactStore(
        { kind: 'gcs', bucket, endpoint: double.url },
        { fetch, env: {}, googleToken: token },
      ).put('k', new Uint8Array([1]), 'text/plain', AbortSignal.timeout(5_000));
    const good = async () => 'ya29';
    await expect(put(async () => 'old')).rejects.toMatchObject({
      reason: 'refused',
      message: 'the bucket audit answered 401 Invalid Credentials',
    });
    await expect(put(good, 'other')).rejects.toMatchObject({ reason: 'refused' });
    await expect(put(() => Promise.reject(new Error('no file')))).rejects.toMatchObject({
      reason: 'refused',
      message: 'no Google credentials for the bucket audit',
    });
    double.fail(503);
    await expect(put(good)).rejects.toMatchObject({ reason: 'unavailable' });
    double.fail(undefined);
    double.damage();
    await expect(put(good)).rejects.toMatchObject({ reason: 'damaged' });
    await double.stop();
  });
});

describe('artifactStore', () => {
  it.each([
    [{ kind: 'foler', path: 'x' }, 'did you mean "folder"?'],
    [{ kind: 'folder', pth: 'x' }, 'pth'],
    [{ kind: 's3', bucket: 'audit' }, 'AWS_ACCESS_KEY_ID is not set'],
    [{ kind: 's3', bucket: '../x' }, 'the name of a bucket'],
  ])('refuses %j', (connection, message) => {
    expect(() => artifactStore(connection, { fetch, env: {} })).toThrow(ArtifactError);
    expect(() => artifactStore(connection, { fetch, env: {} })).toThrow(message);
  });
});
