import { Command } from 'commander';
import { version } from '../compose/version.ts';
import { audit } from './audit.ts';
import { demo } from './demo.ts';
import { lint } from './lint.ts';
import { plan } from './plan.ts';
import { report } from './report.ts';
import { schema } from './schema.ts';
import { start } from './start.ts';

/** The command line. */
export const program = new Command('cutover')
  .description('Runs rollouts from chat: step by step, approved by people, watched, and rolled back exactly.')
  .version(version)
  .showHelpAfterError()
  .showSuggestionAfterError();

for (const command of [start, lint, plan, schema, demo, audit, report]) program.addCommand(command());
