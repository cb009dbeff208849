// Runs the suites of foreign clients against the sandbox and closes with a line of totals.
// COUPLET_SANDBOX_SERVER names the program that serves it (crates/sandbox/examples/serve.rs).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const folder = join(import.meta.dirname, "suites");
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort()
  .map((name) => join(folder, name));

let passed = 0;
let failed = 0;
// A file is itself a test of node's runner; only those inside count, unless the file as a whole broke.
const isFile = (data) => data.name === data.file || files.includes(data.name);
const events = run({ files, concurrency: 1, timeout: 5 * 60 * 1000 });
events.on("test:pass", (data) => {
  if (!isFile(data) && data.details.type !== "suite") passed += 1;
});
events.on("test:fail", (data) => {
  if (data.details.type !== "suite") failed += 1;
});
events.on("end", () => {
  console.log(`client tests: ${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
events.compose(new spec()).pipe(process.stdout);
