import { Command } from 'commander';
import { audit } from './cli/audit.ts';
import { demo } from './cli/demo.ts';
import { lint } from './cli/lint.ts';
import { plan } from './cli/plan.ts';
import { report } from './cli/report.ts';
import { schema } from './cli/schema.ts';
import { start } from './cli/start.ts';
import { version } from './compose/version.ts';

const program = new Command('cutover')
  .description('Runs rollouts from chat: step by step, approved by people, watched, and rolled back exactly.')
  .version(version)
  .showHelpAfterError()
  .showSuggestionAfterError();

for (const command of [start, lint, plan, schema, demo, audit, report]) program.addCommand(command());

await program.parseAsync();
