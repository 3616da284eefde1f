/** Every key that the journals use, in one place. Bump the prefix when a stored shape changes in an unreadable way. */
const prefix = 'cutover:1';

export const keys = {
  /** List: a rollout's events, oldest first; the length is the sequence number. */
  journal: (id: string) => `${prefix}:journal:${id}`,
  /** List: an environment's events. */
  environment: (name: string) => `${prefix}:environment:${name}`,
  /** List: the events of who is who over the platforms; the sandbox's people are apart from the policy's. */
  accounts: (of: 'policy' | 'sandbox') => `${prefix}:accounts:${of}`,
  /** String: a fold of the journal, so that reading stays cheap. Can be deleted. */
  snapshot: (id: string) => `${prefix}:snapshot:${id}`,
  /** String `<epoch>:<owner>` that expires: who may write. */
  lease: (id: string) => `${prefix}:lease:${id}`,
  /** Counter: the epochs given out. */
  epoch: (id: string) => `${prefix}:epoch:${id}`,
  /** List: the last lines of a step's output; expires. */
  tail: (id: string, step: string) => `${prefix}:tail:${id}:${step}`,
  /** String: what a hypercare watch keeps between two looks; expires. */
  watch: (id: string) => `${prefix}:watch:${id}`,
  /** Counter: the numbers in rollout ids. */
  counter: (short: string) => `${prefix}:counter:${short}`,
  /** Sorted set: rollouts that are not at rest, by when to look at them. */
  due: `${prefix}:due`,
  /** Sorted set: all rollouts, by when they were planned. */
  rollouts: `${prefix}:rollouts`,
  /** Sorted set: those that are not at an end. */
  active: `${prefix}:active`,
  /** Sorted set: those with duties that are not done, by when they were planned. */
  duties: `${prefix}:duties`,
  /** Hash: thread -> sequence number that it does not show yet. */
  unshown: `${prefix}:unshown`,
  /** Hash: what stands in a thread, by the card's key. */
  thread: (id: string, channel: string) => `${prefix}:thread:${id}:${channel}`,
  /** String that expires: who is at work on a thread. */
  threadLock: (id: string, channel: string) => `${prefix}:thread-lock:${id}:${channel}`,
  /** String that expires: a delivery or signature that was taken. */
  seen: (key: string) => `${prefix}:seen:${key}`,
  /** Hash: the accounts in a chat platform's user group, by the group's id. */
  groups: `${prefix}:groups`,
  /** Hash: rooms that can't be written to, by channel or `<id> <channel>`. */
  closedRooms: `${prefix}:closed-rooms`,
  /** String that expires: when a limit of a platform is unused again (milliseconds). */
  allowance: (name: string) => `${prefix}:allowance:${name}`,
  /** String that expires: what an adapter keeps between restarts. */
  memory: (key: string) => `${prefix}:memory:${key}`,
  /** String that expires: whose turn something is. */
  turn: (name: string) => `${prefix}:turn:${name}`,
  /** Hash that expires: a delivery from a platform, or that it is done. */
  delivery: (key: string) => `${prefix}:delivery:${key}`,
  /** String that expires: who is at work on a delivery. */
  deliveryLock: (key: string) => `${prefix}:delivery-lock:${key}`,
  /** Set: deliveries that are not done, by `<kind>`. */
  deliveries: (kind: string) => `${prefix}:deliveries:${kind}`,
  /** Channel: `<id> <seq>` of each rollout that grew. */
  changes: `${prefix}:changes`,
  /**
   * Hash: a group of alerts. `t <fingerprint>`: what was told last, in short; `n <fingerprint>`: that notice; `firing`:
   * how many fire; `version`.
   */
  alertGroup: (id: string) => `${prefix}:alerts:group:${id}`,
  /** Sorted set: groups that nobody has looked at since they changed, by the version in which they first did. */
  alertsChanged: `${prefix}:alerts:changed`,
  /** Sorted set: groups in which something fires, by their version. */
  alertsFiring: `${prefix}:alerts:firing`,
  /** Sorted set: `<group> <fingerprint>`, by until when it is kept. */
  alertsKept: `${prefix}:alerts:kept`,
  /** Counter: the versions of all groups. */
  alertsVersion: `${prefix}:alerts:version`,
  /** Stream: what was news, as it was accepted: `group`, then each `notice`. */
  alertsJournal: `${prefix}:alerts:journal`,
  /** Channel: the id of each group that changed. */
  alertChanges: `${prefix}:alerts:changes`,
};
