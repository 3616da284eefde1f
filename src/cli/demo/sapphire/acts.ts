import { addresses, certificates, nameOf, services, versions } from '../../../../sandbox/sapphire/names.ts';
import { approvers, find, inStatus, newest, proven, wordsOf } from '../looks.ts';
import type { Act, Stage } from '../stage.ts';
import { hypercareWindow } from './bot.ts';
import type { Place, SapphireWitness } from './witness.ts';

type SapphireStage = Stage<SapphireWitness>;

/** Seconds for a part of a launch, also on a machine that is busy with other things. */
const patience = 240;

/** Said before anything happens. */
export const introduction =
  'A bot, its Redis and two projects of Google Cloud start on free ports of this machine, as doubles: no account is ' +
  `needed, and nothing leaves it. Hypercare lasts ${hypercareWindow} here instead of a day.`;

const proved: Act<SapphireWitness> = {
  title: `Alice launches ${versions.launched} in staging`,
  async play(stage) {
    const { checks, witness } = stage;
    const id = await launched(stage, 'staging');
    await letIn(stage, id);
    await stage.until('the end in staging', patience, () => inStatus(stage, id, 'succeeded'));
    checks.equal(
      'Staging serves the new version',
      await witness.served('staging'),
      nameOf(services.trader, versions.launched),
    );
    await proven(stage, id);
  },
};

const undone: Act<SapphireWitness> = {
  title: 'The same images fail in production; the soak sees it, and the bot goes back by itself',
  async play(stage) {
    const { checks, room, witness } = stage;
    const before = await witness.standing('production');
    await witness.spoil(0.8);
    stage.tell(
      'What staging could not show: with production’s data the new trader fails 80 % of its requests.',
    );
    const id = await launched(stage, 'production');
    await stage.until('the end of the rollback', patience, () => inStatus(stage, id, 'rolled-back'));
    const { steps } = await room.rollout(id);
    const soak = steps.find((step) => step.id === 'soak')?.status;
    checks.equal('The soak failed, and nobody had to press anything', soak, 'failed');
    const captured = find(await room.journal(id), 'step.captured', ({ step }) => step === 'deploy-trader');
    checks.holds('The revision before was captured', captured !== undefined, 'nothing was');
    const now = await settled(stage, before);
    checks.equal('Traffic, ingress, certificates, DNS and log retention are as before', now, before);
    const firsts = Object.values(services).map((service) => `${service}-00001-abc 100`);
    checks.equal('The captured revisions get 100 %, by name', await witness.serving('production'), firsts);
    checks.equal(
      'Clients are served by the old version',
      await witness.served('production'),
      nameOf(services.trader, versions.old),
    );
    await proven(stage, id);
  },
};

const clean: Act<SapphireWitness> = {
  title: 'The fault is mended; a clean launch goes into hypercare, and to its end',
  async play(stage) {
    const { checks, room, witness } = stage;
    await witness.spoil(0);
    const id = await launched(stage, 'production');
    await letIn(stage, id);
    await stage.until('hypercare', patience, () => inStatus(stage, id, 'hypercare'));
    const now = await witness.standing('production');
    const serving = await witness.serving('production');
    const all =
      serving.length === 2 && serving.every((share) => share.includes(id) && share.endsWith(' 100'));
    checks.holds('Both services give all traffic to this launch’s revisions', all, serving.join(', '));
    const served = await witness.served('production');
    checks.equal('Clients are served by the new version', served, nameOf(services.trader, versions.launched));
    checks.equal('The new certificate is shown first', now.certificates[0], certificates.launch);
    const moved = now.records.every((record) => record.endsWith(addresses.balancer));
    checks.holds('The hosts lead to the load balancer', moved, now.records.join(', '));
    checks.equal('Logs are kept longer', now.retentionDays, 90);
    checks.equal(
      'Production runs what staging ran, digest by digest',
      await witness.digests('production'),
      await witness.digests('staging'),
    );
    await stage.until('the question for the summary', patience, () =>
      isWaiting(stage, id, 'approve-summary'),
    );
    await stage.press('bob', 'Approve');
    await stage.until('the end', patience, () => inStatus(stage, id, 'succeeded'));
    checks.equal('Logs are kept as long as before', (await witness.standing('production')).retentionDays, 30);
    const duties = (await room.rollout(id)).steps.filter((step) => step.id.startsWith('rotate-'));
    checks.equal('Three keys are to be rotated', duties.length, 3);
    checks.equal('Carol and Bob approved', approvers(await room.journal(id)), ['carol', 'bob']);
    await proven(stage, id);
  },
};

/** The demo, in order. An act expects what the ones before it left behind. */
export const actsOfSapphire: readonly Act<SapphireWitness>[] = [proved, undone, clean];

/** Begins a launch and has it approved; answers its id. */
async function launched(stage: SapphireStage, place: Place): Promise<string> {
  const words = `start sapphire-cloud-run version=${versions.launched} env=${place}`;
  const started = await stage.type('alice', words);
  stage.checks.holds(`Alice starts the launch in ${place}`, started.ok, wordsOf(started.card));
  const id = await newest(stage);
  await stage.until('the question for approval', patience, () => isWaiting(stage, id, 'approve-launch'));
  await stage.press('carol', 'Approve');
  return id;
}

/** The exchange lets the address in: a person does that, and says so. */
async function letIn(stage: SapphireStage, id: string): Promise<void> {
  await stage.until('the allow-list', patience, () => isWaiting(stage, id, 'aster-allow-list'));
  const said = await stage.type('carol', `done ${id} aster-allow-list TRADE-42`);
  stage.checks.holds('Carol proves that the exchange lets the address in', said.ok, wordsOf(said.card));
}

/** Whether a step waits for people, and its card offers what they press. */
async function isWaiting(stage: SapphireStage, id: string, step: string): Promise<true | undefined> {
  const { status, steps } = await stage.room.rollout(id);
  if (['failed', 'in-doubt', 'rolled-back', 'rollback-failed'].includes(status)) {
    throw new Error(`${id} is ${status}, and ${step} is not asked for`);
  }
  if (steps.find((each) => each.id === step)?.status !== 'waiting') return undefined;
  const actions = (await stage.thread())?.root.actions.map(({ label }) => label) ?? [];
  return actions.includes('Approve') || actions.includes('Done') ? true : undefined;
}

/** What stands there once the last operation has ended. */
async function settled({ until, witness }: SapphireStage, wanted: object) {
  const is = async () =>
    JSON.stringify(await witness.standing('production')) === JSON.stringify(wanted) ? true : undefined;
  await until('the last operation', 30, is).catch(() => undefined);
  return witness.standing('production');
}
