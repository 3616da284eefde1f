import type { Reply } from '../ports/chat.ts';
import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import type { Call } from './call.ts';
import { decideAbort, decidePause, decideResume } from './course.ts';
import { decideDone, decideProceed } from './done.ts';
import { follow, unfollow } from './follow.ts';
import type { CommandName } from './grammar.ts';
import { link, unlinkAccount } from './link.ts';
import { freezes, history, list, locks, status } from './look.ts';
import { help, whoami } from './people.ts';
import { freezeAdd, freezeRemove, lock, unlock } from './places.ts';
import { plan } from './plan.ts';
import { report } from './report.ts';
import { silence } from './silence.ts';
import { start } from './start.ts';
import { extend, rollback, steering, vote } from './steer.ts';
import { decideRetry, decideSkip } from './steps.ts';
import { unsilence } from './unsilence.ts';

type Handlers = { [N in CommandName]: (call: Call<N>) => Promise<Reply> };

/** What each command does. */
const handlers: Handlers = {
  start,
  plan,
  status,
  list,
  history,
  approve: vote,
  reject: vote,
  pause: steering(decidePause, 'is paused'),
  resume: steering(decideResume, 'goes on'),
  abort: steering(decideAbort, 'is aborted'),
  rollback,
  retry: steering(decideRetry, 'runs again'),
  skip: steering(decideSkip, 'is skipped'),
  done: steering(decideDone, 'is marked done'),
  proceed: steering(decideProceed, 'is accepted as it is'),
  extend,
  alerts,
  ack,
  silence,
  unsilence,
  follow,
  unfollow,
  report,
  lock,
  unlock,
  locks,
  'freeze list': freezes,
  'freeze add': freezeAdd,
  'freeze remove': freezeRemove,
  whoami,
  link,
  unlink: unlinkAccount,
  help,
};

/** Does a command. */
export function handle<N extends CommandName>(name: N, call: Call<N>): Promise<Reply> {
  return handlers[name](call);
}
