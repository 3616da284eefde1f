import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { demoPlaybook } from '../../sandbox/aether/playbook.ts';
import { chooseCluster, looksLikeTest } from '../../src/cli/demo/aether/cluster.ts';
import { whatIsMissing } from '../../src/cli/demo/aether/programs.ts';
import { demo } from '../../src/cli/demo.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import { type Exit, NotStarted, type ProcessRunner } from '../../src/ports/world.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { root } from '../architecture/source.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cutover-home-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

describe('where it may be played', () => {
  test.each([
    ['kind-kind', 'https://127.0.0.1:41231'],
    ['kind-cutover-demo', 'https://localhost:6443'],
    ['k3d-try', 'https://0.0.0.0:6550'],
    ['minikube', 'https://192.168.49.2:8443'],
    ['docker-desktop', 'https://kubernetes.docker.internal:6443'],
    ['test', 'https://127.0.0.1:26443'],
  ])('%s at %s looks like a test cluster', (context, server) => {
    expect(looksLikeTest(context, server)).toBe(true);
  });

  test.each([
    ['production', 'https://127.0.0.1:6443'],
    ['kind-production', 'https://api.example.test:6443'],
    ['minikube', 'https://8.8.8.8:6443'],
    ['my-kind-kind', 'https://127.0.0.1:6443'],
    ['kind-kind', 'https://127.0.0.1.example.test'],
    ['kind-kind', 'https://172.32.0.1:6443'],
    ['kind-kind', ''],
    ['', 'https://127.0.0.1:6443'],
  ])('%s at %s does not', (context, server) => {
    expect(looksLikeTest(context, server)).toBe(false);
  });
});

/** A kubeconfig with a test cluster, which is the current one, and one of other people. */
async function kubeconfig(): Promise<string> {
  const cluster = (name: string, server: string) => ({ name, cluster: { server } });
  const context = (name: string) => ({ name, context: { cluster: name, user: 'me' } });
  const path = join(home, 'config');
  const config = {
    clusters: [cluster('kind-try', 'https://127.0.0.1:6443'), cluster('lab', 'https://lab.example.test')],
    users: [{ name: 'me', user: { token: 'token-of-me' } }],
    contexts: [context('kind-try'), context('lab')],
    'current-context': 'kind-try',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

describe('the cluster', () => {
  const choose = (options: object, KUBECONFIG?: string) =>
    chooseCluster(options, { env: { KUBECONFIG }, home });
  const refusal = (options: object, file?: string) => {
    const chosen = choose(options, file);
    return 'refusal' in chosen ? chosen.refusal : `chosen: ${chosen.context}`;
  };

  test('is the current one of KUBECONFIG, pinned by its context', async () => {
    const file = await kubeconfig();
    expect(choose({}, file)).toMatchObject({
      context: 'kind-try',
      server: 'https://127.0.0.1:6443',
      files: file,
      connection: { kind: 'kubernetes', context: 'kind-try' },
      env: { KUBECONFIG: file },
    });
  });

  test('without any, it is said how to get one', () => {
    expect(refusal({})).toMatch(/KUBECONFIG is not set.*kind create cluster/s);
    expect(refusal({}, join(home, 'none'))).toMatch(/no cluster to play in.*can't be read/s);
  });

  test('one that looks like somebody’s is taken only when it is named twice', async () => {
    const file = await kubeconfig();
    const refused = refusal({ context: 'lab' }, file);
    expect(refused).toContain('“lab” (https://lab.example.test) does not look like a test cluster');
    expect(refused).toContain('Nothing was touched.');
    expect(refused).toContain('npm run demo -- aether --context lab --allow lab');
    expect(refusal({ context: 'lab', allow: 'lab' }, file)).toBe('chosen: lab');
    expect(refusal({ allow: 'lab' }, file)).toMatch(/names the context “lab”.*would play in “kind-try”/);
  });

  test('a context that there is not gets the nearest one', async () => {
    expect(refusal({ context: 'kind-tri' }, await kubeconfig())).toContain('did you mean "kind-try"');
  });
});

describe('what it needs on this machine', () => {
  const exit = (code: number, stdout = ''): Exit => ({ code, signal: null, stdout, stderr: '' });
  const machine = (programs: Record<string, Exit>): ProcessRunner => ({
    async run({ argv: [program] }) {
      const found = programs[program];
      if (found === undefined) throw new NotStarted(`${program} can't start`);
      return found;
    },
  });
  const missing = (programs: Record<string, Exit>, at = root) =>
    whatIsMissing(at, machine(programs), new AbortController().signal);
  const helm = exit(0, 'v4.1.4+g1234567\n');

  test('with Helm and an unchanged chart in a checkout nothing is missing', async () => {
    expect(await missing({ helm, git: exit(0) })).toBeUndefined();
    expect(await missing({ helm: exit(0, 'v3.19.0'), git: exit(0) })).toBeUndefined();
  });

  test.each([
    ['no Helm', { git: exit(0) }, /Helm is not on the PATH.*https:\/\/helm\.sh/],
    ['an old Helm', { helm: exit(0, 'Client: v2.17.0'), git: exit(0) }, /Helm 3 or 4 is needed.*v2\.17\.0/],
    ['no git', { helm }, /needs git and a checkout/],
    ['no checkout', { helm, git: exit(129) }, /needs git and a checkout/],
    ['a chart that was changed', { helm, git: exit(1) }, /differ from what is committed/],
  ])('%s', async (_, programs, words) => {
    expect(await missing(programs as Record<string, Exit>)).toMatch(words);
  });

  test('a folder without the chart, as in an image of the bot', async () => {
    expect(await missing({ helm, git: exit(0) }, home)).toMatch(/from a checkout of Cutover/);
  });
});

describe('the playbook that it plays', () => {
  test.each(['played', 'real'] as const)(
    'loads for %s pods, with the steps of the original',
    async (pods) => {
      const steps = async (text: string) => {
        const loaded = loadPlaybook(text, { file: 'aether-blue-green.yaml', kinds: stepKinds });
        if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
        return loaded.playbook.phases.flatMap((phase) => phase.steps);
      };
      const own = await readFile(join(root, 'playbooks/aether-blue-green.yaml'), 'utf8');
      const [original, changed] = [await steps(own), await steps(await demoPlaybook(pods))];
      expect(changed.map(({ id, uses }) => [id, uses])).toEqual(original.map(({ id, uses }) => [id, uses]));
      const jobs = changed.filter(({ uses }) => uses === 'kubernetes.job').map((step) => step.with);
      expect(jobs.length).toBeGreaterThan(5);
      for (const job of jobs) {
        const words = JSON.stringify(job);
        if (pods === 'real') expect(words).toMatch(/print\(.*Aether's own image would run: python /);
        else expect(words).not.toContain('print');
      }
    },
  );
});

describe('the names of demos', () => {
  function said(...words: string[]): string {
    let output = '';
    const command = demo();
    const quiet = {
      writeOut: (text: string) => (output += text),
      writeErr: (text: string) => (output += text),
    };
    for (const each of [command, ...command.commands]) each.exitOverride().configureOutput(quiet);
    expect(() => command.parse(words, { from: 'user' })).toThrow();
    return output;
  }

  test('help says what there is', () => {
    expect(said('help')).toMatch(/sandbox .*two real colours.*aether .*Kubernetes\s+cluster/s);
  });

  test('an unknown one gets the nearest, or all', () => {
    expect(said('aehter')).toMatch(/no demo “aehter”. Did you mean “aether”\?/);
    expect(said('kubernetes')).toMatch(/no demo “kubernetes”. There are sandbox, aether and sapphire\./);
  });
});
