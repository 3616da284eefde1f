import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { alertGroupId, type Telling } from '../../src/core/alerts/notice.ts';
import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { type Evidence, evidenceOf, isUnsettled } from './crashing-evidence.ts';
import { type LineOfBots, lineOfBots } from './crashing-lane.ts';
import { openPlace, type Place } from './crashing-place.ts';
import type { Passed, Strike } from './crashing-setup.ts';

/** What an alert and its silence leave behind, without what differs from run to run. */
export interface AlertEvidence extends Evidence {
  /** Each fact about alerts, with the counts that it tells. */
  told: string[];
  /** Silences that stand at the alerter for this rollout. */
  silences: number;
  /** Groups that no desk has taken into account yet. */
  unseen: number;
}

export interface AlertRun {
  evidence: AlertEvidence;
  points: Passed[];
  deaths: number;
}

/** A Redis, a sandbox and a line of bots of their own, for one rollout with an alert after the other. */
export interface AlertLane {
  run(strike: Strike | null): Promise<AlertRun>;
  stop(): Promise<number[]>;
}

const limit = 90_000;

/** One change that can be undone, and a long hypercare without a watch: all that happens there is the alert. */
function watchedPlaybook(): Playbook {
  const hosts = '${{ env.router }}/_router/hosts';
  const request = (json: unknown) => ({ method: 'PUT', url: hosts, json, read: { url: hosts } });
  return playbookSchema.parse({
    apiVersion: 'cutover/v1',
    name: 'watched',
    environments: ['sandbox'],
    phases: [
      {
        name: 'switch',
        steps: [
          {
            id: 'flip',
            uses: 'http.request',
            with: request({ api: 'blue', app: 'blue' }),
            capture: 'before',
            repeatable: true,
          },
        ],
      },
    ],
    rollback: [
      { id: 'back', uses: 'http.request', with: request('${{ steps.flip.before }}'), repeatable: true },
    ],
    hypercare: { window: '24h', labels: { app: 'shop' } },
  });
}

export async function openAlertLane(): Promise<AlertLane> {
  const place = await openPlace();
  const bots = lineOfBots();
  return {
    async run(strike) {
      await bots.begin(place.setup(watchedPlaybook(), 1_000), strike);
      const before = await place.store.patientRollouts.list({ limit: 1 });
      const id = await drive({ place, bots, last: before[0]?.state.id });
      const evidence = await alertEvidence(place, id);
      const bot = await bots.living();
      return { evidence, points: await bot.points(), deaths: bots.deaths() };
    },
    async stop() {
      await bots.stop();
      return place.stop();
    },
  };
}

interface Drive {
  place: Place;
  bots: LineOfBots;
  /** The newest rollout before. */
  last: string | undefined;
}

/**
 * Plays the people and the sender of the alert, who come again as long as they were not answered: it fires, is silenced,
 * and ends. Answers the rollout's id.
 */
async function drive({ place, bots, last }: Drive): Promise<string> {
  const deadline = Date.now() + limit;
  const startsAt = new Date().toISOString();
  let done: 'nothing' | 'fired' | 'ended' = 'nothing';
  for (;;) {
    const bot = await bots.living();
    const [newest] = await place.store.patientRollouts.list({ limit: 1 });
    const rollout = newest?.state.id === last ? undefined : newest;
    const group = rollout?.state.alerts?.groups[0];
    if (!rollout) await bot.say('bob', 'start watched');
    else if (statusOf(rollout.plan, rollout.state) === 'hypercare') {
      const { id } = rollout.state;
      if (done === 'nothing') done = (await bot.tell([telling(id, startsAt)])) ? 'fired' : done;
      else if (group && group.silence === undefined) await bot.say('carol', `silence ${id}.1 1h known`);
      else if (group?.silence?.status === 'set' && done === 'fired')
        done = (await bot.tell([telling(id, startsAt, new Date().toISOString())])) ? 'ended' : done;
      else if (done === 'ended' && group?.firing === 0 && !(await isUnderWay(place, id))) return id;
    }
    if (Date.now() > deadline) throw new Error(describe(done, rollout, bot.faults()));
    await pause(25);
  }
}

function describe(done: string, rollout: Rollout | undefined, faults: readonly string[]): string {
  const { id = 'no rollout', alerts } = rollout?.state ?? {};
  return [`${id}, alert ${done}: ${JSON.stringify(alerts)}`, ...faults].join('\n');
}

function telling(id: string, startsAt: string, endsAt?: string): Telling {
  return {
    source: 'alertmanager',
    groupKey: id,
    groupLabels: { alertname: 'Slow' },
    fingerprint: `f-${id}`,
    status: endsAt === undefined ? 'firing' : 'resolved',
    startsAt,
    ...(endsAt === undefined ? {} : { endsAt }),
    labels: { alertname: 'Slow', app: 'shop', severity: 'page', rollout: id },
    annotations: {},
    links: [],
  };
}

async function alertEvidence(place: Place, id: string): Promise<AlertEvidence> {
  const { store, sandbox } = place;
  const events = await store.patientRollouts.events(id);
  const told = events.flatMap(({ type, data }) => {
    if (!type.startsWith('alert')) return [];
    const groups = 'groups' in data ? data.groups : [];
    const counts = groups.map((group) =>
      typeof group === 'string' ? 'one group' : `${group.firing} of ${group.total}`,
    );
    return [[type, ...counts].join(' ')];
  });
  const evidence = await evidenceOf(place, id);
  return {
    ...evidence,
    thread: evidence.thread.toSorted(),
    told,
    silences: await silencesOf(sandbox, id),
    unseen: (await store.patientAlerts.changed(10)).length,
  };
}

const silencesSchema = z.array(z.object({ comment: z.string(), status: z.object({ state: z.string() }) }));

async function silencesOf({ urls }: Place['sandbox'], id: string): Promise<number> {
  const all = silencesSchema.parse(await (await fetch(`${urls.alerter}/api/v2/silences`)).json());
  return all.filter(({ comment, status }) => comment.includes(`${id}.1`) && status.state === 'active').length;
}

/** Whether something is still to be posted, or to be looked at by the desk. */
async function isUnderWay(place: Place, id: string): Promise<boolean> {
  const group = alertGroupId({ source: 'alertmanager', groupKey: id });
  const changed = await place.store.patientAlerts.changed(10);
  return changed.some((each) => each.id === group) || isUnsettled(place, id);
}
