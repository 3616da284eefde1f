import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';

/**
 * A long playbook of small steps: each round changes the sandbox by a request that must not be repeated, looks at it,
 * and waits a little.
 */
export function dripPlaybook(rounds: number, pause: string): Playbook {
  const numbers = Array.from({ length: rounds }, (_, index) => index);
  return playbookSchema.parse({
    apiVersion: 'cutover/v1',
    name: 'drip',
    environments: ['sandbox'],
    phases: [{ name: 'drip', steps: numbers.flatMap((number) => round(number, pause)) }],
  });
}

function round(number: number, pause: string) {
  const row = `drip-\${{ rollout.id }}-${number}`;
  const url = '${{ env.supervisor }}/migrations';
  return [
    {
      id: `change-${number}`,
      uses: 'http.request',
      with: {
        method: 'POST',
        url,
        json: { name: row },
        read: { url: `${url}/${row}`, present: 'body.runs > 0' },
      },
    },
    { id: `look-${number}`, uses: 'http.check', with: { url: `${url}/${row}`, expect: 'body.runs == 1' } },
    { id: `wait-${number}`, uses: 'wait', with: { for: pause } },
  ];
}
