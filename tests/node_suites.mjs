// Runs the test files of a folder one after the other and closes with a line of totals, which `cargo xtask test` reads.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** `name` begins the line of totals; only files whose name contains one of the arguments run, or all without one. */
export function runSuites(name, folder, minutesPerFile) {
  const wanted = process.argv.slice(2);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".test.mjs"))
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(folder, file));

  let passed = 0;
  let failed = 0;
  // A file is itself a test of node's runner; only those inside count, unless the file as a whole broke.
  const isFile = (data) => data.name === data.file || files.includes(data.name);
  const events = run({ files, concurrency: 1, timeout: minutesPerFile * 60 * 1000 });
  events.on("test:pass", (data) => {
    if (!isFile(data) && data.details.type !== "suite") passed += 1;
  });
  events.on("test:fail", (data) => {
    if (data.details.type !== "suite") failed += 1;
  });
  events.on("end", () => {
    // A test that fails also fails its file: the file counts only when nothing inside it did.
    console.log(`${name}: ${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  });
  events.compose(new spec()).pipe(process.stdout);
}
