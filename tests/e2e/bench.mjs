// Measures the built app in Chromium with much demo data: node bench.mjs [CUSTOMERS]
// Called by `cargo xtask bench`, which prints the bundle's size before it. Figures are medians, with the least and
// the greatest in brackets.
import { openApp, startBrowser } from "./support/browser.mjs";
import { startCouplet } from "./support/couplet.mjs";
import { DefaultSetup, Preview } from "./support/screens.mjs";

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
  const previews = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) previews.push(await measurePreview());
  for (const [what, unit] of [
    ["first rows, both sides", "ms"],
    ["final counts, both sides", "ms"],
    ["longest task", "ms"],
    ["requests to the systems", "requests"],
    ["wasm memory at its peak", "MiB"],
    ["a changed filter, until its counts are shown", "ms"],
  ]) {
    report("preview of CUSTOMER", what, unit, previews.map((preview) => preview[what]));
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

/** Opens the preview of CUSTOMER in a fresh context. Times count from the start of the navigation to it. */
async function measurePreview() {
  const page = await openApp(browser, couplet, { prepare: observePreview });
  page.setDefaultTimeout(300_000);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  const requests = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/api/systems/")) requests.push(request.url());
  });
  const preview = new Preview(page);
  await preview.open("CUSTOMER");
  for (const system of ["Business Central", "Dataverse"]) await preview.side(system).getByText(/, read /).waitFor();
  const measured = await page.evaluate(() => ({
    "first rows, both sides": globalThis.coupletPreview.firstRows,
    "final counts, both sides": globalThis.coupletPreview.finalCounts,
    "longest task": globalThis.coupletPreview.longestTask,
    "wasm memory at its peak": globalThis.coupletPreview.exports.memory.buffer.byteLength / 2 ** 20,
  }));
  measured["requests to the systems"] = requests.length;
  await preview.editFilter("Business Central");
  measured["a changed filter, until its counts are shown"] = await page.evaluate(async () => {
    const input = document.querySelector(".editor__text");
    const shown = () => document.querySelector(".editor__enter")?.textContent ?? "";
    const before = shown();
    const began = performance.now();
    input.value = "' '|Ship";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    while (shown() === before) await new Promise((resolve) => setTimeout(resolve, 0));
    return performance.now() - began;
  });
  await page.context().close();
  return measured;
}

/** Notes in the page when rows and final counts of both sides are there, and the longest task. */
function observePreview(page) {
  return page.addInitScript(() => {
    const preview = { firstRows: Number.NaN, finalCounts: Number.NaN, longestTask: 0, exports: null };
    globalThis.coupletPreview = preview;
    addEventListener("TrunkApplicationStarted", (event) => (preview.exports = event.detail.wasm));
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) preview.longestTask = Math.max(preview.longestTask, entry.duration);
    }).observe({ type: "longtask", buffered: true });
    const everySide = (found) => ["bc", "dv"].every((side) => found(document.querySelector(`.card--${side}`)));
    new MutationObserver(() => {
      const now = performance.now();
      if (Number.isNaN(preview.firstRows) && everySide((card) => card?.querySelector(".virtual-table__row"))) {
        preview.firstRows = now;
      }
      if (everySide((card) => /, read /.test(card?.querySelector(".reading")?.textContent ?? ""))) {
        if (Number.isNaN(preview.finalCounts)) preview.finalCounts = now;
      }
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
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
