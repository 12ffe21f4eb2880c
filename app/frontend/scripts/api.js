// Writes src/api/schema.ts from the backend's OpenAPI document; `--check` fails where the committed one is stale.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../backend/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.ts", import.meta.url);
const nodes = await openapiTS(document, { rootTypes: true, rootTypesNoSchemaPrefix: true });
// Types alone: a sentence of the description that is worded better does not make the page stale.
const types = astToString(nodes).replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "");
const text = `// Generated from the backend's openapi.json by make frontend-write. Do not change it by hand.\n\n${types}`;
if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("src/api/schema.ts does not fit the backend's openapi.json. Run: make frontend-write");
  process.exit(1);
}
