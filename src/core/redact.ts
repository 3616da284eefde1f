/** Takes what must not be shown out of a text. */
export type Redact = (text: string) => string;

const mark = '[redacted]';
const shortest = 6;

/**
 * Secrets that show by their shape, whoever they belong to. Each is bounded, so that no text is slow to search. First
 * stands what each of them has in it: a text without any is not searched further.
 */
const shapes: readonly [sign: string, shape: RegExp, by: string][] = [
  [
    '-----BEGIN ',
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
    mark,
  ],
  ['bearer', /\b(Bearer)\s{1,8}[\w.~+/=-]{6,}/gi, `$1 ${mark}`],
  ['basic', /\b(Basic)\s{1,8}(?=[A-Za-z0-9+/]{0,256}[0-9A-Z=])[A-Za-z0-9+/]{8,}={0,2}/g, `$1 ${mark}`],
  ['://', /(:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,1024}@/g, `$1${mark}@`],
  [
    '[?&]',
    /([?&](?:(?:access|auth|bearer|id|refresh|session)[_-]?token|token|secret|client_secret|password|api[_-]?key|sig|signature)=)[^&\s"'#]+/gi,
    `$1${mark}`,
  ],
  ['xox', /\bxox[a-z](?:\.xox[a-z])?-[\w-]{6,}/g, mark],
  ['xapp-', /\bxapp-[\w-]{6,}/g, mark],
  ['\\d:[\\w-]{35}', /(?<!\d)\d{1,15}:[\w-]{35}(?![\w-])/g, mark],
  ['AKIA|ASIA', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, mark],
  ['gh[pousr]_|github_pat_', /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255})/g, mark],
  ['ya29', /\bya29\.[\w-]{10,}/g, mark],
  ['AIza', /\bAIza[\w-]{35}/g, mark],
  ['eyJ', /\beyJ[\w-]{8,4096}\.eyJ[\w-]{8,8192}\.[\w-]{8,2048}/g, mark],
];
const anySign = new RegExp(shapes.map(([sign]) => sign).join('|'), 'i');

/** Names, labels and addresses come again and again: what became of the last short texts is kept. */
const kept = { texts: 4_000, length: 200 };

/**
 * Replaces every known secret, and whatever looks like a token, a password in an address or a private key, by
 * `[redacted]`. Known secrets are found as they are, percent-encoded, inside JSON, and by the long lines of those
 * that have several. Those under six characters are not looked for by value: they would turn up in plain words.
 * A `Set` may grow: what is added later is redacted from then on.
 */
export function redactor(secrets: Iterable<string>): Redact {
  const known: ReadonlySet<string> = secrets instanceof Set ? secrets : new Set(secrets);
  const recent = new Map<string, string>();
  let size = -1;
  let values: RegExp | undefined;
  const search: Redact = (text) => {
    const safe = values ? text.replace(values, mark) : text;
    return anySign.test(safe) ? shapes.reduce((rest, [, shape, by]) => rest.replace(shape, by), safe) : safe;
  };
  return (text) => {
    if (known.size !== size) {
      size = known.size;
      values = matcherOf(known);
      recent.clear();
    }
    if (text.length > kept.length) return search(text);
    const safe = recent.get(text) ?? search(text);
    if (recent.size >= kept.texts) recent.clear();
    recent.set(text, safe);
    return safe;
  };
}

function matcherOf(secrets: Iterable<string>): RegExp | undefined {
  const forms = new Set([...secrets].flatMap(formsOf));
  const wanted = [...forms].filter((form) => form.length >= shortest && !mark.includes(form));
  if (wanted.length === 0) return undefined;
  const longestFirst = wanted.sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => RegExp.escape(form)).join('|'), 'g');
}

function formsOf(secret: string): string[] {
  const whole = [secret, secret.trim()];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 16);
  return [...whole, ...lines].flatMap((form) => [
    form,
    percentEncoded(form),
    JSON.stringify(form).slice(1, -1),
  ]);
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Names of fields whose value is a secret, however it looks: `authorization`, `botToken`, `set-cookie`, … */
const secretName =
  /(?:token|secret|password|passwd|passphrase|authorization|cookie|apikey|accesskey|privatekey|credentials?)$/;

/** A JSON value with every text in it redacted, at any depth, and the fields with a secret's name emptied. */
export function redactJson(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redact(name),
      holdsSecret(name, item) ? mark : redactJson(item, redact),
    ]),
  );
}

function holdsSecret(name: string, item: unknown): boolean {
  const telling = typeof item === 'string' || (typeof item === 'object' && item !== null);
  return telling && secretName.test(name.toLowerCase().replace(/[-_]/g, ''));
}
