import { nearest } from '../nearest.ts';
import { isGroup } from './groups.ts';
import { type Policy, type PolicyFreeze, type Right, rights } from './schema.ts';
import { instantOf } from './zoned-time.ts';

export type PolicyPath = readonly (string | number)[];

export interface Contradiction {
  path: PolicyPath;
  message: string;
}

/** What a policy says that can't be meant, though each part is well formed: names without a bearer, quorums out of reach. */
export function contradictions(policy: Policy): Contradiction[] {
  return [
    ...sharedAccounts(policy),
    ...roleFaults(policy),
    ...rightFaults(policy),
    ...onCallFaults(policy),
    ...quorumFaults(policy),
    ...channelFaults(policy),
    ...freezeFaults(policy),
    ...commandFaults(policy),
  ];
}

function unknown(what: string, word: string, known: Iterable<string>): string {
  const meant = nearest(word, known);
  return `unknown ${what} "${word}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

function sharedAccounts(policy: Policy): Contradiction[] {
  const owners = new Map<string, string>();
  return Object.entries(policy.people).flatMap(([id, { slack, telegram }]) => {
    const accounts = [
      ...slack.map((account, index) => ({ key: `Slack account ${account}`, path: ['slack', index] })),
      ...telegram.map((account, index) => ({
        key: `Telegram account ${account}`,
        path: ['telegram', index],
      })),
    ];
    return accounts.flatMap(({ key, path }) => {
      const owner = owners.get(key);
      owners.set(key, owner ?? id);
      if (owner === undefined) return [];
      const message =
        owner === id ? `the ${key} stands twice` : `the ${key} is ${owner}'s already; one person is one vote`;
      return [{ path: ['people', id, ...path], message }];
    });
  });
}

function roleFaults({ people, roles }: Policy): Contradiction[] {
  return Object.entries(roles).flatMap(([role, members]) => {
    const strangers = members.flatMap((member, index) =>
      isGroup(member) || Object.hasOwn(people, member)
        ? []
        : [{ path: ['roles', role, index], message: unknown('person', member, Object.keys(people)) }],
    );
    if (members.length > 0) return strangers;
    return [{ path: ['roles', role], message: 'nobody has this role; name a person or remove it' }];
  });
}

function rightFaults({ environments, roles }: Policy): Contradiction[] {
  return Object.entries(environments).flatMap(([environment, granted]) =>
    rights.flatMap((right) =>
      granted[right].flatMap((role, index) =>
        Object.hasOwn(roles, role)
          ? []
          : [
              {
                path: ['environments', environment, right, index],
                message: unknown('role', role, Object.keys(roles)),
              },
            ],
      ),
    ),
  );
}

function onCallFaults({ alerts, roles }: Policy): Contradiction[] {
  const named = [
    { path: ['alerts', 'roles'], names: alerts?.roles ?? [] },
    { path: ['alerts', 'escalate', 'roles'], names: alerts?.escalate?.roles ?? [] },
    { path: ['alerts', 'silence', 'roles'], names: alerts?.silence?.roles ?? [] },
  ];
  return named.flatMap(({ path, names }) =>
    names.flatMap((role, index) =>
      Object.hasOwn(roles, role)
        ? []
        : [{ path: [...path, index], message: unknown('role', role, Object.keys(roles)) }],
    ),
  );
}

/** The known people who hold a right in an environment, each once. Groups count once they are filled in (`withGroups`). */
export function holders(
  { people, roles, environments }: Policy,
  environment: string,
  right: Right,
): string[] {
  const granted = Object.hasOwn(environments, environment) ? environments[environment]?.[right] : undefined;
  const members = (granted ?? []).flatMap((role) => (Object.hasOwn(roles, role) ? (roles[role] ?? []) : []));
  return [...new Set(members)].filter((id) => Object.hasOwn(people, id));
}

function quorumFaults(policy: Policy): Contradiction[] {
  return Object.entries(policy.environments).flatMap(([environment, { approve, quorum }]) => {
    const open = approve.some(
      (role) => Object.hasOwn(policy.roles, role) && policy.roles[role]?.some(isGroup),
    );
    if (open) return [];
    const approvers = holders(policy, environment, 'approve').length;
    if (quorum <= approvers || (approve.length === 0 && quorum === 1)) return [];
    const can = approvers === 1 ? '1 person can' : `${approvers} people can`;
    const message = `a quorum of ${quorum}, but only ${can} approve here`;
    return [{ path: ['environments', environment, 'quorum'], message }];
  });
}

function channelFaults({ channels, environments }: Policy): Contradiction[] {
  return Object.entries(channels).flatMap(([channel, { environment }]) =>
    environment === undefined || Object.hasOwn(environments, environment)
      ? []
      : [
          {
            path: ['channels', channel, 'environment'],
            message: unknown('environment', environment, Object.keys(environments)),
          },
        ],
  );
}

function freezeFaults(policy: Policy): Contradiction[] {
  const environments = Object.keys(policy.environments);
  return policy.freezes.flatMap((freeze, index) => [
    ...(freeze.environments ?? []).flatMap((name, place) =>
      environments.includes(name)
        ? []
        : [
            {
              path: ['freezes', index, 'environments', place],
              message: unknown('environment', name, environments),
            },
          ],
    ),
    ...windowFaults(freeze, freeze.timezone ?? policy.timezone).map((message) => ({
      path: ['freezes', index],
      message,
    })),
  ]);
}

function windowFaults(freeze: PolicyFreeze, timezone: string): string[] {
  const recurring = freeze.every !== undefined && freeze.for !== undefined;
  const once = freeze.from !== undefined && freeze.to !== undefined;
  const given = [freeze.every, freeze.for, freeze.from, freeze.to].filter(
    (part) => part !== undefined,
  ).length;
  if (given !== 2 || recurring === once) return ['give either `every` and `for`, or `from` and `to`'];
  if (freeze.from === undefined || freeze.to === undefined) return [];
  const [from, to] = [instantOf(freeze.from, timezone), instantOf(freeze.to, timezone)];
  if (from === undefined) return [`\`from\` is no date and time: "${freeze.from}" (2026-12-24T18:00)`];
  if (to === undefined) return [`\`to\` is no date and time: "${freeze.to}" (2026-12-27T08:00)`];
  return from < to ? [] : ['`to` is not after `from`'];
}

function commandFaults({ commands }: Policy): Contradiction[] {
  return commands.allow.flatMap(([program = '', ...rest], index) => {
    const early = [program, ...rest].slice(0, -1).indexOf('**');
    return [
      ...(program.includes('*')
        ? [{ path: ['commands', 'allow', index, 0], message: 'the program must be named, without *' }]
        : []),
      ...(early > 0
        ? [{ path: ['commands', 'allow', index, early], message: '** may only stand at the end' }]
        : []),
    ];
  });
}
