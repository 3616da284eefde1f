import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { portForLater } from './port.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Debian's own place for it is not on everybody's path. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

/** One record of a zone; names whole, without their last dot. */
export interface ZoneRecord {
  name: string;
  type: string;
  /** Seconds. */
  ttl: number;
  value: string;
}

/** Whether a real authoritative name server is here; where not, says aloud how to get it. */
export function knotInstalled(): boolean {
  if (spawnSync('knotd', ['--version'], { env }).status === 0) return true;
  console.error('NOT TESTED against a real name server: `apt-get install knot` (or put knotd on the PATH).');
  return false;
}

function configuration(dir: string, port: number, apex: string): string {
  return `server:
    listen: 127.0.0.1@${port}
    rundir: ${dir}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: ${dir}/knot.sock
log:
  - target: stderr
    any: warning
database:
    storage: ${dir}
zone:
  - domain: ${apex}
    storage: ${dir}
    file: zone
    zonefile-sync: -1
    journal-content: none
`;
}

function zoneText(apex: string, serial: number, records: readonly ZoneRecord[]): string {
  const target = ({ type, value }: ZoneRecord) => (['CNAME', 'NS'].includes(type) ? `${value}.` : value);
  return [
    `${apex}. 60 IN SOA ns.${apex}. host.${apex}. ${serial} 60 60 600 60`,
    `${apex}. 60 IN NS ns.${apex}.`,
    `ns.${apex}. 60 IN A 127.0.0.1`,
    ...records.map((record) => `${record.name}. ${record.ttl} IN ${record.type} ${target(record)}`),
    '',
  ].join('\n');
}

/** A real authoritative name server for one zone, which answers what was last published. */
export async function startKnot(apex: string, records: readonly ZoneRecord[]) {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-knot-'));
  const port = await portForLater();
  let serial = 1;
  const write = () => writeFile(join(dir, 'zone'), zoneText(apex, serial, records));
  await writeFile(join(dir, 'knot.conf'), configuration(dir, port, apex));
  await write();
  const child = spawn('knotd', ['-c', join(dir, 'knot.conf')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const control = (...args: string[]) =>
    run('knotc', ['-s', join(dir, 'knot.sock'), '-t', '5', ...args], { env });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until(`the name server (${said})`, async () => {
      if (child.exitCode !== null) throw new Error(`knotd ended: ${said}`);
      return control('status').then(
        () => true,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    /** `host:port`, for resolvers. */
    server: `127.0.0.1:${port}`,
    /** Answers these from now on. */
    async publish(next: readonly ZoneRecord[]): Promise<void> {
      serial += 1;
      await writeFile(join(dir, 'zone'), zoneText(apex, serial, next));
      await control('-b', 'zone-reload', apex);
    },
    stop,
  };
}
