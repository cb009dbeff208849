// Starts Chromium and opens pages of which every error is kept.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the browser that `cargo xtask test` found, or one in a usual place. */
export function startBrowser({ flags = [] } = {}) {
  const executablePath = process.env.COUPLET_CHROMIUM ?? PROGRAMS.find((program) => existsSync(program));
  if (!executablePath) throw new Error("no Chromium found: set COUPLET_CHROMIUM to its program");
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags], headless: true });
}

/**
 * Opens a session in a browser context of its own and gives its page, on the app's first screen.
 * `page.problems` collects errors of the console and of scripts; `expectNoProblems` checks it. `prepare` may do
 * something with the page before it goes anywhere.
 */
export async function openApp(browser, couplet, options = {}) {
  const { language = "en", theme = "light", width = 1280, height = 800, prepare = () => {} } = options;
  const context = await browser.newContext({
    locale: language === "fr" ? "fr-FR" : "en-US",
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  watchProblems(page);
  await prepare(page);
  await page.goto(couplet.openingAddress);
  await waitForApp(page);
  return page;
}

/** Waits until the app has taken the place of the static shell. */
export async function waitForApp(page) {
  await page.locator("#static-shell").waitFor({ state: "detached" });
}

/** Keeps every error of a page in `page.problems`. */
export function watchProblems(page) {
  page.problems = [];
  page.on("console", (message) => {
    if (message.type() === "error") page.problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => page.problems.push(`script: ${error.message}`));
}

/** Fails when the page had an error since it was opened or since the last call. */
export function expectNoProblems(page) {
  const problems = page.problems.splice(0);
  if (problems.length > 0) throw new Error(`the page had errors:\n${problems.join("\n")}`);
}
