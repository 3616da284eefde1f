import { expect, test } from 'vitest';
import { createPages } from '../../src/compose/pages.ts';
import { readConfig } from '../../src/config/read.ts';

function pagesWith(env: Record<string, string>) {
  const read = readConfig({ SANDBOX: '1', ...env });
  if ('faults' in read) throw new Error(read.faults.join(' '));
  return createPages(read.config);
}

test('links name the port that the server got, where any free one was asked for', () => {
  const pages = pagesWith({ PORT: '0' });
  pages.listeningAt('http://127.0.0.1:43217');
  expect(pages.rollout('aether-7')).toBe('http://127.0.0.1:43217/rollouts/aether-7');
});

test('a public URL goes before it', () => {
  const pages = pagesWith({ PORT: '0', PUBLIC_URL: 'https://cutover.example.com' });
  pages.listeningAt('http://127.0.0.1:43217');
  expect(pages.rollout('aether-7')).toBe('https://cutover.example.com/rollouts/aether-7');
});
