// What goes wrong on the way: a service that asks to wait, stops or sends nonsense, and two tabs at once.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { resetSandbox, setFaults } from "../support/api.mjs";
import { axeCheck } from "../support/axe.mjs";
import { openApp, startBrowser, waitForApp } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, Preview } from "../support/screens.mjs";

const BC = "Business Central";

let browser;
let couplet;
let page;
let preview;

before(async () => {
  couplet = await startCouplet({ records: 12_000 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  preview = new Preview(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
});

afterEach(async () => {
  await setFaults(page, []);
  page.problems.splice(0);
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

/** A fault of the customers' pages from the second on. */
function onSecondPage(effect, when = { only: 2 }) {
  return [{ system: "businessCentral", pathContains: "/customers", when, effect }];
}

test("a service that stops in the middle leaves what was read, and the reading goes on", async () => {
  await setFaults(page, onSecondPage("stopped", { from: 2 }));
  await preview.open("CUSTOMER");
  const side = preview.side(BC);
  const goOn = side.getByRole("button", { name: "Go on" });
  await goOn.waitFor();
  await side.getByText("5,000 kept.").waitFor();
  assert.ok((await preview.rows(BC).count()) > 0, "rows that came are shown");
  await axeCheck(page);
  await setFaults(page, []);
  await goOn.click();
  await side.getByText(/^12,000, read /).waitFor();
});

test("a service that asks to wait is waited for", async () => {
  await setFaults(page, onSecondPage({ status: { status: 429, retryAfter: 2 } }, { only: 2 }));
  await preview.open("CUSTOMER");
  const side = preview.side(BC);
  await side.getByText(/asked to wait 2 s/).waitFor();
  await side.getByText(/^12,000, read /).waitFor();
});

test("a malformed row is named, and the page is not blank", async () => {
  await setFaults(page, onSecondPage({ malformedRow: { row: 3 } }));
  await preview.open("CUSTOMER");
  const side = preview.side(BC);
  await side.getByText(/Row \d+ of the page cannot be read/).waitFor();
  await side.getByText("5,000 kept.").waitFor();
  assert.ok((await preview.rows(BC).count()) > 0);
});

test("a reading can be stopped and goes on", async () => {
  await setFaults(page, onSecondPage({ delay: { milliseconds: 1_500 } }, { from: 2 }));
  await preview.open("CUSTOMER");
  const side = preview.side(BC);
  await side.getByRole("button", { name: "Stop" }).click();
  await side.getByText(/^stopped after /).waitFor();
  await setFaults(page, []);
  await side.getByRole("button", { name: "Go on" }).click();
  await side.getByText(/^12,000, read /).waitFor();
});

test("a mapping on a field that is gone is shown as broken with the name, and the others go on", async () => {
  await preview.open("VENDOR");
  await preview.editFilter(BC);
  await preview.side(BC).getByLabel("Field").fill("Blokced");
  await preview.side(BC).getByText(/no field Blokced/).waitFor();
  assert.ok(await preview.side(BC).getByRole("button", { name: "Save filter" }).isDisabled());
  await preview.open("CUSTOMER");
  await preview.readCounts(BC);
});

test("two tabs do not overwrite each other's edits", async () => {
  const other = await page.context().newPage();
  await other.goto(`${couplet.origin}/mappings/CUSTOMER`);
  await waitForApp(other);
  const otherPreview = new Preview(other);
  await otherPreview.readCounts(BC);
  await preview.open("CUSTOMER");
  await preview.readCounts(BC);

  await otherPreview.editFilter(BC);
  await otherPreview.enterCondition(BC, "' '|Invoice");
  await preview.editFilter(BC);
  await preview.enterCondition(BC, "' '|All");
  await otherPreview.saveFilter(BC);
  await preview.side(BC).getByRole("button", { name: "Save filter" }).click();
  await preview.side(BC).getByRole("alert").waitFor();
  await axeCheck(page);

  await page.reload();
  await preview.side(BC).getByText("' '|Invoice").first().waitFor();
  await other.close();
});

test("the sandbox can be brought back to its first state", async () => {
  await resetSandbox(page);
  await preview.open("CUSTOMER");
  await preview.side(BC).getByText(/^12,000, read /).waitFor();
});
