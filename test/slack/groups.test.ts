import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectPromptly } from '../../src/adapters/redis/connect.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { createKeptGroups } from '../../src/adapters/redis/groups.ts';
import { slackClient } from '../../src/adapters/slack/client.ts';
import { slackGroupReader } from '../../src/adapters/slack/groups.ts';
import { checkPolicy } from '../../src/core/policy/load.ts';
import { whoMay } from '../../src/core/policy/policy.ts';
import { keepGroups } from '../../src/jobs/keep-groups.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { redisForTest } from '../support/redis.ts';
import { quiet } from './quiet.ts';

function policyOf(roles: Record<string, string[]>) {
  const loaded = checkPolicy({
    people: { bob: { name: 'Bob', slack: ['T1/U2'] }, carol: { name: 'Carol', slack: ['E1/U3'] } },
    roles,
    environments: { production: { approve: ['release-manager'] } },
  });
  if ('problems' in loaded) throw new Error(loaded.problems.join());
  return loaded.policy;
}

describe('roles by Slack user groups', () => {
  let redis: EmbeddedRedis;
  let client: ReturnType<typeof connectPromptly>;
  let double: SlackDouble;
  let now = 0;
  let faults: unknown[];
  const policy = policyOf({ 'release-manager': ['slack:S1'] });

  beforeAll(async () => {
    [redis, double] = await Promise.all([redisForTest(), startSlackDouble()]);
    client = connectPromptly(redis.url);
    await new Promise<void>((resolve) => client.once('ready', () => resolve()));
  });
  beforeEach(async () => {
    await client.flushall();
    faults = [];
    double.workspace.calls.length = 0;
    double.workspace.groups.set('S1', ['U2', 'U404']);
    delete double.workspace.enterprise;
  });
  afterAll(async () => {
    client.disconnect();
    await Promise.all([redis.stop(), double.stop()]);
  });

  function groups(access: 'with Slack' | 'without Slack' = 'with Slack') {
    const { workspace, apiUrl } = double;
    return keepGroups({
      policy: () => policy,
      kept: createKeptGroups(client),
      clock: { now: () => now },
      onError: (error) => faults.push(error),
      ...(access === 'with Slack' && {
        read: slackGroupReader(slackClient(workspace.botToken, apiUrl, quiet)),
      }),
    });
  }
  const approvers = (kept: ReturnType<typeof groups>) =>
    whoMay(kept.policy(), 'production', 'approve').map(({ id }) => id);

  it('has nobody before the group was read, and its people after', async () => {
    const kept = groups();
    expect(approvers(kept)).toEqual([]);
    await kept.refresh();
    expect(approvers(kept)).toEqual(['bob']);
  });

  it('knows people of an Enterprise Grid by the organisation', async () => {
    double.workspace.enterprise = 'E1';
    double.workspace.groups.set('S1', ['U3']);
    const kept = groups();
    await kept.refresh();
    expect(approvers(kept)).toEqual(['carol']);
  });

  it('asks Slack every few minutes at most, and takes the right from who left', async () => {
    const kept = groups();
    await kept.refresh();
    double.workspace.groups.set('S1', []);
    now += 179_000;
    await kept.refresh();
    expect(approvers(kept)).toEqual(['bob']);
    expect(double.workspace.callsOf('usergroups.users.list').length).toBe(1);
    now += 1_000;
    await kept.refresh();
    expect(approvers(kept)).toEqual([]);
  });

  it('keeps what was last known while Slack is away, also over a restart', async () => {
    const before = groups();
    await before.refresh();
    double.workspace.fail('usergroups.users.list', { kind: 'http', status: 503 });
    now += 600_000;
    await before.refresh();
    expect(approvers(before)).toEqual(['bob']);
    double.workspace.fail('auth.test', { kind: 'cut' });
    const after = groups();
    await after.refresh();
    expect(approvers(after)).toEqual(['bob']);
    expect(faults.map(String).join()).toContain('usergroups.users.list');
  });

  it('is known to a process without access to Slack', async () => {
    await groups().refresh();
    const worker = groups('without Slack');
    await worker.refresh();
    expect(approvers(worker)).toEqual(['bob']);
  });

  it('has nobody once the group is deleted', async () => {
    const kept = groups();
    await kept.refresh();
    double.workspace.groups.delete('S1');
    now += 600_000;
    await kept.refresh();
    expect(approvers(kept)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('stays as it was while Redis is away', async () => {
    const kept = groups();
    await kept.refresh();
    const gone = keepGroups({
      policy: () => policy,
      kept: { read: () => Promise.reject(new Error('away')), write: () => Promise.reject(new Error('away')) },
      clock: { now: () => now },
      read: async () => ['T1/U2'],
      onError: (error) => faults.push(error),
    });
    await gone.refresh();
    expect(approvers(gone)).toEqual(['bob']);
    expect(faults.length).toBe(2);
  });
});
