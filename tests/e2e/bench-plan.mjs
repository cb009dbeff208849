// Measures in the built app in Chromium how long the plan of a full synchronization of customers and accounts takes once
// the data is read, and what memory it needs: node bench-plan.mjs --records CUSTOMERS
// Called by `cargo xtask bench`. What was measured goes into docs/performance.json beside the other measurements, and from
// there into docs/performance.md.
import { parseArgs } from "node:util";
import { report } from "../../bench/report.mjs";
import { describeRun, keepResult, readResults } from "../../bench/results.mjs";
import { spread } from "../../bench/page/spread.mjs";
import { openApp, startBrowser } from "./support/browser.mjs";
import { startCouplet } from "./support/couplet.mjs";
import { Run } from "./support/run-screens.mjs";
import { DefaultSetup, Workbench } from "./support/screens.mjs";

const REPETITIONS = 5;
/** A page of very many records is slow to read, and the figure is then the memory. */
const REPETITIONS_OF_MANY = 3;
/** Milliseconds that reading and coupling very many records may take on a busy machine. */
const PATIENCE = 900_000;

const { values } = parseArgs({ options: { records: { type: "string", default: "10000" } } });
const records = Number(values.records);
const repetitions = records > 20_000 ? REPETITIONS_OF_MANY : REPETITIONS;

const couplet = await startCouplet({ records });
const browser = await startBrowser();
try {
  const page = await openApp(browser, couplet, { prepare: observe });
  page.setDefaultTimeout(PATIENCE);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  const workbench = new Workbench(page);
  await workbench.open("CUSTOMER", "?way=matching");
  await workbench.chooseCriterion("Name");
  const { matched } = await workbench.readOutcome();
  await workbench.clickButton("Choose all that matched");
  await workbench.coupleChosen();
  const plans = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) plans.push(await measurePlan(page));
  const looked = plans.map(({ actions }) => actions);
  if (new Set(looked).size !== 1) throw new Error(`the plans differ: ${looked.join(", ")} records`);
  const figures = ["planned after the data was read", "from the button to the plan", "longest task", "wasm memory"]
    .map((what) => ({ what, spread: spread(plans.map((plan) => plan[what])) }));
  keepRun({ matched, actions: looked[0], figures });
} finally {
  await browser.close();
  await couplet.stop();
}
report(["plan"]);

/** Puts this run in the place of the last one with as many records. */
function keepRun(measured) {
  const others = (readResults().plan?.runs ?? []).filter((run) => run.records !== records);
  const runs = [...others, { records, ...describeRun(browser), ...measured }];
  keepResult("plan", { runs: runs.sort((one, other) => one.records - other.records) });
}

/** Opens the page anew, so that nothing of the last plan is left, and plans. */
async function measurePlan(page) {
  const run = new Run(page);
  await run.open("CUSTOMER", "?scope=all");
  await page.reload();
  await page.locator("header.top").getByText("Dataverse sandbox").waitFor();
  await page.evaluate(() => Object.assign(globalThis.coupletPlan, { longestTask: 0, shown: Number.NaN, pressed: performance.now() }));
  await run.plan();
  return page.evaluate(async () => {
    const { shown, pressed, longestTask, exports } = globalThis.coupletPlan;
    const answers = performance.getEntriesByType("resource").filter(({ name }) => new URL(name).pathname.startsWith("/api/systems/"));
    const read = Math.max(...answers.map(({ responseEnd }) => responseEnd).filter((end) => end < shown));
    const counted = [...document.querySelectorAll(".plan-summary__totals button")].map((it) => Number(it.textContent.replace(/\D/g, "")));
    return {
      "planned after the data was read": shown - read,
      "from the button to the plan": shown - pressed,
      "longest task": longestTask,
      "wasm memory": exports.memory.buffer.byteLength / 2 ** 20,
      actions: counted.reduce((sum, count) => sum + count, 0),
    };
  });
}

/** Notes in the page when a plan can be read, and the longest task. */
function observe(page) {
  return page.addInitScript(() => {
    const plan = { pressed: Number.NaN, shown: Number.NaN, longestTask: 0, exports: null };
    globalThis.coupletPlan = plan;
    performance.setResourceTimingBufferSize(10_000);
    addEventListener("TrunkApplicationStarted", (event) => (plan.exports = event.detail.wasm));
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) plan.longestTask = Math.max(plan.longestTask, entry.duration);
    }).observe({ type: "longtask", buffered: true });
    new MutationObserver(() => {
      if (Number.isNaN(plan.shown) && document.querySelector(".plan-summary__totals")) plan.shown = performance.now();
    }).observe(document, { childList: true, subtree: true });
  });
}
