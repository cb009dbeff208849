// Measures the built app in Chromium with much demo data: node bench.mjs [CUSTOMERS]
// Called by `cargo xtask bench`, which prints the bundle's size before it. Times are medians of several starts.
import { expectNoProblems, openApp, startBrowser } from "./support/browser.mjs";
import { readRequestCounts, resetSandbox } from "./support/api.mjs";
import { startCouplet } from "./support/couplet.mjs";

const STARTS = 5;
const records = Number(process.argv[2] ?? 100_000);

const dataStarted = performance.now();
const couplet = await startCouplet({ records });
report("demo data", `${records} customers, proxy ready`, `${Math.round(performance.now() - dataStarted)} ms`);
const browser = await startBrowser();
try {
  const starts = [];
  for (let start = 0; start < STARTS; start += 1) starts.push(await measureStart());
  for (const what of Object.keys(starts[0])) {
    const values = starts.map((start) => start[what]).sort((a, b) => a - b);
    report("start", what, `${Math.round(values[STARTS >> 1])} ms (${Math.round(values[0])} to ${Math.round(values.at(-1))})`);
  }
} finally {
  await browser.close();
  await couplet.stop();
}

/** Opens the app in a fresh context, so nothing is cached, and gives milliseconds since the navigation began. */
async function measureStart() {
  const page = await openApp(browser, couplet);
  await resetSandbox(page);
  await page.goto(couplet.origin);
  await page.locator("#static-shell").waitFor({ state: "detached" });
  const measured = await page.evaluate(async () => {
    const app = performance.now();
    const longTasks = await new Promise((resolve) => {
      const observer = new PerformanceObserver((list) => resolve(list.getEntries().map((entry) => entry.duration)));
      observer.observe({ type: "longtask", buffered: true });
      requestAnimationFrame(() => requestAnimationFrame(() => resolve([])));
    });
    const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN;
    return { "first paint": paint, "app in place": app, "longest task": Math.max(0, ...longTasks) };
  });
  expectNoProblems(page);
  await readRequestCounts(page);
  await page.context().close();
  return measured;
}

function report(area, what, value) {
  console.log(`${area}: ${what}: ${value}`);
}
