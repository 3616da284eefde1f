import type { Log } from '../../adapters/log.ts';
import type { App } from '../../compose/app.ts';
import { hasTerminal } from './terminal.ts';

export interface SignalParts {
  app: App;
  log: Log;
  /** Milliseconds that steps under way get at a stop. */
  grace: number;
  /** For the person at the terminal. */
  say(line: string): void;
}

/** Milliseconds that everything but the steps gets at a stop. */
const farewell = 4_000;
/** One Ctrl-C can come twice within so many milliseconds: from the terminal, and once more through npm. */
const sameKey = 500;

/**
 * SIGINT and SIGTERM stop everything in order; a second one, or taking too long, ends the process at once. SIGHUP reads
 * the files again; when the terminal is gone, it stops. Whoever started this process by a channel takes it along.
 */
export function stopOnSignals(parts: SignalParts): void {
  const { app, log } = parts;
  let stoppingSince: number | undefined;
  const stop = (why: string): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameKey) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    log[why === 'SIGINT' ? 'debug' : 'info']({ why }, 'Stopping');
    setTimeout(giveUp, parts.grace + farewell, log).unref();
    void app.stop(parts.grace).then(() => process.exit(0));
  };
  const startedAtTerminal = hasTerminal();
  process.on('exit', app.abandon);
  process.on('SIGINT', () => {
    if (stoppingSince === undefined) parts.say('\nStopping. Ctrl-C once more ends it at once.');
    stop('SIGINT');
  });
  process.on('SIGTERM', stop);
  process.on('SIGHUP', () => {
    if (startedAtTerminal && !hasTerminal()) stop('the terminal was closed');
    else void reload(parts);
  });
  const orphaned = (): void => stop('whoever started this is gone');
  // It may have gone while this process still started: the channel is closed by then, and tells so no more.
  if (process.connected === false) orphaned();
  else process.once('disconnect', orphaned);
}

function giveUp(log: Log): void {
  log.error('Not everything stopped in time; the process ends, and what was under way is gone on with later');
  process.exit(1);
}

async function reload({ app, log }: SignalParts): Promise<void> {
  try {
    await app.catalogue.reload();
    log.info('Playbooks, environments and policy were read again');
  } catch (error) {
    const faults = error instanceof Error ? error.message : String(error);
    log.error(
      { faults },
      'The files were not taken, because they have faults; those read before stay in use',
    );
  }
}
