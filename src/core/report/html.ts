import { panelsOf } from '../rollout/chart.ts';
import type { Chart } from '../rollout/event.ts';
import { shown } from '../step/shown.ts';
import { style } from './html-style.ts';
import { html, type Markup, type Piece } from './markup.ts';
import type { Block, Report, Words } from './model.ts';

type Draw = (chart: Chart) => Promise<string>;
type Pictures = ReadonlyMap<Chart, string>;

const instant = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?$/;

function inline(words: Words): Piece {
  if (typeof words === 'string') return instant.test(words) ? html`<time>${words}</time>` : words;
  return 'code' in words
    ? html`<code>${shown(words.code, 300)}</code>`
    : html`<strong>${words.strong}</strong>`;
}

function tableOf({ head, rows }: Extract<Block, { kind: 'table' }>): Markup {
  const cells = (row: readonly Words[]) =>
    row.map((words, index) => html`<td data-head="${head[index] ?? ''}">${inline(words)}</td>`);
  return html`<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${cells(row)}</tr>
`,
  )}</tbody></table>
`;
}

function figureOf(chart: Chart, pictures: Pictures): Piece {
  const picture = pictures.get(chart);
  if (picture === undefined) return '';
  const names = panelsOf(chart).flatMap(({ series }) => series.map(({ name }) => name));
  const label = `Chart: ${shown(chart.title)} (${shown(names.join(', '))})`;
  return html`<figure role="img" aria-label="${label}">${{ markup: picture }}</figure>
`;
}

function blockOf(block: Block, pictures: Pictures): Piece {
  switch (block.kind) {
    case 'words':
      return html`<p>${block.words.map(inline)}</p>
`;
    case 'table':
      return tableOf(block);
    case 'facts':
      return html`<dl>${block.rows.map(
        ([name, value]) => html`<dt>${name}</dt><dd>${inline(value)}</dd>
`,
      )}</dl>
`;
    case 'text':
      return html`<p>${block.title.map(inline)}</p>
<pre>${block.text}</pre>
`;
    case 'chart':
      return figureOf(block.chart, pictures);
  }
}

async function picturesOf({ sections }: Report, draw: Draw): Promise<Pictures> {
  const charts = sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'chart' ? [block.chart] : [])),
  );
  const drawn = new Map<Chart, string>();
  for (const chart of charts) drawn.set(chart, await draw(chart));
  return drawn;
}

/**
 * A report as one HTML file that needs nothing else: no script, no request, charts as SVG in it. All text is escaped;
 * what `draw` gives stands in it as it is.
 */
export async function toHtml(report: Report, draw: Draw): Promise<string> {
  const pictures = await picturesOf(report, draw);
  const sections = report.sections.map(
    ({ title, blocks }) =>
      html`<section><h2>${title}</h2>
${blocks.map((block) => blockOf(block, pictures))}</section>
`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${report.title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<h1>${report.title}</h1>
${blockOf(report.summary, pictures)}${sections}</body>
</html>
`.markup;
}
