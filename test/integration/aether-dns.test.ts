import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployGreen, openAether, version } from '../support/aether.ts';
import { aetherFates } from '../support/aether-fates.ts';
import { addresses, type Names, openNames } from '../support/aether-names.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { knotInstalled } from '../support/knot.ts';
import { until } from '../support/until.ts';

describe.runIf(knotInstalled())('the Aether rollout by DNS, with real name servers', () => {
  let dir: string;
  let names: Names;
  let place: Awaited<ReturnType<typeof openAether>>;
  let bot: BotProcess;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cutover-aether-dns-'));
    names = await openNames();
    place = await openAether(dir, aetherFates().fateOf, { names });
    await deployGreen(place);
    const { KUBECONFIG: _, ...withoutCluster } = place.env;
    [bot] = await Promise.all([
      startBotProcess({ env: { ...withoutCluster, ROLE: 'gateway' } }),
      startBotProcess({ env: { ...place.env, ROLE: 'worker' } }),
    ]);
  });
  afterAll(async () => {
    await endBotProcesses();
    await place?.stop();
    await names?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const alice = () => personAt(bot.url, 'alice');
  const bob = () => personAt(bot.url, 'bob');

  /** Waits until a step is so far; a rollout that stopped somewhere else says where. */
  async function untilStep(step: string, ...statuses: string[]) {
    return until(
      `${step} to be ${statuses.join(' or ')}`,
      async () => {
        const { status, steps } = await alice().rollout('aether-1');
        const stopped = steps.find((each) => each.status === 'failed' || each.status === 'in-doubt');
        const broken = status === 'rolling-back' ? undefined : stopped;
        if (broken) throw new Error(`aether-1 is ${status}: ${JSON.stringify(broken)}`);
        return steps.find(({ id, status: now }) => id === step && statuses.includes(now));
      },
      120,
    );
  }

  it('plans at a gateway that has no way to the cluster', async () => {
    const { ok, said } = await alice().type(`plan green version=${version} via=dns`);
    expect(ok).toBe(true);
    expect(said).toContain('not read here: only workers have a way to the cluster');
    expect(said).toContain(
      `api.aether.example A: ${addresses.blue} (TTL 3 s) → ${addresses.green} (TTL 1 s)`,
    );
    expect(said).toMatch(/^Not needed: via is dns: Move the hosts$/m);
  });

  it('lowers the TTL, moves the records, and puts back what was captured while nothing waits for name servers', async () => {
    const began = performance.now();
    const before = names.held();
    expect(await alice().type(`start green version=${version} via=dns`)).toMatchObject({ ok: true });
    await untilStep('approve-switch', 'waiting');
    expect(await names.answered()).toEqual([`${addresses.blue} 1`]);
    expect(await bob().type('approve aether-1 looks good')).toMatchObject({ ok: true });

    const moved = await untilStep('switch-dns', 'succeeded');
    expect(moved).toMatchObject({ summary: expect.stringContaining('1 of 1 resolvers agree') });
    expect(await names.answered()).toEqual([`${addresses.green} 1`]);
    await untilStep('soak', 'waiting', 'succeeded');
    const { steps: gone } = await alice().rollout('aether-1');
    expect(gone.find(({ id }) => id === 'switch-hosts')).toMatchObject({ status: 'skipped' });

    names.hold(true);
    expect(await bob().type('rollback aether-1 checkout errors')).toMatchObject({ ok: true });
    await untilStep('keep-evidence', 'succeeded');
    const waitingFor = await untilStep('restore-ttl', 'waiting');
    expect(await names.answered()).toEqual([`${addresses.green} 1`]);
    expect(names.held()).toEqual(before);
    const { steps } = await alice().rollout('aether-1');
    for (const id of ['freeze-new-side', 'restore-dns', 'restore-writes'])
      expect(steps.find((step) => step.id === id)).toMatchObject({ status: 'succeeded' });
    expect(steps.find(({ id }) => id === 'restore-dns')).toMatchObject({
      summary: expect.stringMatching(
        /0 of 1 name servers agree so far .* until 1 s after .*: keep that side up/,
      ),
    });
    expect(waitingFor.id).toBe('restore-ttl');

    names.hold(false);
    await alice().until('aether-1', 'rolled-back', 90);
    expect(await names.answered()).toEqual([`${addresses.blue} 3`]);
    expect(names.held()).toEqual(before);
    const { steps: ended } = await alice().rollout('aether-1');
    for (const id of ['restore-ttl', 'prove-clients-back', 'restore-release'])
      expect(ended.find((step) => step.id === id)).toMatchObject({ status: 'succeeded' });
    expect(await alice().verified('aether-1')).toMatchObject({ ok: true });
    console.log(`By DNS to the switch and back in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
  });
});
