import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostsIn } from '../../sandbox/aether/ingress.ts';
import { standingIn } from '../../sandbox/aether/standing.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { deployGreen, openAether, version } from '../support/aether.ts';
import { aetherFates } from '../support/aether-fates.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
let dir: string;
let place: Awaited<ReturnType<typeof openAether>>;
let bot: BotProcess;
const { fateOf, hold } = aetherFates();

/** An API contract with these paths. */
function contractOf(...paths: string[]) {
  const get = { responses: { 200: { description: 'what is asked for' } } };
  return { openapi: '3.1.0', paths: Object.fromEntries(paths.map((path) => [path, { get }])) };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-aether-'));
  place = await openAether(dir, fateOf);
  place.publish(contractOf('/orders', '/positions'));
  await deployGreen(place);
  bot = await startBotProcess({ env: place.env });
});
afterAll(async () => {
  await endBotProcesses();
  await place?.stop();
  await rm(dir, { recursive: true, force: true });
});

const alice = () => personAt(bot.url, 'alice');

async function stepOf(rollout: string, step: string) {
  const { steps } = await alice().rollout(rollout);
  return steps.find(({ id }) => id === step);
}

/** Waits until a step is so far; a rollout that stopped somewhere else says where. */
async function untilStep(rollout: string, step: string, statuses: readonly string[]): Promise<void> {
  await until(
    `${step} of ${rollout}`,
    async () => {
      const { status, steps } = await alice().rollout(rollout);
      const broken = steps.find((each) => each.status === 'failed' || each.status === 'in-doubt');
      if (broken) throw new Error(`${rollout} is ${status}: ${JSON.stringify(broken)}`);
      return statuses.includes(steps.find(({ id }) => id === step)?.status ?? '');
    },
    150,
  );
}

async function type(person: string, text: string): Promise<void> {
  const { ok, said } = await personAt(bot.url, person).type(text);
  if (!ok) throw new Error(`${text}: ${said}`);
}

async function approve(rollout: string): Promise<void> {
  await untilStep(rollout, 'approve-switch', ['waiting']);
  await type('bob', `approve ${rollout} looks good`);
}

const standing = () => standingIn(place.cluster.admin, never);

const hosts = async () => (await fetch(`${place.sandbox.urls.router}/_router/hosts`)).json();

test('the plan says what will change, for somebody who has to sign it', async () => {
  const plan = async () => (await alice().type(`plan green version=${version}`)).said;
  const digestIn = (text: string) => /a tag that can move → (sha256:[0-9a-f]{64})/.exec(text)?.[1];
  const isRead = (text: string) => digestIn(text) !== undefined && !/not be read|not read here/.test(text);
  const said = await until(
    'a plan that had the time to read all that stands there',
    async () => {
      const text = await plan();
      return isRead(text) ? text : undefined;
    },
    60,
  );
  const digest = digestIn(said);
  const image = `ghcr.io/aether/platform@${digest?.slice(0, 19)}…`;
  const lines = said.split('\n').map((line) => line.replace(/^\d+\. /, ''));
  const expected = [
    'Plan: green → staging · aether-blue-green',
    'With version=v2.4.0, via=ingress',
    'What changes and who is asked, in this order',
    'Install the chart',
    '• aether in aether-green: not installed; in aether-blue aether-0.4.0 (revision 1) → aether-0.4.0 (v2.4.0)',
    '• colour: blue → green',
    `• image.digest: not set → ${digest?.slice(0, 19)}…`,
    '• Ingress aether-green/aether hosts: none → api.aether.example, app.aether.example',
    '• Ingress aether-blue/aether hosts: api.aether.example, app.aether.example, blue.aether.example → blue.aether.example',
    'Not needed: via is ingress: Lower the TTL of the records · Move the DNS records',
    'Every step',
    `Migrate the admin repository: Run a Job in aether-blue: ${image} python ops/migrate_admin_repository.py, at most 15m`,
    `Refresh the aggregates: Run a Job in aether-blue: ${image} python ops/refresh_continuous_aggregates.py, at most 30m`,
    'Install the chart: Helm deploys aether-0.4.0 (v2.4.0) as aether in aether-green',
    'Move the hosts: Switch api.aether.example, app.aether.example: aether-blue/aether → aether-green/aether (Ingress aether-green/aether is to be made before)',
    'If it is rolled back',
    'Hosts back to the old side: Puts back what was captured before “Move the hosts”',
    'The release back to the revision before: Puts back what was captured before “Install the chart”',
  ];
  for (const line of expected) expect(lines).toContain(line);
  expect(said).toMatch(/^\d+\. Freeze writes and move traffic to the new side: needs 1 approval by /m);
  expect(said).toMatch(/^\d+\. Migrate the admin repository: .* · stays after a rollback$/m);
  expect(said).toMatch(/^It does not undo: Migrate the admin repository · /m);
  expect(lines).toContainEqual(
    expect.stringMatching(/\/safe-mode: \{"enabled":false\} → \{"enabled":true\}$/),
  );
  expect(said).not.toContain('${{');
});

