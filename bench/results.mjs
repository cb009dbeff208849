// What was measured, kept in docs/performance.json from run to run: one measurement may be repeated without the others.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

const file = join(import.meta.dirname, "../docs/performance.json");

/** All measurements by name; empty where nothing was measured. */
export function readResults() {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Puts a measurement in the place of the one with the same name. */
export function keepResult(name, measured) {
  writeFileSync(file, `${JSON.stringify({ ...readResults(), [name]: measured }, rounded, 1)}\n`);
}

/** When, on what and in which browser something was measured, and how many programs wanted a core at its end. */
export function describeRun(browser) {
  const { load, ...run } = describeMachine();
  return { ...run, browser: `Chromium ${browser.version()}`, load };
}

/** The same of something that needs no browser. */
export function describeMachine() {
  const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  return { day: new Date().toISOString().slice(0, 10), machine, load: loadavg()[0] };
}

/** Four digits are more than the spread allows for. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
