import type { Right } from '../core/policy/schema.ts';
import type { CommandName } from './grammar.ts';

/** The right that a command takes; commands that only look take none. */
export const rightFor: Readonly<Partial<Record<CommandName, Right>>> = {
  start: 'start',
  approve: 'approve',
  reject: 'approve',
  pause: 'operate',
  resume: 'operate',
  abort: 'operate',
  retry: 'operate',
  done: 'operate',
  extend: 'operate',
  ack: 'operate',
  silence: 'operate',
  unsilence: 'operate',
  rollback: 'rollback',
  skip: 'skip',
  proceed: 'skip',
  lock: 'lock',
  unlock: 'lock',
  'freeze add': 'lock',
  'freeze remove': 'lock',
};
