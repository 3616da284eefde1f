import { join } from 'node:path';
import { Command } from 'commander';
import { openAudit } from '../adapters/redis/audit.ts';
import { serverOf } from '../adapters/redis/embedded/claim.ts';
import { startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import { readConfig } from '../config/read.ts';
import { accountEventSchema } from '../core/accounts/event.ts';
import { verifyJournal, verifyLines } from '../core/rollout/verify.ts';

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

type Journals = ReturnType<typeof openAudit>;

/** With the Redis of REDIS_URL, of the bot that runs on the data folder, or of the data folder itself. */
async function withJournals(work: (journals: Journals) => Promise<void>): Promise<void> {
  const read = readConfig(process.env);
  if ('faults' in read) throw new Error(read.faults.join(' '));
  const { redisUrl, dataDir } = read.config;
  const dir = join(dataDir, 'redis');
  const running = redisUrl === undefined ? await serverOf(dir) : undefined;
  const url = redisUrl ?? (running && `redis://127.0.0.1:${running.port}`);
  const own = url === undefined ? await startEmbeddedRedis({ dir }) : undefined;
  const journals = openAudit(url ?? own?.url ?? '');
  try {
    await work(journals);
  } finally {
    journals.close();
    await own?.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
