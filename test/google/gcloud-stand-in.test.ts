import { afterEach, beforeEach, expect, it } from 'vitest';
import { standIn } from '../../sandbox/sapphire/gcloud-stand-in.ts';
import { badImage, type GoogleForTest, googleForTest, newImage, oldImage, project, token } from './double.ts';

const first = 'api-00001-abc';
const inProject = ['--project=sapphire', '--region=us-central1'];
const shares = [
  '--flatten=status.traffic[]',
  '--format=csv[no-heading,separator="="](status.traffic.revisionName,status.traffic.percent)',
];
const newest =
  '--format=value(status.latestReadyRevisionName,status.latestCreatedRevisionName,spec.template.spec.containers[0].image)';

let google: GoogleForTest;
let printed: string[];
const gcloud = async (...args: string[]): Promise<string> => {
  printed = [];
  const place = { url: google.url, project, token };
  expect(await standIn(place, args, (line) => void printed.push(line))).toBe(0);
  return printed.join('\n');
};
const describe = (...args: string[]) => gcloud('run', 'services', 'describe', 'api', ...inProject, ...args);
const deploy = (image: string) => gcloud('run', 'deploy', 'api', '--image', image, '--quiet');
const move = (to: string) =>
  gcloud('run', 'services', 'update-traffic', 'api', ...inProject, `--to-revisions=${to}`);

beforeEach(async () => {
  google = await googleForTest();
  google.disturb({ operationMs: 0 });
});
afterEach(() => google.stop());

it('tells the shares and the newest revision as gcloud does', async () => {
  expect(await describe(...shares)).toBe(`${first}=100`);
  expect(await describe(newest)).toBe([first, first, oldImage].join('\t'));
});

it('deploys, where traffic goes to the latest one also moves it, and moves it back by name', async () => {
  await deploy(newImage);
  const [made = '', created, image] = (await describe(newest)).split('\t');
  expect([created, image]).toEqual([made, newImage]);
  expect(await describe(...shares)).toBe(`${made}=100`);
  await move(`${first}=60,${made}=40`);
  expect(await describe(...shares)).toBe(`${first}=60\n${made}=40`);
  await deploy(newImage);
  expect(await describe(...shares)).toBe(`${first}=60\n${made}=40`);
});

it('leaves tags where they are, and tells a revision that has no share', async () => {
  await google.answer({
    method: 'PATCH',
    url: `/v2/projects/${project}/locations/us-central1/services/api?updateMask=traffic`,
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      traffic: [
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 },
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: first, tag: 'next' },
      ],
    }),
  });
  expect(await describe(...shares)).toBe(`${first}=100\n${first}=`);
  await move(`${first}=100`);
  expect(google.service().traffic).toMatchObject([{ revision: first, percent: 100 }, { tag: 'next' }]);
});

it('fails for a revision that does not get ready, also where traffic has moved, as gcloud does', async () => {
  google.disturb({ operationMs: 0, badImages: [badImage] });
  await expect(deploy(badImage)).rejects.toThrow('is not ready and cannot serve traffic');
  await expect(move(`${first}=100`)).rejects.toThrow('is not ready and cannot serve traffic');
  expect(google.service().trafficStatuses).toMatchObject([{ revision: first, percent: 100 }]);
});

it('refuses what it does not know', async () => {
  await expect(gcloud('run', 'services', 'delete', 'api')).rejects.toThrow('does not know "delete"');
});
