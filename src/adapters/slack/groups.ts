import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { ReadGroup } from '../../ports/groups.ts';
import { classify } from './errors.ts';

const teamSchema = z.object({ team_id: z.string(), enterprise_id: z.string().nullish() });
const usersSchema = z.object({ users: z.array(z.string()) });

/**
 * Reads who is in a user group. Slack gives user ids alone; they are of the bot's own workspace, and in an
 * Enterprise Grid of its organisation too.
 */
export function slackGroupReader(client: webApi.WebClient): ReadGroup {
  let teams: Promise<string[]> | undefined;

  async function ownTeams(): Promise<string[]> {
    const { team_id, enterprise_id } = teamSchema.parse(await client.auth.test());
    return [team_id, ...(enterprise_id ? [enterprise_id] : [])];
  }

  return async (group) => {
    try {
      teams ??= ownTeams();
      const owners = await teams;
      const { users } = usersSchema.parse(await client.usergroups.users.list({ usergroup: group }));
      return owners.flatMap((team) => users.map((user) => `${team}/${user}`));
    } catch (error) {
      teams = undefined;
      if (isGone(error)) return [];
      throw classify('usergroups.users.list', error, true);
    }
  };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'data' in error && codeOf(error.data) === 'no_such_subteam';
}

function codeOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined;
}
