// Runs measurements in Chromium and writes them down: node run.mjs PKG filters decode
// Called by `cargo xtask bench`. PKG is the folder with the built module. What was measured goes into
// docs/performance.json; report.mjs makes tables and a chart of it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { report } from "./report.mjs";
import { startServer } from "./server.mjs";

const SIZES = JSON.parse(process.env.S ?? "[10000,100000,1000000]");
const ROUNDS = Number(process.env.R ?? 15);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"];

const here = import.meta.dirname;
const file = join(here, "../docs/performance.json");
const [pkg, ...names] = process.argv.slice(2);

const server = await startServer({ page: join(here, "page"), node_modules: join(here, "node_modules"), pkg });
const browser = await chromium.launch({ executablePath: process.env.COUPLET_CHROMIUM, args: FLAGS, headless: true });
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`${server.origin}/page/index.html`);
  await page.waitForFunction(() => globalThis.coupletBench !== undefined && globalThis.crossOriginIsolated);
  const measured = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  for (const name of names) {
    measured[name] = {
      ...describeRun(),
      ...(await page.evaluate(([what, options]) => globalThis.coupletBench[what](options), [name, { sizes: SIZES, rounds: ROUNDS }])),
    };
  }
  writeFileSync(file, `${JSON.stringify(measured, rounded, 1)}\n`);
} finally {
  await browser.close();
  await server.stop();
}
report();

/** When and on what: each measurement keeps it, because one may be repeated without the others. */
function describeRun() {
  const peers = Object.entries(JSON.parse(readFileSync(join(here, "package.json"), "utf8")).dependencies);
  return {
    day: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`.replace(
      "Linux",
      process.platform,
    ),
    browser: `Chromium ${browser.version()}`,
    peers: Object.fromEntries(peers.filter(([name]) => name !== "playwright-core")),
    rounds: ROUNDS,
  };
}

/** Four digits are more than the spread allows for. */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
