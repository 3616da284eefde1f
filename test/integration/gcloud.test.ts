import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readLedgers } from '../../sandbox/ledger.ts';
import { standIn } from '../../sandbox/sapphire/gcloud-stand-in.ts';
import { byRevision, call, servicePath } from '../google/client.ts';
import { newImage, oldImage, project, region, seed, token } from '../google/double.ts';
import { gcloudAt, gcloudInstalled } from '../support/gcloud.ts';
import { type GoogleProcess, startGoogleProcess } from '../support/google-process.ts';
import { until } from '../support/until.ts';

const first = 'api-00001-abc';
const knativeSchema = z.object({
  spec: z.object({
    traffic: z.array(z.object({ revisionName: z.string().optional(), percent: z.number().optional() })),
  }),
  status: z.object({ latestReadyRevisionName: z.string() }),
});

describe.runIf(gcloudInstalled())('the real gcloud against the double of Google Cloud', () => {
  let google: GoogleProcess;
  let gcloud: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    google = await startGoogleProcess(seed, token);
    gcloud = await gcloudAt(google, project, token);
  });
  afterAll(() => google?.stop());

  const describeService = async () => {
    const told = await gcloud('run', 'services', 'describe', 'api', '--region', region, '--format=json');
    return knativeSchema.parse(JSON.parse(told));
  };
  const settled = () =>
    until(
      'the service to settle',
      async () => (await call(google.url, 'GET', servicePath)).body.reconciling === false,
    );

  it('sees what came by the v2 API, and moves traffic back by name', async () => {
    const traffic = [{ type: byRevision, revision: 'api-two', percent: 100 }];
    const template = { revision: 'api-two', containers: [{ image: newImage }] };
    const told = await call(google.url, 'PATCH', `${servicePath}?updateMask=traffic,template`, {
      traffic,
      template,
    });
    expect(told.error).toBe('');
    await settled();
    expect(await describeService()).toEqual({
      spec: { traffic: [{ revisionName: 'api-two', percent: 100 }] },
      status: { latestReadyRevisionName: 'api-two' },
    });
    await gcloud(
      'run',
      'services',
      'update-traffic',
      'api',
      '--region',
      region,
      `--to-revisions=${first}=100`,
    );
    const { body } = await call(google.url, 'GET', servicePath);
    expect(body.trafficStatuses).toMatchObject([{ revision: first, percent: 100 }]);
  });

  it('is refused a revision that there is not', async () => {
    const asked = gcloud(
      'run',
      'services',
      'update-traffic',
      'api',
      '--region',
      region,
      '--to-revisions=api-9=100',
    );
    await expect(asked).rejects.toThrow("Revision 'api-9' does not exist");
  });

  it('deploys an image, and tells shares and the newest revision as the sandbox’s stand-in does', async () => {
    await gcloud('run', 'deploy', 'api', '--region', region, '--image', newImage);
    const describing = ['run', 'services', 'describe', 'api', `--project=${project}`, `--region=${region}`];
    for (const format of [
      [
        '--flatten=status.traffic[]',
        '--format=csv[no-heading,separator="="](status.traffic.revisionName,status.traffic.percent)',
      ],
      [
        '--format=value(status.latestReadyRevisionName,status.latestCreatedRevisionName,spec.template.spec.containers[0].image)',
      ],
    ]) {
      const lines: string[] = [];
      await standIn({ url: google.url, project, token }, [...describing, ...format], (line) => {
        lines.push(line);
      });
      expect((await gcloud(...describing, ...format)).trim()).toBe(lines.join('\n'));
    }
    const { body } = await call(google.url, 'GET', servicePath);
    expect(body.trafficStatuses).toMatchObject([{ revision: first, percent: 100 }]);
  });

  it('describes a certificate', async () => {
    const told = await gcloud(
      'compute',
      'ssl-certificates',
      'describe',
      'sapphire-cert',
      '--format=value(managed.status)',
    );
    expect(told.trim()).toBe('PROVISIONING');
  });

  it('lists the records of a zone', async () => {
    const format = '--format=csv[no-heading](name,type,ttl,rrdatas[0])';
    const told = await gcloud('dns', 'record-sets', 'list', '--zone=main', format);
    expect(told.trim().split('\n')).toContain('api.sapphire.test.,A,300,192.0.2.1');
  });

  it('finds all of it again after the double was killed, and its ledger tells what changed', async () => {
    await google.restart();
    expect((await describeService()).spec.traffic).toEqual([{ revisionName: first, percent: 100 }]);
    const effects = (await readLedgers(google.folder)).filter(({ kind }) => kind === 'effect');
    expect(effects.map(({ method }) => method)).toEqual(['PATCH', 'PUT', 'PUT']);
    expect(JSON.stringify(effects)).not.toContain(oldImage);
  });
});
