import { z } from 'zod';

const id = z.string().min(1);

/** Who did it, as every delivery about a person says it. */
export const whoSchema = z.object({
  user: z.object({ id, team_id: id.optional() }),
  team: z.object({ id, enterprise_id: id.nullish() }).nullish(),
  enterprise: z.object({ id }).nullish(),
});

/** The names of an account: `team/user`, and in an Enterprise Grid `organisation/user` too. */
export interface Account {
  account: string;
  aliases?: readonly string[];
}

/**
 * A person in Slack: with Slack Connect a user id alone is not unique. The organisation is that of the workspace
 * where the bot is, so it counts for people of that workspace only.
 */
export function accountOf({ user, team, enterprise }: z.infer<typeof whoSchema>): Account {
  const workspace = team?.id;
  const home = user.team_id ?? workspace ?? enterprise?.id ?? 'unknown';
  const organisation = workspace === undefined ? enterprise?.id : team?.enterprise_id;
  const isOwn = home === workspace || workspace === undefined;
  return namesOf(user.id, home, isOwn ? organisation : undefined);
}

/** The names of a user of a workspace that may belong to an organisation. */
export function namesOf(user: string, team: string, organisation: string | null | undefined): Account {
  const account = `${team}/${user}`;
  if (!organisation || organisation === team) return { account };
  return { account, aliases: [`${organisation}/${user}`] };
}