test('a rollout goes to the switch and back: the cluster is as it was captured, field by field', async () => {
  const began = performance.now();
  await type('alice', `start green version=${version}`);
  await untilStep('aether-1', 'approve-switch', ['waiting']);
  const before = await standing();
  await approve('aether-1');
  await untilStep('aether-1', 'switch-hosts', ['succeeded']);
  expect(await standing()).not.toEqual(before);
  await until('clients to be on green', async () => (await hosts()).api === 'green');
  await untilStep('aether-1', 'soak', ['waiting', 'succeeded']);
  await type('bob', 'rollback aether-1 checkout errors');
  await alice().until('aether-1', 'rolled-back', 120);
  expect(await standing()).toEqual(before);
  await until('clients to be on blue', async () => (await hosts()).api === 'blue');
  const { steps } = await alice().rollout('aether-1');
  const undone = [
    ...['freeze-new-side', 'restore-hosts', 'restore-writes', 'prove-old-side', 'keep-evidence'],
    ...['investigate', 'restore-release', 'report-rollback'],
  ];
  for (const id of undone)
    expect(steps.find((step) => step.id === id)).toMatchObject({ status: 'succeeded' });
  const times = undone.map((id) => String(steps.find((step) => step.id === id)?.startedAt));
  expect(times).toEqual(times.toSorted());
  await evidenceIsTold();
  console.log(`To the switch and back in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
});

/** Where the failure's traces and snapshots are stands in the thread, and the timeline in the audit report. */
async function evidenceIsTold(): Promise<void> {
  const manifest = join(dir, 'artifacts/aether-1/failure/manifest.json');
  const words = new RegExp(`traces at https?://.*, metrics at https?://.*${manifest}`);
  await until('the thread to say where to look', async () =>
    (await alice().messages()).some(({ card }) => words.test(plainText(card).join('\n'))),
  );
  const { items } = JSON.parse(await readFile(manifest, 'utf8')) as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['metrics-new-side.txt', 'snapshot-before.json', 'traces.json', 'journal.jsonl']),
  );
  const audit = await readFile(place.auditReport, 'utf8');
  const entry = audit.slice(audit.indexOf('<!-- cutover aether-1: begin'));
  expect(entry).toContain('checkout errors');
  expect(entry).toContain('Hosts back to the old side');
}

/** The worker dies at once, and another one starts. */
async function killed(): Promise<void> {
  bot.kill('SIGKILL');
  await bot.gone;
  bot = await startBotProcess({ env: place.env });
}

const isThere = async (kind: object, name: string) =>
  (await place.cluster.admin.describe({ apiVersion: 'v1', kind: 'ConfigMap', name, ...kind }, never)) !==
  undefined;

test('killed during a Job, Helm and the switch, a rollout goes on to its end; nothing is done twice', async () => {
  const began = performance.now();
  hold('aether-2-migrate-admin-');
  await type('alice', `start green version=${version}`);
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'aether-blue' };
  await until('the Job', () => isThere(job, 'aether-2-migrate-admin-1'), 120);
  await killed();
  hold(undefined);
  await place.kubelet.look();
  await until(
    'Helm to begin',
    () => isThere({ namespace: 'aether-green' }, 'sh.helm.release.v1.aether.v2'),
    120,
  );
  await killed();
  await approve('aether-2');
  await until(
    'the switch to begin',
    async () => (await stepOf('aether-2', 'switch-hosts'))?.status !== 'pending',
    60,
  );
  await killed();
  await alice().until('aether-2', 'succeeded', 180);
  await until('clients to be on green', async () => (await hosts()).api === 'green');

  const jobs = await place.cluster.admin.list({ apiVersion: 'batch/v1', kind: 'Job' }, never);
  const names = jobs.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('aether-2-'));
  expect(names.filter((name) => !name.endsWith('-1'))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const releases = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'aether-green', labels: 'owner=helm' };
  const revisions = await place.cluster.admin.list(releases, never);
  const deployed = revisions.filter(({ metadata }) => metadata.labels?.status === 'deployed');
  expect(deployed).toHaveLength(1);
  const { steps } = await alice().rollout('aether-2');
  expect(steps.filter(({ status }) => !['succeeded', 'skipped', 'pending'].includes(status))).toEqual([]);
  expect(await alice().verified('aether-2')).toMatchObject({ ok: true });
  console.log(
    `To the end through three kills in ${((performance.now() - began) / 1_000).toFixed(0)} s; ` +
      `${names.length} Jobs, ${revisions.length} revisions of the release.`,
  );
});

