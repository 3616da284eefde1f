/** One phone's width of each card, on one page: what the screenshot is taken of. */
export function sheet(look: 'slack' | 'telegram', cards: readonly { name: string; html: string }[]): string {
  const shown = cards.map(
    ({ name, html }) => `<section><h2>${name}</h2><div class="card ${look}">${html}</div></section>`,
  );
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><main>${shown.join('')}</main>`;
}

const style = `
* { box-sizing: border-box; margin: 0 }
body { font: 15px/1.42 "DejaVu Sans", sans-serif; font-size: 13.5px; background: #e9ebee; color: #1d1c1d }
main { columns: 3; column-gap: 16px; padding: 16px; width: 1250px }
section { break-inside: avoid; margin-bottom: 16px }
h2 { font-size: 11px; font-weight: 600; color: #616061; text-transform: uppercase; letter-spacing: .04em; margin: 0 0 4px 2px }
img { display: block; width: 100%; border-radius: 6px; margin: 6px 0 }
a { color: #1264a3; text-decoration: none }
pre { white-space: pre-wrap; background: #f6f6f6; border: 1px solid #ddd; border-radius: 4px; padding: 6px; font: 11.5px "DejaVu Sans Mono", monospace }
code { font: 11.5px "DejaVu Sans Mono", monospace; color: #c01343; background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px; padding: 0 2px }
.slack { background: #fff; border-radius: 8px; padding: 12px 14px }
.slack p { margin: 0 0 6px }
.slack .context { font-size: 12px; color: #616061 }
.slack .mention { color: #1264a3; background: #e8f5fa; border-radius: 3px; font-weight: 400 }
.slack .actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 }
.slack .button { border: 1px solid #bbb; border-radius: 4px; padding: 5px 11px; font-weight: 700; font-size: 12.5px }
.slack .button.primary { background: #007a5a; border-color: #007a5a; color: #fff }
.slack .button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff }
.telegram { background: #99ba92; border-radius: 8px; padding: 10px }
.telegram .bubble { background: #fff; border-radius: 12px 12px 12px 3px; padding: 8px 11px }
.telegram a { color: #2481cc }
.telegram blockquote { border-left: 3px solid #2481cc; background: #eef5fb; padding: 3px 8px; border-radius: 4px }
.telegram .row { display: flex; gap: 4px; margin-top: 4px }
.telegram .key { flex: 1; text-align: center; background: rgba(60, 90, 60, .55); color: #fff; border-radius: 8px; padding: 8px 6px; font-size: 13px }
`;
