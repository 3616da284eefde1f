import { stripTypeScriptTypes } from 'node:module';

/**
 * TypeScript to JavaScript by blanking the types, as Node does for the bot itself. Node says once for each
 * process that this function is experimental; that one sentence is kept from the operator's terminal.
 */
export function stripTypes(source: string): string {
  const emit = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emit;
  }
}
