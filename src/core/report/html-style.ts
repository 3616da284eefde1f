/** For a desk, a phone and paper: wide tables become one card a row on a narrow screen. */
export const style = `
:root { color-scheme: light; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
body { margin: 0 auto; padding: 1.5rem; max-width: 75rem; color: #171b21; background: #fff; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 2px solid #d2d8e0; break-after: avoid; }
p { margin: .5rem 0; }
code, pre { font: .85em/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { background: #f3f5f8; border-radius: 6px; padding: .7rem .9rem; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0; }
dt { color: #4d5866; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: #4d5866; font-weight: 600; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #e3e7ec; vertical-align: top; overflow-wrap: break-word; }
figure { margin: .8rem 0; break-inside: avoid; } figure svg { display: block; max-width: 100%; height: auto; border: 1px solid #d2d8e0; border-radius: 6px; }
td:last-child { overflow-wrap: anywhere; } td[data-head="Kind"] code { white-space: nowrap; } time { white-space: nowrap; }
tr { break-inside: avoid; }
@media screen and (max-width: 48rem) {
  body { padding: 1rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  thead { display: none; } table, tbody, tr { display: block; }
  tr { border: 1px solid #d2d8e0; border-radius: 6px; padding: .4rem .7rem; margin-bottom: .6rem; }
  td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); border: 0; padding: .1rem 0; overflow-wrap: anywhere; } td:empty { display: none; }
  td::before { content: attr(data-head); color: #4d5866; font-size: .8rem; }
}
@media print { body { padding: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; } }
`;
