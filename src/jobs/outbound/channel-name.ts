/** The platform of a channel (`platform:id`). */
export function platformOf(channel: string): string {
  return channel.slice(0, channel.indexOf(':'));
}

/** What the platform itself calls the channel. */
export function roomOf(channel: string): string {
  return channel.slice(channel.indexOf(':') + 1);
}
