// Measures the built app in Chromium with much demo data: node bench.mjs [CUSTOMERS]
// Called by `cargo xtask bench`, which prints the bundle's size before it. Figures are medians, with the least and
// the greatest in brackets.
import { openApp, startBrowser } from "./support/browser.mjs";
import { startCouplet } from "./support/couplet.mjs";

const REPETITIONS = 5;
const records = Number(process.argv[2] ?? 100_000);

const began = performance.now();
const couplet = await startCouplet({ records });
report("demo data", `${records} customers generated, proxy ready`, "ms", [performance.now() - began]);
const browser = await startBrowser();
try {
  const starts = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) starts.push(await measureStart());
  for (const [what, unit] of [["first paint", "ms"], ["app in place", "ms"], ["longest task", "ms"], ["transferred", "bytes"]]) {
    report("start", what, unit, starts.map((start) => start[what]));
  }
} finally {
  await browser.close();
  await couplet.stop();
}

/** Opens the app in a fresh context, so nothing is cached. Times count from the start of the navigation. */
async function measureStart() {
  const page = await openApp(browser, couplet, { prepare: observeStart });
  const measured = await page.evaluate(() => {
    const resources = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return {
      "first paint": performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      "app in place": globalThis.coupletStart.inPlace,
      "longest task": globalThis.coupletStart.longestTask,
      transferred: resources
        .filter((entry) => !new URL(entry.name).pathname.startsWith("/api/"))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    };
  });
  await page.context().close();
  return measured;
}

/** Notes in the page, from before its first script, when the app takes the shell's place and the longest task. */
function observeStart(page) {
  return page.addInitScript(() => {
    const start = { inPlace: Number.NaN, longestTask: 0 };
    globalThis.coupletStart = start;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) start.longestTask = Math.max(start.longestTask, entry.duration);
    }).observe({ type: "longtask", buffered: true });
    let sawShell = false;
    const watching = new MutationObserver(() => {
      const hasShell = document.getElementById("static-shell") !== null;
      sawShell ||= hasShell;
      if (sawShell && !hasShell) {
        start.inPlace = performance.now();
        watching.disconnect();
      }
    });
    watching.observe(document, { childList: true, subtree: true });
  });
}

function report(area, what, unit, values) {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  const spread = sorted.length > 1 ? ` (${sorted[0]} to ${sorted.at(-1)})` : "";
  console.log(`${area}: ${what}: ${sorted[sorted.length >> 1]} ${unit}${spread}`);
}
