// Edits of both sides: of different fields both go through, the same field is decided by a person on screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
import { Control } from "../support/control.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { readJournal } from "../support/journal.mjs";
import { Run } from "../support/run-screens.mjs";
import { DefaultSetup } from "../support/screens.mjs";

let browser;
let couplet;
let page;
let run;
let control;
let customers;
let pair;

before(async () => {
  couplet = await startCouplet({ records: 40 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  control = new Control(page.context(), couplet.origin);
  run = new Run(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  for (const mapping of ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"]) await run.finish(mapping);
  await run.finish("CUSTOMER", "To Integration Table");
  [pair] = (await readJournal(page, "CUSTOMER")).couplings.map(({ record, row }) => [dashed(record), dashed(row)]);
  const companies = await control.read("/api/systems/sandbox-bc/api/v2.0/companies");
  customers = `/api/systems/sandbox-bc/api/couplet/integration/v1.0/companies(${companies.value[0].id})/customers`;
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

function dashed(id) {
  const plain = id.replaceAll("-", "");
  return plain.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const account = () => `/api/systems/sandbox-dataverse/api/data/v9.2/accounts(${pair[1]})`;
const customer = () => `${customers}(${pair[0]})`;
const editAnyVersion = { "If-Match": "*" };

/** The couplings remember whole seconds: edits are later than everything before. */
async function edit(ofCustomer, ofAccount) {
  await control.change("POST", "/api/sandbox/clock", { advanceMs: 60_000 });
  await control.change("PATCH", customer(), ofCustomer, editAnyVersion);
  await control.change("PATCH", account(), ofAccount, editAnyVersion);
  await control.change("POST", "/api/sandbox/clock", { advanceMs: 60_000 });
}

async function readBoth() {
  const { city, phoneNo } = await control.read(`${customer()}?$select=city,phoneNo`);
  const { address1_city, telephone1 } = await control.read(`${account()}?$select=address1_city,telephone1`);
  return { city: [city, address1_city], phone: [phoneNo, telephone1] };
}

async function planByField() {
  await run.open("CUSTOMER", "?scope=modified");
  await page.getByRole("button", { name: "Merge by field" }).click();
  await run.plan();
}

test("edits of different fields on both sides both go through", async () => {
  await edit({ city: "Bern" }, { telephone1: "+41 31 000 00 01" });
  await planByField();
  assert.equal(await run.readTotal("Conflict", "to Dataverse"), 0);
  assert.equal(await run.readTotal("Change", "to Dataverse"), 1);
  await run.start();
  assert.equal(await run.readEnd(), "Finished");
  const both = await readBoth();
  assert.deepEqual(both, { city: ["Bern", "Bern"], phone: ["+41 31 000 00 01", "+41 31 000 00 01"] });
});

test("the same field waits for a decision, is decided on screen, and goes the way that was decided", async () => {
  await edit({ city: "Basel" }, { address1_city: "Lausanne" });
  await planByField();
  assert.equal(await run.readTotal("Conflict", "to Dataverse"), 1);
  await run.showTotal("Conflict", "to Dataverse");
  await run.actions().first().click();
  await run.difference().getByText("Basel").first().waitFor();
  await run.difference().getByText("Lausanne").first().waitFor();
  await run.expectSound();
  await run.difference().getByRole("button", { name: "Dataverse", exact: true }).first().click();
  await page.getByRole("button", { name: "Plan with these decisions" }).click();
  await page.getByText("Nothing was written yet").waitFor();
  assert.equal(await run.readTotal("Conflict", "to Dataverse"), 0);
  await run.start();
  assert.equal(await run.readEnd(), "Finished");
  assert.deepEqual((await readBoth()).city, ["Lausanne", "Lausanne"]);
});
