// Measures the built app in Chromium with much demo data: node bench.mjs --records CUSTOMERS
// Called by `cargo xtask bench`, which prints the bundle's size before it. What was measured goes into
// docs/performance.json beside the other measurements, and from there into docs/performance.md.
import { parseArgs } from "node:util";
import { report } from "../../bench/report.mjs";
import { describeRun, keepResult, readResults } from "../../bench/results.mjs";
import { spread } from "../../bench/page/spread.mjs";
import { openApp, startBrowser } from "./support/browser.mjs";
import { startCouplet } from "./support/couplet.mjs";
import { DefaultSetup, Preview } from "./support/screens.mjs";

const REPETITIONS = 5;
/** With very many records fewer repetitions: each takes minutes on a busy machine. */
const REPETITIONS_OF_MANY = 3;
/** Frames of each way of scrolling. */
const FRAMES = 180;
const { values } = parseArgs({ options: { records: { type: "string", default: "100000" } } });
const records = Number(values.records);
const repetitions = records > 200_000 ? REPETITIONS_OF_MANY : REPETITIONS;

const figures = [];
const began = performance.now();
const couplet = await startCouplet({ records });
note("demo data", `${records} customers generated, proxy ready`, "ms", [performance.now() - began]);
const browser = await startBrowser();
try {
  const starts = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) starts.push(await measureStart());
  for (const [what, unit] of [["first paint", "ms"], ["app in place", "ms"], ["longest task", "ms"], ["transferred", "bytes"]]) {
    note("start", what, unit, starts.map((start) => start[what]));
  }
  const previews = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) previews.push(await measurePreview());
  for (const [what, unit] of [
    ["first rows, both sides", "ms"],
    ["final counts, both sides", "ms"],
    ["longest task", "ms"],
    ["requests to the systems", "requests"],
    ["wasm memory at its peak", "MiB"],
    ["worst frame, standing still", "ms"],
    ["worst frame, scrolling row by row", "ms"],
    ["worst frame, jumping through the list", "ms"],
    ["a changed filter, until its counts are shown", "ms"],
  ]) {
    note("preview of CUSTOMER", what, unit, previews.map((preview) => preview[what]));
  }
  keepRun();
} finally {
  await browser.close();
  await couplet.stop();
}
report(["preview"]);

/** Puts this run in the place of the last one with as many records. */
function keepRun() {
  const others = (readResults().preview?.runs ?? []).filter((run) => run.records !== records);
  const runs = [...others, { records, ...describeRun(browser), figures }].sort((one, other) => one.records - other.records);
  keepResult("preview", { runs });
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
  await preview.rows("Business Central").first().waitFor();
  Object.assign(measured, await page.evaluate(scrollList, FRAMES));
  await preview.editFilter("Business Central");
  measured["a changed filter, until its counts are shown"] = await page.evaluate(async () => {
    const input = document.querySelector(".editor__text");
    // While the counts are not known, another sentence stands in their place.
    const shown = () => document.querySelector(".editor__enter")?.textContent;
    const before = shown();
    const began = performance.now();
    input.value = "' '|Ship";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    while (shown() === undefined || shown() === before) await new Promise((resolve) => setTimeout(resolve, 0));
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

/**
 * Scrolls the list of Business Central in both ways and gives the longest time between two frames of each; standing
 * still is what the machine does to frames by itself.
 */
async function scrollList(frames) {
  const list = document.querySelector(".card--bc .virtual-table");
  const rowHeight = list.querySelector(".virtual-table__row").getBoundingClientRect().height;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const worstFrame = async (step) => {
    list.scrollTop = 0;
    await frame();
    let before = await frame();
    let worst = 0;
    for (let drawn = 0; drawn < frames; drawn += 1) {
      list.scrollTop += step;
      const now = await frame();
      worst = Math.max(worst, now - before);
      before = now;
    }
    return worst;
  };
  return {
    "worst frame, standing still": await worstFrame(0),
    "worst frame, scrolling row by row": await worstFrame(rowHeight),
    "worst frame, jumping through the list": await worstFrame((list.scrollHeight - list.clientHeight) / frames),
  };
}

/** Keeps a figure for the report and shows it at once, with the least and the greatest in brackets. */
function note(area, what, unit, samples) {
  const it = spread(samples);
  figures.push({ area, what, unit, spread: it });
  const range = samples.length > 1 ? ` (${Math.round(it.min)} to ${Math.round(it.max)})` : "";
  console.log(`${area}: ${what}: ${Math.round(it.median)} ${unit}${range}`);
}
