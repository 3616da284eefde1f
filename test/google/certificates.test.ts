import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateActive } from '../../src/steps/certificate-active.ts';
import { certificateAttach } from '../../src/steps/certificate-attach.ts';
import { requestIdOf } from '../../src/steps/google/cloud.ts';
import { contextFor } from '../support/step-context.ts';
import { call, proxyPath } from './client.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive, dyingFetch, optionsFor, recover } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const setDomains = async (domainStatus: Record<string, string>) => {
  const told = await call(google.url, 'PUT', `/_certificates/${project}/sapphire-cert`, { domainStatus });
  expect(told.status).toBe(200);
};
const shown = () => google.state.compute.proxies[`${project}/front`]?.sslCertificates;

describe('certificate.active', () => {
  const wait = (more: object = {}) =>
    drive(certificateActive, { connection: 'google', certificate: 'sapphire-cert', ...more }, { google });

  it('is content with an active one, and tells its domains', async () => {
    await setDomains({ 'trader.sapphire.test': 'ACTIVE', 'api.sapphire.test': 'ACTIVE' });
    expect((await wait()).result).toEqual({
      status: 'succeeded',
      summary: 'sapphire-cert is ACTIVE (trader.sapphire.test ACTIVE, api.sapphire.test ACTIVE)',
      output: {
        certificate: 'sapphire-cert',
        status: 'ACTIVE',
        domains: { 'trader.sapphire.test': 'ACTIVE', 'api.sapphire.test': 'ACTIVE' },
        expires: null,
      },
    });
  });

  it('waits, and shows how each domain stands meanwhile', async () => {
    const context = contextFor(
      certificateActive,
      { connection: 'google', certificate: 'sapphire-cert', within: '1h' },
      optionsFor({ google }),
    );
    expect(await certificateActive.run(context, new AbortController().signal)).toMatchObject({
      status: 'waiting',
      waiting: {
        what: 'Certificate sapphire-cert: sapphire-cert is PROVISIONING (trader.sapphire.test PROVISIONING, api.sapphire.test PROVISIONING)',
      },
    });
  });

  it('explains what to do where Google does not see the domain', async () => {
    await setDomains({ 'trader.sapphire.test': 'ACTIVE', 'api.sapphire.test': 'FAILED_NOT_VISIBLE' });
    const { result, looks } = await wait({ within: '10s' });
    expect(looks).toBeGreaterThan(3);
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('api.sapphire.test FAILED_NOT_VISIBLE'),
      detail: expect.stringMatching(
        /A and AAAA records have to point to the load balancer.*attached to the target proxy/,
      ),
      retryable: true,
    });
  });

  it('does not wait for one that is not there or that may not be read', async () => {
    const { result } = await wait({ certificate: 'missing-cert' });
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/404: The resource .* was not found/),
    });
  });
});

const both = { connection: 'google', proxy: 'front', certificates: ['aster-cert', 'sapphire-cert'] };

describe('certificate.attach', () => {
  it('adds a certificate beside the one in use, captures what stood there and puts it back', async () => {
    const { result, captured } = await drive(certificateAttach, both, { google });
    expect(result).toEqual({
      status: 'succeeded',
      summary: 'front shows aster-cert and sapphire-cert',
      output: { proxy: 'front', certificates: ['aster-cert', 'sapphire-cert'] },
    });
    expect(captured).toEqual({ proxy: 'front', certificates: ['aster-cert'] });
    expect(shown()).toEqual(['aster-cert', 'sapphire-cert']);
    await drive(
      certificateAttach,
      { connection: 'google', restore: captured },
      { google, options: { attempt: 2 } },
    );
    expect(shown()).toEqual(['aster-cert']);
    expect(google.effects()).toHaveLength(2);
  });

  it('writes nothing where it is so already', async () => {
    const same = { ...both, certificates: ['aster-cert'] };
    expect((await drive(certificateAttach, same, { google })).result).toMatchObject({
      summary: 'It is so already: front shows aster-cert',
    });
    expect(google.effects()).toEqual([]);
  });

  it('is refused where somebody changed the proxy between reading and writing', async () => {
    const path = proxyPath.replace('global/', '').concat('/setSslCertificates');
    const theirs = { sslCertificates: [`projects/${project}/global/sslCertificates/sapphire-cert`] };
    let done = false;
    const meddled: typeof fetch = async (resource, init) => {
      if (init?.method === 'PATCH' && !done) {
        done = true;
        await call(google.url, 'POST', path, theirs);
        google.pass(1_000);
      }
      return fetch(resource, init);
    };
    const { result } = await drive(certificateAttach, both, {
      google,
      options: { world: { fetch: meddled } },
    });
    expect(result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('someone changed it'),
      retryable: true,
    });
    expect(shown()).toEqual(['sapphire-cert']);
  });

  it('tells a certificate that there is not', async () => {
    const { result } = await drive(certificateAttach, { ...both, certificates: ['nothing'] }, { google });
    expect(result).toMatchObject({ status: 'failed', summary: expect.stringContaining('was not found') });
  });

  it('shows the change in the plan', async () => {
    const line = await certificateAttach.plan(contextFor(certificateAttach, both, optionsFor({ google })));
    expect(line.diff).toEqual([
      { what: 'front', before: 'aster-cert', after: 'aster-cert and sapphire-cert' },
    ]);
  });

  it('asks with the same id for the same attempt, a UUID, and with another one for another attempt', () => {
    const id = (attempt: number) => requestIdOf(contextFor(certificateAttach, both, { attempt }));
    expect(id(1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([id(1), id(2)]).toEqual([id(1), expect.not.stringContaining(id(1))]);
  });

  it.each([
    ['a lost request', { lose: 'request' as const }],
    ['lost replies', { lose: 'reply' as const, times: 2 }],
    ['a quota that is used up', { status: 429, times: 2 }],
    ['a service that is away', { status: 503 }],
  ])('takes effect once in spite of %s', async (_, fault) => {
    google.disturb({ rules: [{ method: 'PATCH', path: '/targetHttps', times: 1, delayMs: 0, ...fault }] });
    expect((await drive(certificateAttach, both, { google })).result.status).toBe('succeeded');
    expect(google.effects()).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'killed %s its change reached Google, it takes effect once',
    async (when) => {
      const { fetch: dying, signal } = dyingFetch(when);
      const dead = drive(certificateAttach, both, { google, signal, options: { world: { fetch: dying } } });
      await expect(dead).rejects.toThrow('killed');
      const { seen, result } = await recover(certificateAttach, both, { google });
      expect(seen).toBe('absent');
      expect(result).toMatchObject({ status: 'succeeded' });
      expect(google.effects()).toHaveLength(1);
      expect((await recover(certificateAttach, both, { google })).seen).toBe('present');
    },
  );
});
