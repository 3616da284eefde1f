import type { Refusal } from '../../core/refusal.ts';
import type { ConsolePerson, Viewer } from '../../ports/viewer.ts';

export type Acting = { account: string } | { refusal: Refusal };

const onlyReads: Refusal = {
  reason: 'not-allowed',
  what: 'Nothing was done.',
  why: 'You are signed in with the console’s shared token, which reads and does not say who you are.',
  next: 'Sign in with a token of your own: its digest stands in policy.yaml as `console: "sha256:…"`.',
};
const notYou: Refusal = {
  reason: 'not-allowed',
  what: 'Nothing was done.',
  why: 'Acting as somebody else is possible in the sandbox only.',
  next: 'Send the command as yourself.',
};

function unknown(actAs: string | undefined, people: readonly ConsolePerson[]): Refusal {
  const names = people.map(({ name }) => name).join(', ');
  return {
    reason: 'unknown-person',
    what: 'Nothing was done.',
    why: actAs === undefined ? 'You did not choose whom to act as.' : 'The policy knows no such person.',
    next: names === '' ? 'Add people to policy.yaml.' : `Choose one of ${names} under “Act as”.`,
  };
}

/** In whose name a viewer's command runs: the account that the inbox looks up in the policy. */
export function actingAs(
  viewer: Viewer,
  actAs: string | undefined,
  people: readonly ConsolePerson[],
): Acting {
  if (viewer.kind === 'reader') return { refusal: onlyReads };
  if (viewer.kind === 'person') {
    const self = actAs === undefined || actAs === viewer.person.id;
    return self ? { account: viewer.person.id } : { refusal: notYou };
  }
  const chosen = people.find(({ id }) => id === actAs);
  return chosen ? { account: chosen.id } : { refusal: unknown(actAs, people) };
}
