import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { groups, type Variable } from '../../src/config/variable.ts';
import { variables } from '../../src/config/variables.ts';

const width = 100;
const head = `# Every variable that Cutover reads. Nothing here is needed to try it: npm start runs the sandbox.
# To set some: cp .env.example .env, take the "# " off and fill them in; npm start and docker compose
# read .env. What stands in the process environment wins.
# An empty value counts as unset. A mistake stops the start, with every fault listed at once.
`;

function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map((line) => `#   ${line}`).join('\n');
}

function block(name: string, variable: Variable): string {
  const notes = [
    variable.about,
    ...(variable.required ? [`Required ${variable.required}.`] : []),
    ...(variable.secret ? ['Secret.'] : []),
  ];
  return `${comment(notes.join(' '))}\n# ${name}=${variable.default ?? ''}\n`;
}

function render(): string {
  const all: [string, Variable][] = Object.entries(variables);
  const sections = groups.map((group) => {
    const blocks = all.filter(([, variable]) => variable.group === group).map((entry) => block(...entry));
    return `\n## ${group}\n\n${blocks.join('\n')}`;
  });
  return head + sections.join('');
}

test('.env.example explains exactly the variables of the schema, with their defaults', async () => {
  await expect(render()).toMatchFileSnapshot('../../.env.example');
});

test('each variable has a sentence, and each default is a value that the schema takes', () => {
  const all: [string, Variable][] = Object.entries(variables);
  const wrong = all.filter(([, variable]) => {
    const { about, default: value, read } = variable;
    return !/^[A-Z01].{15,}/.test(about) || (value !== undefined && !read.safeParse(value).success);
  });
  expect(wrong.map(([name]) => name)).toEqual([]);
});

test('.env.example with every comment sign taken off is a configuration of the defaults', () => {
  const lines = render().match(/^# [A-Z0-9_]+=.*$/gm) ?? [];
  const env = Object.fromEntries(lines.map((line) => line.slice(2).split(/=(.*)/s).slice(0, 2)));
  expect(Object.keys(env).sort()).toEqual(Object.keys(variables).sort());
  expect(readConfig(env)).toEqual(readConfig({}));
});
