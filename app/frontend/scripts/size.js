// What the first page costs: fails where its script is larger than the budget, or where a strict
// Content-Security-Policy would stop something of it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 60 * 1024; // bytes, compressed

const html = readFileSync("dist/index.html", "utf8");
const inline = [/<script(?![^>]*\ssrc=)/, /<style/, /\sstyle=/, /\son[a-z]+=/].filter((pattern) => pattern.test(html));
const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(js|css))"/g)];
const sizes = { js: 0, css: 0 };
for (const [, path, kind] of files) {
  sizes[kind] += gzipSync(readFileSync(`dist${path}`), { level: 9 }).length;
}
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
console.log(
  `First page, compressed: script ${kilobytes(sizes.js)} of ${kilobytes(BUDGET)}, style ${kilobytes(sizes.css)}.`,
);
if (!sizes.js || !sizes.css) throw new Error("dist/index.html names no script or no style; run npm run build");
if (sizes.js > BUDGET)
  throw new Error("The first page's script is too large: load the new part only when it is shown.");
if (inline.length) throw new Error(`dist/index.html has an inline script or style (${inline.join(", ")}).`);
