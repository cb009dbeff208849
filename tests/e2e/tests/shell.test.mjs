// The app starts: from the printed address to a page that works, and not without that address.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { axeCheck } from "../support/axe.mjs";
import { expectNoProblems, openApp, startBrowser, watchProblems } from "../support/browser.mjs";
import { readSession } from "../support/api.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { takeScreenshot } from "../support/screenshot.mjs";

let browser;
let couplet;

before(async () => {
  couplet = await startCouplet({ records: 200 });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

test("the printed address opens the app without errors", async () => {
  const page = await openApp(browser, couplet);
  assert.match(await page.title(), /Couplet$/);
  assert.equal((await readSession(page)).sandbox, true);
  expectNoProblems(page);
  await axeCheck(page);
  await takeScreenshot(page, "shell");
  await page.context().close();
});

test("the static shell is painted before the app arrives", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  watchProblems(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(couplet.openingAddress, { waitUntil: "commit" });
  await page.locator("#static-shell").getByText("Couplet").waitFor({ state: "visible" });
  await axeCheck(page);
  release();
  await page.locator("#static-shell").waitFor({ state: "detached" });
  expectNoProblems(page);
  await context.close();
});

test("a page that does not arrive is said and can be asked for again", async () => {
  const page = await openApp(browser, couplet);
  const late = /split_configuration-.*\.wasm$/;
  await page.route(late, (route) => route.abort());
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("alert").getByText("could not be fetched").waitFor();
  await axeCheck(page);
  await page.unroute(late);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Configuration history", level: 1 }).waitFor();
  await page.context().close();
});

test("without the printed address the data stays closed", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const wrong = await page.goto(`${couplet.origin}/api/session/open?token=wrong`);
  assert.equal(wrong.status(), 403);
  assert.match(await page.textContent("body"), /address printed in the terminal/);
  const answer = await page.request.get(`${couplet.origin}/api/systems/sandbox-bc/api/v2.0/companies`);
  assert.equal(answer.status(), 401);
  await context.close();
});

test("the proxy ends well while a page is open", async () => {
  const own = await startCouplet({ records: 10 });
  const page = await openApp(browser, own);
  // Windows has no signal to ask with: there the process is simply ended.
  assert.equal(await own.stop(), process.platform === "win32" ? null : 0);
  await page.context().close();
});
