import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { between, generated } from '../../docs/generate.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createMeters } from '../../src/adapters/meters.ts';
import { audit } from '../../src/cli/audit.ts';
import { demo } from '../../src/cli/demo.ts';
import { lint } from '../../src/cli/lint.ts';
import { plan } from '../../src/cli/plan.ts';
import { report } from '../../src/cli/report.ts';
import { schema } from '../../src/cli/schema.ts';
import { start } from '../../src/cli/start.ts';
import { parse } from '../../src/commands/parse.ts';
import { connectionKinds } from '../../src/compose/connections.ts';
import { variables } from '../../src/config/variables.ts';
import { loadEnvironments } from '../../src/core/environments.ts';
import { loadPlaybook } from '../../src/core/playbook/load.ts';
import {
  closingStepSchema,
  hypercareSchema,
  playbookSchema,
  stepSchema,
} from '../../src/core/playbook/playbook.ts';
import { resolvePlan } from '../../src/core/playbook/resolve.ts';
import { scopeNames } from '../../src/core/playbook/scope.ts';
import { loadPolicy } from '../../src/core/policy/load.ts';
import { commandAllowed, may, quorumOf } from '../../src/core/policy/policy.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { root } from '../architecture/source.ts';
import { anchorsOf, codeIn, documents, linksIn, namedBlocks, readDocument } from './documents.ts';

describe('what is made from the code', () => {
  test.each(generated)('$name in $file is current (npm run docs)', ({ file, name, text }) => {
    const document = readDocument(file);
    expect(document).toBe(between(document, name, text()));
  });

  test('a missing mark is told', () => {
    expect(() => between('nothing', 'kinds', 'x')).toThrow('<!-- kinds -->');
  });

  test('every key of a playbook and of a step is described', () => {
    const document = readDocument('docs/playbooks.md');
    const described = codeIn(document);
    const keys = [playbookSchema, stepSchema, hypercareSchema, closingStepSchema].flatMap(({ shape }) =>
      Object.keys(shape),
    );
    expect(keys.filter((key) => !described.includes(key))).toEqual([]);
    const named = scopeNames.filter((name) => !described.some((code) => code.startsWith(name)));
    expect(named).toEqual([]);
  });

  test('every metric of the bot is described, and no other', () => {
    const { registry } = createMeters(async () => new Map());
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    const described = codeIn(readDocument('docs/operations.md')).filter((code) => /^cutover_\w+$/.test(code));
    expect(described.sort()).toEqual(names.filter((name) => name.startsWith('cutover_')).sort());
  });
});

describe('the examples of the README work together', () => {
  const blocks = namedBlocks(readDocument('README.md'));
  const text = (name: string) => blocks.get(name) ?? '';
  const loaded = loadPlaybook(text('playbooks/shop.yaml'), { file: 'shop.yaml', kinds: stepKinds });
  const environments = loadEnvironments(text('environments.yaml'), {
    file: 'environments.yaml',
    connections: connectionKinds,
  });
  const policy = loadPolicy(text('policy.yaml'));

  test('each of them loads without a fault or a warning', () => {
    expect(loaded).toMatchObject({ playbook: { name: 'shop' }, warnings: [] });
    expect(environments).toHaveProperty('environments');
    expect(policy).toHaveProperty('policy');
  });

  test.each(['staging', 'production'])('a plan for %s is resolved, and its commands are allowed', (name) => {
    if (!('playbook' in loaded) || !('environments' in environments) || !('policy' in policy))
      throw new Error('an example does not load');
    const environment = environments.environments.get(name);
    expect(environment?.channels.map(({ id }) => `slack:${id}`)).toEqual(
      name === 'production' ? Object.keys(policy.policy.channels) : [expect.any(String)],
    );
    const resolved = resolvePlan({
      playbook: loaded.playbook,
      environment: { name, vars: environment?.vars ?? {}, connections: environment?.connections ?? {} },
      target: 'green',
      params: { version: 'v1.2.3' },
      quorum: quorumOf(policy.policy, name),
    });
    expect(resolved).toHaveProperty('plan');
    const { green } = z.object({ green: z.string() }).parse(environment?.vars.sides);
    expect(commandAllowed(policy.policy, ['./smoke-tests', green])).toBe(true);
    expect(may(policy.policy, name, 'approve', 'bob')).toBe(true);
  });
});

describe.each(documents)('%s', (name) => {
  const document = readDocument(name);
  const code = codeIn(document);

  test('every link to a file leads to one, and every anchor to a heading', () => {
    const lost = linksIn(document).filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? name : posix.join(dirname(name), file);
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf(readDocument(path)).includes(anchor);
    });
    expect(lost).toEqual([]);
  });

  test('every command that is shown is understood', () => {
    const typed = code.filter((text) => text.startsWith('/rollout ') && !text.includes('<'));
    const refused = typed.filter((text) => 'refusal' in parse(text.slice('/rollout '.length)));
    expect(refused).toEqual([]);
  });

  test('every program that is shown exists', () => {
    const commands = [audit, demo, lint, plan, report, schema, start].map((make) => make().name());
    const words = code.flatMap((text) => /^\.\/bin\/cutover\.js (\w+)/.exec(text)?.[1] ?? []);
    expect(words.filter((word) => !commands.includes(word))).toEqual([]);
    const scripts = code.flatMap((text) =>
      Array.from(text.matchAll(/npm run ([\w:]+)/g), ([, script = '']) => script),
    );
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([]);
  });

  test('every variable that is named exists', () => {
    const named = code.flatMap(
      (text) => /^([A-Z][A-Z0-9]*_[A-Z0-9_]+|ROLE|PORT|HOST)(=.*)?$/.exec(text)?.[1] ?? [],
    );
    const unknown = named.filter((variable) => !(variable in variables) && !variable.startsWith('SECRET_'));
    expect(unknown).toEqual([]);
  });
});

test('the two commands stand near the top of the README, each in one line', () => {
  const top = readDocument('README.md').split('\n').slice(0, 12);
  expect(top.some((line) => line.startsWith('    npm ci && npm start'))).toBe(true);
  expect(top.some((line) => line.startsWith('    npm ci && npm test'))).toBe(true);
});

test('the README has a place for the figures of npm run bench', () => {
  expect(readDocument('README.md')).toMatch(/<!-- bench -->\n[\s\S]+\n<!-- \/bench -->/);
});
