import { Resolver } from 'node:dns/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo, serveDns } from '../../sandbox/google/dns/answers.ts';
import { dnsSwitch } from '../../src/steps/dns-switch.ts';
import { portForLater } from '../support/port.ts';
import { contextFor, noon } from '../support/step-context.ts';
import { call } from './client.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const zone = `/dns/v1/projects/${project}/managedZones/main`;
const there = { name: 'api.sapphire.test.', type: 'A', ttl: 300, rrdatas: ['192.0.2.1'] };
const moved = { ...there, ttl: 60, rrdatas: ['192.0.2.9'] };
const change = (body: object) => call(google.url, 'POST', `${zone}/changes`, body);
const records = async (query = '') => (await call(google.url, 'GET', `${zone}/rrsets${query}`)).body.rrsets;
const named = { name: there.name, type: 'A' };

describe('Cloud DNS, as Google would refuse', () => {
  const wrong: [string, object, string][] = [
    [
      'an unknown field',
      { additionals: [] },
      `400 INVALID_ARGUMENT: Invalid JSON payload received. Unknown name "additionals" at 'change': Cannot find field.`,
    ],
    ['an empty change', {}, "400 required: The 'entity.change' resource has no additions and no deletions."],
    [
      'a deletion of what is not there',
      { deletions: [{ ...there, type: 'AAAA', rrdatas: ['2001:db8::1'] }] },
      "404 notFound: The 'entity.change.deletions[0]' resource named 'api.sapphire.test. (AAAA)' does not exist.",
    ],
    [
      'a deletion that is not exactly what is there',
      { deletions: [{ ...there, ttl: 60 }], additions: [moved] },
      "412 conditionNotMet: Precondition not met for 'entity.change.deletions[0]'",
    ],
    [
      'an addition of what is there',
      { additions: [moved] },
      "409 alreadyExists: The resource 'entity.change.additions[0]' named 'api.sapphire.test. (A)' already exists",
    ],
    [
      'a name of another zone',
      { additions: [{ ...there, name: 'api.aster.test.' }] },
      "400 invalid: Invalid value for 'entity.change.additions[0].name': 'api.aster.test.'",
    ],
    [
      'a name without its last dot',
      { additions: [{ ...there, name: 'new.sapphire.test' }] },
      "400 invalid: Invalid value for 'entity.change.additions[0].name': 'new.sapphire.test'",
    ],
    [
      'an address that is none',
      { additions: [{ ...there, name: 'new.sapphire.test.', rrdatas: ['192.0.2.256'] }] },
      "400 invalid: Invalid value for 'entity.change.additions[0].rrdata[0]': '192.0.2.256'",
    ],
  ];
  it.each(wrong)('%s, and nothing is changed', async (_, body, error) => {
    const before = await records();
    expect((await change(body)).error).toBe(error);
    expect(await records()).toEqual(before);
    expect(google.effects()).toEqual([]);
  });

  it('a CNAME beside other records', async () => {
    const { error } = await change({ additions: [{ ...there, type: 'CNAME', rrdatas: ['x.test.'] }] });
    expect(error).toContain('either one CNAME resource record set or resource record sets of other types');
  });

  it('a zone that there is not, and a type without a name', async () => {
    const { error } = await call(google.url, 'GET', zone.replace('main', 'other'));
    expect(error).toBe("404 notFound: The 'parameters.managedZone' resource named 'other' does not exist.");
    expect((await call(google.url, 'GET', `${zone}/rrsets?type=A`)).status).toBe(400);
  });
});

/** The zone's name server, as clients ask it. */
async function nameServer() {
  const port = await portForLater();
  const stop = await serveDns(google.state.dns, port, google.advance);
  const resolver = new Resolver({ timeout: 2_000, tries: 3 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return { server: `127.0.0.1:${port}`, resolver, stop };
}

describe('a change of Cloud DNS', () => {
  it('is pending until name servers give the new answer', async () => {
    const { resolver, stop } = await nameServer();
    const { body, error } = await change({ deletions: [there], additions: [moved] });
    expect([error, body.status]).toEqual(['', 'pending']);
    expect(await records('?name=api.sapphire.test.&type=A')).toMatchObject([moved]);
    expect(await resolver.resolve4('api.sapphire.test', { ttl: true })).toEqual([
      { address: '192.0.2.1', ttl: 300 },
    ]);
    google.pass(1_000);
    expect((await call(google.url, 'GET', `${zone}/changes/${body.id}`)).body).toMatchObject({
      status: 'done',
      isServing: true,
    });
    expect(await resolver.resolve4('api.sapphire.test')).toEqual(['192.0.2.9']);
    expect(await resolver.resolveNs('sapphire.test')).toEqual(['ns1.sapphire.test']);
    await expect(resolver.resolve6('api.sapphire.test')).rejects.toThrow('ENODATA');
    await expect(resolver.resolve4('no.sapphire.test')).rejects.toThrow('ENOTFOUND');
    await expect(resolver.resolve4('aster.test')).rejects.toThrow('EREFUSED');
    stop();
  });

  it('is made by dns.switch, followed to the name server, and put back exactly', async () => {
    await google.stop();
    google = await googleForTest({ token: undefined });
    const { server, stop } = await nameServer();
    const connection = { kind: 'google-dns', project, zone: 'main', endpoint: `${google.url}/dns/v1/` };
    let time = noon;
    const run = async (input: object) => {
      const given = { connection: 'dns', servers: [server], interval: '1s', ...input };
      let kept: unknown;
      for (let looks = 0; looks < 1_000; looks += 1) {
        const context = contextFor(dnsSwitch, given, {
          connections: { dns: connection },
          capturing: true,
          now: () => time,
          ...(kept === undefined ? {} : { kept: kept as never }),
        });
        const result = await dnsSwitch.run(context, new AbortController().signal);
        captured ??= context.captures[0];
        if (result.status !== 'waiting') return result;
        kept = result.state;
        time += 1_000;
        google.pass(1_000);
      }
      throw new Error('it waits for ever');
    };
    let captured: unknown;
    const wanted = { name: 'api.sapphire.test', values: ['192.0.2.9'], ttl: '30s' };
    expect(await run({ records: [wanted] })).toMatchObject({ status: 'succeeded' });
    expect(await records('?name=api.sapphire.test.')).toMatchObject([
      { ...named, ttl: 30, rrdatas: ['192.0.2.9'] },
    ]);
    expect(await run({ restore: captured })).toMatchObject({ status: 'succeeded' });
    expect(await records('?name=api.sapphire.test.')).toMatchObject([there]);
    expect(google.effects()).toHaveLength(2);
    stop();
  });
});

it('the name server answers every query of bytes, or passes over it, and never falls', () => {
  const header = fc.uint8Array({ minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 300 }), (first, rest) => {
      const query = Buffer.from([...first, ...rest]);
      query[2] = (query[2] ?? 0) & 0x7f;
      const answer = answerTo(google.state.dns, query);
      expect(answer?.subarray(0, 2)).toEqual(query.subarray(0, 2));
    }),
  );
});
