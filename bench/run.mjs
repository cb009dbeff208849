// Runs measurements in Chromium and writes them down: node run.mjs PKG filters decode
// Called by `cargo xtask bench`. PKG is the folder with the built module.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { report } from "./report.mjs";
import { describeRun, keepResult } from "./results.mjs";
import { startServer } from "./server.mjs";

const SIZES = [10_000, 100_000, 1_000_000];
const ROUNDS = 11;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"];

const here = import.meta.dirname;
const [pkg, ...names] = process.argv.slice(2);
const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const peers = Object.fromEntries(Object.entries(dependencies).filter(([name]) => name !== "playwright-core"));

const server = await startServer({ page: join(here, "page"), node_modules: join(here, "node_modules"), pkg });
const browser = await chromium.launch({ executablePath: process.env.COUPLET_CHROMIUM, args: FLAGS, headless: true });
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`${server.origin}/page/index.html`);
  await page.waitForFunction(() => globalThis.coupletBench !== undefined && globalThis.crossOriginIsolated);
  for (const name of names) {
    const options = { sizes: SIZES, rounds: ROUNDS };
    const measured = await page.evaluate(([what, how]) => globalThis.coupletBench[what](how), [name, options]);
    keepResult(name, { ...describeRun(browser), peers, rounds: ROUNDS, ...measured });
  }
} finally {
  await browser.close();
  await server.stop();
}
report(names);
