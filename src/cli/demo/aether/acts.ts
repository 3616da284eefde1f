import { readFile } from 'node:fs/promises';
import { liveHosts } from '../../../../sandbox/aether/ground.ts';
import type { ThreadView } from '../../../core/card/card.ts';
import { plainText } from '../../../core/card/plain-text.ts';
import { approvalAsked, approvers, ended, find, inStatus, newest, proven, wordsOf } from '../looks.ts';
import type { Act, Stage } from '../stage.ts';
import { versions } from './place.ts';
import type { AetherWitness } from './witness.ts';

type AetherStage = Stage<AetherWitness>;

/** Seconds for what takes a moment with played pods, and as long as an image takes to come with real ones. */
const patience = 300;

const everywhere = (side: string) => ({ api: side, app: side });

/** The demo, in order. What stood in the cluster before the switch goes from the first act to the second. */
export function actsOfAether(): readonly Act<AetherWitness>[] {
  let before: unknown;
  const prepared: Act<AetherWitness> = {
    title: `Bob rolls out ${versions[0]}: checks, migrations, and green beside blue, by Helm`,
    async play(stage) {
      const { checks, witness } = stage;
      const started = await stage.type('bob', `start green version=${versions[0]}`);
      checks.holds('Bob starts the rollout', started.ok, wordsOf(started.card));
      const id = await untilApproval(stage);
      checks.equal('Green is installed once, by Helm’s own record', await witness.revisions(), ['deployed']);
      const jobs = await witness.jobs(id);
      checks.holds('Every Job ran once', onceEach(jobs) && jobs.length >= 5, jobs.join(', '));
      checks.equal('Clients are still on blue', await witness.servedBy(), everywhere('blue'));
      checks.equal('The hosts of clients are blue’s', await liveSide(stage), ['blue']);
      const refused = await stage.press('bob', 'Approve');
      checks.equal('Bob may not approve what he started', refused.refused, 'own-rollout');
      before = await witness.standing();
    },
  };
  const undone: Act<AetherWitness> = {
    title: 'Carol approves; green fails once clients are on it, and the bot goes back by itself',
    async play(stage) {
      const { checks, room, witness } = stage;
      const id = await newest(stage);
      stage.tell(`What no check could see, as no client is there yet: ${await witness.fault('errors')}`);
      await stage.press('carol', 'Approve');
      await stage.until('the switch of the hosts to green', patience, async () =>
        (await liveSide(stage))[0] === 'green' ? true : undefined,
      );
      await stage.until('the end of the rollback', patience, () => inStatus(stage, id, 'rolled-back'));
      const { steps } = await room.rollout(id);
      const moved = find(await room.journal(id), 'step.succeeded', ({ step }) => step === 'switch-hosts');
      checks.holds('The hosts went to green', moved !== undefined, 'the journal has no such step');
      const soak = steps.find((step) => step.id === 'soak')?.status;
      checks.equal('The soak failed, and nobody had to press anything', soak, 'failed');
      checks.equal(
        'Ingresses, Services and Deployments are as before, field by field',
        await witness.standing(),
        before,
      );
      await stage.until('clients to be on blue', 60, async () =>
        (await witness.servedBy()).api === 'blue' ? true : undefined,
      );
      checks.equal('Clients are served by blue', await witness.servedBy(), everywhere('blue'));
      checks.equal('Writes are open on blue again', await witness.frozen('blue'), false);
      checks.equal('Writes are frozen on green', await witness.frozen('green'), true);
      await proven(stage, id);
    },
  };
  return [prepared, undone, clean];
}

const clean: Act<AetherWitness> = {
  title: `Green is mended; Alice rolls out ${versions[1]}, to its end`,
  async play(stage) {
    const { checks, room, witness } = stage;
    stage.tell(`Somebody mends green. ${await witness.fault('clear')}`);
    await stage.type('alice', `start green version=${versions[1]}`);
    const id = await untilApproval(stage);
    await stage.press('carol', 'Approve');
    await stage.until('the end of hypercare', patience, () => inStatus(stage, id, 'succeeded'));
    const thread = await stage.until('the last reply', 60, () => ended(stage));
    const journal = await room.journal(id);
    checks.equal('Carol alone approved', approvers(journal), ['carol']);
    checks.equal('The hosts of clients are green’s', await liveSide(stage), ['green']);
    checks.equal('Clients are served by green', await witness.servedBy(), everywhere('green'));
    checks.equal('Writes are open on green', await witness.frozen('green'), false);
    checks.equal('Writes are frozen on blue', await witness.frozen('blue'), true);
    const jobs = await witness.jobs(id);
    checks.holds('Every Job ran once, also this time', onceEach(jobs) && jobs.length >= 7, jobs.join(', '));
    const deployed = (await witness.revisions()).filter((status) => status === 'deployed');
    checks.equal('One revision of green’s release is deployed', deployed, ['deployed']);
    checks.equal('No reply stands there twice', twice(thread), []);
    await documented(stage, id);
    await proven(stage, id);
  },
};

async function untilApproval(stage: AetherStage): Promise<string> {
  const id = await newest(stage);
  await stage.until('all that comes before the approval', patience, async () => {
    const { status, steps } = await stage.room.rollout(id);
    const broken = steps.find((step) => step.status === 'failed' || step.status === 'in-doubt');
    if (broken) throw new Error(`${id} is ${status}: the step ${broken.id} is ${broken.status}`);
    return steps.some((step) => step.id === 'approve-switch' && step.status === 'waiting') ? true : undefined;
  });
  await approvalAsked(stage);
  return id;
}

/** Whose Ingress holds the clients' hosts. */
async function liveSide({ witness }: AetherStage): Promise<string[]> {
  const hosts = Object.entries(await witness.hosts());
  return hosts.flatMap(([side, theirs]) => (liveHosts.every((host) => theirs.includes(host)) ? [side] : []));
}

/** A Job's name ends with the attempt. */
function onceEach(jobs: readonly string[]): boolean {
  return new Set(jobs).size === jobs.length && jobs.every((name) => name.endsWith('-1'));
}

function twice({ replies }: ThreadView): string[] {
  const titles = replies.map(({ card }) => plainText(card)[0] ?? '');
  return titles.filter((title, index) => titles.indexOf(title) !== index);
}

/** The playbook's last step writes the timeline into the audit report. */
async function documented({ checks, room }: AetherStage, id: string): Promise<void> {
  const done = find(await room.journal(id), 'step.succeeded', ({ step }) => step === 'report')?.output;
  const path = done && typeof done === 'object' && 'path' in done ? String(done.path) : '';
  const text = path === '' ? '' : await readFile(path, 'utf8');
  checks.holds(
    'The audit report has its entry',
    text.includes(id),
    `found ${text.length} letters in “${path}”`,
  );
}
