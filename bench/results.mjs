// What was measured, kept in docs/performance.json from run to run: one measurement may be repeated without the others.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

const file = join(import.meta.dirname, "../docs/performance.json");

/** All measurements by name; empty where nothing was measured. */
export function readResults() {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Puts measurements in the place of those with the same names. Each says when, on what and in which browser. */
export function keepResults(measured, browserVersion) {
  const run = { day: new Date().toISOString().slice(0, 10), machine: describeMachine(), browser: `Chromium ${browserVersion}` };
  const results = readResults();
  for (const [name, result] of Object.entries(measured)) results[name] = { ...run, ...result };
  writeFileSync(file, `${JSON.stringify(results, rounded, 1)}\n`);
}

function describeMachine() {
  return `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
}

/** Four digits are more than the spread allows for. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
