import { Command } from 'commander';
import { accountEventSchema } from '../core/accounts/event.ts';
import { verifyJournal, verifyLines } from '../core/rollout/verify.ts';
import { withJournals } from './journals.ts';

const journalName = 'a rollout, such as aether-7; or accounts-of-policy: who linked which account';

/** `cutover audit`: checks and exports the journals, beside a running bot or without one. */
export function audit(): Command {
  const verify = new Command('verify')
    .description('check the hash chain and the plan digests of one journal, or of all')
    .argument('[id]', journalName)
    .action(verifyJournals);
  const exported = new Command('export')
    .description('print a journal, one JSON object a line')
    .argument('<id>', journalName)
    .action(exportJournal);
  return new Command('audit')
    .description('check and export the audit trail')
    .addCommand(verify)
    .addCommand(exported);
}

async function verifyJournals(id: string | undefined): Promise<void> {
  await withJournals(async ({ ids, lines, accounts }) => {
    let broken = 0;
    const people = await accounts();
    const wanted = id === undefined ? [...(await ids()), ...people.keys()] : [id];
    for (const each of wanted) {
      const own = people.get(each);
      const verdict = own ? verifyLines(own, accountEventSchema) : verifyJournal(await lines(each));
      if ('fault' in verdict) broken += 1;
      say(
        'fault' in verdict
          ? `${each}: BROKEN, ${verdict.fault}`
          : `${each}: ${verdict.events} events, head ${verdict.head}`,
      );
    }
    say(`${wanted.length - broken} of ${wanted.length} journals hold.`);
    process.exitCode = broken > 0 ? 1 : 0;
  });
}

async function exportJournal(id: string): Promise<void> {
  await withJournals(async ({ lines, accounts }) => {
    const all = (await accounts()).get(id) ?? (await lines(id));
    for (const line of all) say(line);
    if (all.length > 0) return;
    process.stderr.write(`There is no journal ${id}.\n`);
    process.exitCode = 1;
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
