/** HTML that may stand in a page as it is. Made by `html` alone, or of pictures that we drew ourselves. */
export interface Markup {
  readonly markup: string;
}

export type Piece = string | Markup | readonly Piece[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function rendered(piece: Piece): string {
  if (typeof piece === 'string') return piece.replace(/[&<>"']/g, (character) => entities[character] ?? '');
  return 'markup' in piece ? piece.markup : piece.map(rendered).join('');
}

/** A template whose values are text, escaped for an element or a quoted attribute, unless they are markup already. */
export function html(fixed: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return { markup: fixed.map((text, index) => text + rendered(pieces[index] ?? '')).join('') };
}
