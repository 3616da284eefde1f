import { closeSync, openSync } from 'node:fs';

/**
 * Whether this process has a terminal now. A closed one sends SIGHUP, as does a person who wants files read again;
 * the kernel has taken the terminal away by then.
 */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
