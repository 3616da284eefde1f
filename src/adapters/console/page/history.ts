const key = 'cutover-history';
const kept = 50;

/** Lines typed before, oldest first; of this tab only. */
export function typedLines(): string[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter((line) => typeof line === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(line: string): void {
  const others = typedLines().filter((each) => each !== line);
  try {
    sessionStorage.setItem(key, JSON.stringify([...others, line].slice(-kept)));
  } catch {
    // A tab without storage forgets what was typed; nothing else depends on it.
  }
}
