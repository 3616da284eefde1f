/** Direction overrides and isolates: they can make text read as something else (Unicode TR 36, 2.2). */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text with its direction controls made visible. */
export function visible(text: string): string {
  return text.replace(directionControls, (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase()}]`);
}

/** An address that is safe to link to: http, https, or a path of ours; undefined for any other. */
export function safeHref(href: string): string | undefined {
  if (/^\/(?![/\\])/.test(href)) return href;
  if (!URL.canParse(href)) return undefined;
  const { protocol } = new URL(href);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}
