// The whole way of an admin: set up, preview, read why, edit a filter, undo, export, wipe, import.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { countAccounts, countCustomers } from "../support/demo-count.mjs";
import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, Preview } from "../support/screens.mjs";

const BC = "Business Central";
const DATAVERSE = "Dataverse";

let browser;
let couplet;
let page;
let preview;
let setup;

before(async () => {
  couplet = await startCouplet({ records: 2_000 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  preview = new Preview(page);
  setup = new DefaultSetup(page);
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

test("home is connected at once and leads to the default setup", async () => {
  await page.getByText("CRONUS Demo SA").first().waitFor();
  await page.getByRole("main").getByRole("link", { name: "Use default synchronization setup" }).click();
  await setup.heading().getByText("Use default synchronization setup").waitFor();
  await setup.expectSound();
});

test("one click applies the standard setup", async () => {
  await setup.open();
  await setup.apply();
  await setup.expectSound();
  await setup.goTo("/mappings");
  for (const name of ["CUSTOMER", "VENDOR", "CONTACT", "CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"]) {
    await page.getByRole("link", { name, exact: true }).waitFor();
  }
  await setup.expectSound();
});

test("the preview counts what an independent count finds", async () => {
  await preview.open("CUSTOMER");
  const customers = await countCustomers(page);
  const accounts = await countAccounts(page);
  assert.deepEqual(await preview.readCounts(BC), { nIn: customers.nIn, nOut: customers.nOut });
  assert.deepEqual(await preview.readCounts(DATAVERSE), { nIn: accounts.nIn, nOut: accounts.nOut });
  assert.ok(customers.nOut > 0 && accounts.nOut > 0, "the demo data has excluded records");
  await preview.expectSound();
});

test("an excluded record says every reason", async () => {
  const { customers } = await countCustomers(page);
  const shipped = customers.find(({ blocked }) => blocked === "Ship");
  await preview.chooseRecord(BC, shipped.no);
  await preview.why().getByText(`Why ${shipped.no}`).waitFor();
  const row = preview.why().getByRole("row").filter({ hasText: "Blocked" });
  await row.getByText("Ship").first().waitFor();
  await row.getByText("fails").waitFor();
  await preview.why().getByRole("row").filter({ hasText: "Coupled" }).getByText("no coupling").waitFor();
  await preview.expectSound();
});

test("a filter that cannot be read is underlined and cannot be saved", async () => {
  await preview.open("CUSTOMER");
  await preview.readCounts(BC);
  await preview.editFilter(BC);
  await preview.enterCondition(BC, "' '|Shp");
  await preview.side(BC).getByText(/Position 5: Shp is not an option/).waitFor();
  assert.equal(await preview.side(BC).locator(".underlined u").textContent(), "Shp");
  assert.ok(await preview.side(BC).getByRole("button", { name: "Save filter" }).isDisabled());
  await preview.expectSound();
});

test("before saving, the records that would enter are listed without a request", async () => {
  const { customers } = await countCustomers(page);
  const n = customers.filter(({ blocked }) => blocked === "Ship").length;
  const requests = [];
  const note = (request) => requests.push(request.url());
  page.on("request", note);
  await preview.enterCondition(BC, "' '|Ship");
  const enter = preview.side(BC).getByRole("button", { name: `${n} would enter` });
  await enter.click();
  await preview.side(BC).getByText(`${n} listed`).waitFor();
  assert.equal(await preview.rows(BC).first().getByText("would enter").count(), 1);
  page.off("request", note);
  assert.deepEqual(requests, []);
  await preview.expectSound();
});

test("a saved filter counts at once and is found after a reload", async () => {
  const { customers } = await countCustomers(page);
  const nIn = customers.filter(({ blocked }) => ["_x0020_", "Ship"].includes(blocked)).length;
  await preview.saveFilter(BC);
  assert.deepEqual(await preview.readCounts(BC), { nIn, nOut: customers.length - nIn });
  await page.reload();
  assert.deepEqual(await preview.readCounts(BC), { nIn, nOut: customers.length - nIn });
  await preview.side(BC).getByText("' '|Ship").first().waitFor();
});

test("the OData form says what is sent and how exact it is", async () => {
  await preview.side(DATAVERSE).getByRole("button", { name: "OData" }).click();
  await preview.side(DATAVERSE).getByText(/^\$filter=\(statecode eq 0 or statecode eq null\) and customertypecode eq 3 and/).waitFor();
  await preview.side(DATAVERSE).getByText("evaluated exactly").first().waitFor();
  await preview.expectSound();
});

test("the history tells the change, and the mapping can be set back to the standard", async () => {
  await preview.goTo("/history");
  await page.getByRole("main").getByText("CUSTOMER").first().waitFor();
  await preview.goTo("/history?mapping=CUSTOMER");
  await page.getByText("Only versions that changed CUSTOMER.").waitFor();
  await page.getByRole("main").getByText("CUSTOMER").first().waitFor();
  await preview.expectSound();
  await setup.open();
  await page.getByRole("button", { name: /^Apply 1/ }).waitFor();
  await setup.apply();
  await setup.undo();
  await page.getByRole("button", { name: /^Apply 1/ }).waitFor();
  await preview.open("CUSTOMER");
  await preview.side(BC).getByText("' '|Ship").first().waitFor();
});

test("export, wipe and import bring everything back", async () => {
  await preview.goTo("/workspace");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Export/ }).click();
  const path = await (await download).path();
  const file = JSON.parse(await readFile(path, "utf8"));
  assert.equal(file.product, "couplet");
  assert.equal(file.configuration.mappings.length, 7);
  await preview.expectSound();

  await page.getByRole("button", { name: "Delete everything…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
  await page.getByText("Everything was deleted.").waitFor();
  await preview.goTo("/mappings");
  await page.getByRole("main").getByRole("link", { name: "Use default synchronization setup", exact: true }).waitFor();

  await preview.goTo("/workspace");
  await page.locator("input[type=file]").setInputFiles(path);
  await page.getByRole("button", { name: "Import this file" }).click();
  await page.getByText(/ was imported\./).waitFor();
  await preview.open("CUSTOMER");
  await preview.side(BC).getByText("' '|Ship").first().waitFor();
  await preview.expectSound();
});
