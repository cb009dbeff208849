// A run from its plan to its undo: nothing is written before Start, and what was written can be taken back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { Jobs, Run } from "../support/run-screens.mjs";
import { DefaultSetup } from "../support/screens.mjs";

let browser;
let couplet;
let page;
let run;
let jobs;

before(async () => {
  couplet = await startCouplet({ records: 40 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  run = new Run(page);
  jobs = new Jobs(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

/** Requests that change something, from now on. */
function noteWrites() {
  const writes = [];
  page.on("request", (request) => {
    if (/\/api\/systems\//.test(request.url()) && request.method() !== "GET") writes.push(request.url());
  });
  return writes;
}

let nCreated;

test("a dry run says what would happen and writes nothing", async () => {
  const writes = noteWrites();
  await run.open("CURRENCY", "?scope=review");
  await run.plan();
  nCreated = await run.readTotal("Create", "to Dataverse");
  assert.ok(nCreated > 0, "the demo data has currencies that Dataverse lacks");
  assert.deepEqual(writes, []);
  await run.expectSound();
});

test("each number opens its list, and each action its difference", async () => {
  await run.showTotal("Create", "to Dataverse");
  await page.getByText(new RegExp(`^${nCreated} of `)).waitFor();
  await run.actions().first().click();
  await run.difference().getByRole("rowheader", { name: "Description" }).waitFor();
  await run.difference().getByText("copied from the mapped field").first().waitFor();
  await run.expectSound();
});

test("started with a few first, it comes to its end", async () => {
  await run.start();
  assert.equal(await run.readEnd(), "Finished");
  await run.expectSound();
});

test("planned again, there is nothing left to write", async () => {
  await run.open("CURRENCY", "?scope=modified");
  await run.plan();
  await page.getByText("Nothing to write").waitFor();
});

test("the job is listed with what it did, and can be taken back", async () => {
  await jobs.open();
  await jobs.rows().filter({ hasText: "CURRENCY" }).first().waitFor();
  await jobs.expectSound();
  await jobs.openNewest();
  await page.getByText("What it changed").waitFor();
  await jobs.expectSound();
  await page.getByRole("button", { name: "Undo this run…" }).click();
  await run.plan();
  assert.ok((await run.readTotal("Remove coupling", "to Dataverse")) >= nCreated);
  await run.expectSound();
  await run.start();
  assert.equal(await run.readEnd(), "Finished");
  await jobs.open();
  await jobs.rows().filter({ hasText: "Undo of a run" }).first().waitFor();
});

test("what was taken back can be planned again", async () => {
  await run.open("CURRENCY", "?scope=review");
  await run.plan();
  assert.ok((await run.readTotal("Create", "to Dataverse")) + (await run.readTotal("Change", "to Dataverse")) > 0);
});
