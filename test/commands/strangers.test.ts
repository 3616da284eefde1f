import { describe, expect, it } from 'vitest';
import { whoCan } from '../../src/commands/asked.ts';
import { sceneIn } from './scene.ts';

const stranger = (account: string, aliases?: readonly string[]) => ({
  account,
  ...(aliases === undefined ? {} : { aliases }),
});

describe('somebody whom the policy does not name', () => {
  it('is told who could do it, and how to be added', async () => {
    const scene = sceneIn('approval');
    const text = await scene.text('alice', 'approve aether-1 nonce=n1', stranger('T1/U99'));
    expect(text).toContain('The policy names nobody with the slack account T1/U99.');
    expect(text).toContain('Alice, Bob, Carol or Dan can.');
    expect(text).toContain('slack: [T1/U99]');
  });

  it.each([
    ['rollback errors', 'Alice, Bob or Carol can.'],
    ['lock production failover', 'Alice, Bob or Carol can.'],
    ['start green env=staging', 'Alice can.'],
    ['skip aether-1 flip', 'Alice, Bob or Carol can.'],
  ])('is told who could: %s', async (command, who) => {
    expect(await sceneIn('running').text('alice', command, stranger('T1/U99'))).toContain(who);
  });

  it.each(['status', 'approve aether-404', 'lock nowhere x', 'nonsense'])(
    'is not told of anybody where there is nothing to do: %s',
    async (command) => {
      expect(await sceneIn('running').text('alice', command, stranger('T1/U99'))).not.toContain(' can.');
    },
  );
});

describe('somebody of another workspace, by Slack Connect', () => {
  it('is nobody, though the policy knows the same user id of its own workspace', async () => {
    const scene = sceneIn('approval');
    const text = await scene.text('alice', 'approve aether-1 nonce=n1', stranger('T9/U2'));
    expect(text).toContain('You come from the Slack workspace T9');
    expect(text).toContain('read along, and do nothing else');
    expect(await scene.outcome('bob', 'approve aether-1 nonce=n1')).toBe('done');
    expect(await scene.text('alice', 'whoami', stranger('T9/U2'))).toContain('You come from');
  });

  it('is somebody by the name of the organisation, in an Enterprise Grid', async () => {
    const scene = sceneIn('approval');
    const [person] = Object.entries(scene.deps.policy().people).filter(([id]) => id === 'bob');
    const grid = {
      ...scene.deps.policy(),
      people: {
        ...scene.deps.policy().people,
        bob: { ...person?.[1], name: 'Bob', slack: ['E1/W2'], telegram: [] },
      },
    };
    scene.deps.policy = () => grid;
    const asked = stranger('T7/W2', ['E1/W2']);
    expect(await scene.outcome('alice', 'approve aether-1 nonce=n1', asked)).toBe('done');
    expect(await scene.outcome('alice', 'approve aether-1 nonce=n1', stranger('T7/W2'))).toBe(
      'unknown-person',
    );
    expect(await scene.text('alice', 'whoami', stranger('T7/W3', ['E1/W3']))).not.toContain('You come from');
  });
});

describe('the people who could', () => {
  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `p${index}`, name: `P${index}` }));
  it.each([
    [0, 'Nobody can.'],
    [1, 'P0 can.'],
    [5, 'P0, P1, P2, P3 or P4 can.'],
    [8, 'P0, P1, P2, P3, P4 and 3 more can.'],
  ])('are at most five names, of %d', (count, words) => {
    expect(whoCan(people(count), 'Nobody can.')).toBe(words);
  });
});