test('clients are on green now, so that another rollout to it is refused before anything is touched', async () => {
  const before = await standing();
  await type('alice', `start green version=${version}`);
  await alice().until('aether-3', 'failed', 90);
  const { steps } = await alice().rollout('aether-3');
  expect(steps.filter(({ status }) => status === 'failed')).toMatchObject([
    { id: 'new-side-idle', summary: expect.stringContaining('does not hold: body.colour == "blue"') },
  ]);
  expect(steps.find(({ id }) => id === 'migrate-admin')).toMatchObject({ status: 'pending' });
  await until(
    'the thread to say what to do',
    async () =>
      (await alice().messages()).some(({ card }) =>
        /abort this rollout, and start blue/.test(plainText(card).join(' ')),
      ),
    60,
  );
  await type('alice', 'abort aether-3 blue was meant');
  await alice().until('aether-3', 'aborted');
  expect(await standing()).toEqual(before);
});

/** Each of blue's Ingresses from now on, by its hosts, until it is stopped. */
function hostsOfBlue() {
  const stop = new AbortController();
  const seen: string[] = [];
  const blue = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'aether-blue' };
  const following = (async () => {
    for await (const event of place.cluster.admin.watch(blue, stop.signal)) {
      const objects = event.type === 'listed' ? event.objects : [event.object];
      seen.push(...objects.map(({ spec }) => hostsIn(spec).join(' ')));
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    seen,
    async stop(): Promise<void> {
      stop.abort(new Error('the test has seen enough'));
      await following;
    },
  };
}

const onlyItsOwn = 'blue.aether.example';
const staged = 'api.next.staging.aether.example app.next.staging.aether.example';

test('the next one goes to blue, and an addition to the contract goes on; its way back takes no host from green', async () => {
  const began = performance.now();
  const watched = hostsOfBlue();
  const compared = async (rollout: string) => (await stepOf(rollout, 'compare-contract'))?.summary;
  place.publish(contractOf('/orders', '/positions', '/fills'));
  await type('alice', `start blue version=${version}`);
  await untilStep('aether-4', 'compare-contract', ['succeeded']);
  expect(await compared('aether-4')).toBe('Nothing breaks callers since aether-2: 1 other change');
  await untilStep('aether-4', 'ci', ['succeeded']);
  await type('bob', 'rollback aether-4 not today');
  await alice().until('aether-4', 'rolled-back', 120);
  expect(await stepOf('aether-4', 'restore-release')).toMatchObject({
    status: 'succeeded',
    summary: expect.stringMatching(
      /^aether in aether-blue stays at revision 2 \(deployed\): with revision 1 Helm would take api\.aether\.example and app\.aether\.example back/,
    ),
  });
  await watched.stop();
  expect([...new Set(watched.seen)]).toEqual([onlyItsOwn, staged]);
  expect(await hosts()).toMatchObject({ api: 'green' });
  console.log(`To blue and back in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
});

test('people decide on what breaks callers; rolled back after the switch, green serves and all is as it was, field by field', async () => {
  const began = performance.now();
  const before = await standing();
  place.publish(contractOf('/orders', '/fills'));
  await type('alice', `start blue version=${version}`);
  await untilStep('aether-5', 'compare-contract', ['waiting']);
  const { waitingFor, steps } = await alice().rollout('aether-5');
  expect(waitingFor).toBe('1 breaking change since aether-2: GET /positions is gone');
  expect(steps.find(({ id }) => id === 'ci')).toMatchObject({ status: 'pending' });
  await type('bob', 'proceed aether-5 compare-contract nobody asks for positions any more');
  await untilStep('aether-5', 'ci', ['succeeded']);
  expect((await stepOf('aether-5', 'compare-contract'))?.summary).toBe(
    'Accepted by Bob (“nobody asks for positions any more”): 1 breaking change since aether-2: GET /positions is gone',
  );
  await approve('aether-5');
  await untilStep('aether-5', 'clients-moved', ['succeeded']);
  expect(await standing()).not.toEqual(before);
  await until('clients to be on blue', async () => (await hosts()).api === 'blue');
  await type('bob', 'rollback aether-5 checkout errors');
  await alice().until('aether-5', 'rolled-back', 120);
  await until('clients to be on green', async () => (await hosts()).api === 'green');
  expect(await standing()).toEqual(before);
  expect(await stepOf('aether-5', 'restore-release')).toMatchObject({
    status: 'succeeded',
    summary: expect.stringContaining('aether in aether-blue is back at aether-0.4.0 (revision 2)'),
  });
  expect(await alice().verified('aether-5')).toMatchObject({ ok: true });
  console.log(`To blue, decided upon, and back in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
});
