import { Command } from 'commander';
import { readPlaybookFiles } from '../adapters/playbook-files.ts';
import { stepKinds } from '../steps/registry.ts';
export const lint = () => new Command('lint');
