import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.ts';

/** A file of the page, as it is served. */
export interface Asset {
  body: Buffer;
  type: string;
  etag: string;
}

/** The page's files by path, the page itself, and what its CSP must allow for its import map. */
export interface Page {
  assets: ReadonlyMap<string, Asset>;
  html: Asset;
  /** CSP source of the import map. */
  importMapSource: string;
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Libraries of the page: the name that modules import, and the file on disk. */
const libraries = ['preact', 'preact/hooks', 'htm'] as const;

function asset(body: string | Buffer, extension: string): Asset {
  const bytes = Buffer.from(body);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  return { body: bytes, type: types[extension] ?? 'application/octet-stream', etag };
}

async function ownFiles(): Promise<[string, Asset][]> {
  const folder = new URL('./page/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name !== 'index.html');
  return Promise.all(
    names.map(async (name): Promise<[string, Asset]> => {
      const text = await readFile(new URL(name, folder), 'utf8');
      const extension = name.slice(name.lastIndexOf('.') + 1);
      return [`/assets/${name}`, asset(extension === 'ts' ? stripTypes(text) : text, extension)];
    }),
  );
}

const libraryPath = (name: string) => `/assets/lib/${name.replace('/', '-')}.js`;

async function libraryFiles(): Promise<[string, Asset][]> {
  return Promise.all(
    libraries.map(async (name): Promise<[string, Asset]> => {
      const text = await readFile(fileURLToPath(import.meta.resolve(name)), 'utf8');
      return [libraryPath(name), asset(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'), 'js')];
    }),
  );
}

/** Reads, strips and hashes the page once; the files are served from memory from then on. */
export async function readPage(): Promise<Page> {
  const assets = new Map([...(await ownFiles()), ...(await libraryFiles())]);
  const imports = Object.fromEntries(libraries.map((name) => [name, libraryPath(name)]));
  const importMap = JSON.stringify({ imports });
  const preloads = [...assets.keys()]
    .filter((path) => /\.[jt]s$/.test(path))
    .map((path) => `<link rel="modulepreload" href="${path}" />`);
  const template = await readFile(new URL('./page/index.html', import.meta.url), 'utf8');
  const html = template
    .replace('<!-- import map -->', `<script type="importmap">${importMap}</script>`)
    .replace('<!-- modules -->', preloads.join('\n    '));
  const hash = createHash('sha256').update(importMap).digest('base64');
  const page: Asset = { ...asset(html, 'html'), type: 'text/html; charset=utf-8' };
  return { assets, html: page, importMapSource: `'sha256-${hash}'` };
}
