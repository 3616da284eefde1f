import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { codeAlphabet, codeLength } from '../core/accounts/code.ts';
import type { LinkCodes } from '../ports/accounts.ts';

const derive = promisify<string, string, number, Buffer>(scrypt);

/**
 * Codes of 40 random bits. What is stored is derived slowly (scrypt with Node's own costs, some 50 ms), so that
 * whoever reads the journal can't try them all while one is good.
 */
export const linkCodes: LinkCodes = {
  fresh: () =>
    [...randomBytes(codeLength)].map((byte) => codeAlphabet.charAt(byte % codeAlphabet.length)).join(''),
  hash: async (code) => `scrypt:${(await derive(code, 'cutover link code', 32)).toString('hex')}`,
};
