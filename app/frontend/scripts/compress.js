// Writes FILE.gz beside each file of dist/ that gets smaller by it, for nginx's gzip_static.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

for (const name of readdirSync("dist", { recursive: true })) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const whole = readFileSync(`dist/${name}`);
  const small = gzipSync(whole, { level: 9 });
  if (small.length < whole.length) writeFileSync(`dist/${name}.gz`, small);
}
