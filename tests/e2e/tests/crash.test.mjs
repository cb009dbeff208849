// A run whose tab dies in the middle of its writes, and two tabs that want to write at once: nothing is written twice,
// nothing is missing, and the journal has one line for each change.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser, waitForApp, watchProblems } from "../support/browser.mjs";
import { Control } from "../support/control.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { readJournal } from "../support/journal.mjs";
import { Run } from "../support/run-screens.mjs";
import { DefaultSetup } from "../support/screens.mjs";

const CUSTOMERS = 2_000;
const TO = "To Integration Table";
/** What customers point to. */
const BEFORE = ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"];
/** 1, 10 and 100 records go first, 100 in a request: with the fifth a batch of 1,000 is under way. */
const N_REQUESTS_BEFORE = 5;
/** The third request has 100 creations and is answered after two seconds, those after it after a minute: the tab ends long
 * before. */
const N_CAREFUL = 3;
const CREATION_MS = 20;
const LATER_CREATION_MS = 600;

let browser;
const couplets = [];

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  for (const couplet of couplets) await couplet.stop();
});

/** A fresh pair of systems with everything synchronized that customers point to. */
async function openPrepared(records) {
  const couplet = await startCouplet({ records });
  couplets.push(couplet);
  const page = await openApp(browser, couplet);
  const control = new Control(page.context(), couplet.origin);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  const run = new Run(page);
  for (const mapping of BEFORE) assert.match(await run.finish(mapping), /^Finished/);
  return { couplet, page, control, run };
}

/** Starts the run of all customers and comes back in the middle of its writes, while no answer has come. */
async function startInTheMiddle({ control, run }) {
  await run.open("CUSTOMER", "?scope=review");
  await run.chooseDirection(TO);
  await run.plan();
  const nPlanned = await run.readTotal("Create", "to Dataverse");
  await control.setCreationTime(CREATION_MS);
  const before = await control.countWrites("dataverse");
  await run.start();
  await control.untilWrites("dataverse", before + N_CAREFUL);
  await control.setCreationTime(LATER_CREATION_MS);
  await control.untilWrites("dataverse", before + N_REQUESTS_BEFORE);
  return nPlanned;
}

/** The renderer of a tab ends at once: no handler runs and no transaction is finished. */
async function kill(page) {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

async function openTab({ page, couplet }) {
  const tab = await page.context().newPage();
  tab.setDefaultTimeout(15_000);
  watchProblems(tab);
  await tab.goto(couplet.origin);
  await waitForApp(tab);
  return tab;
}

/** Waits until the app says that the run was interrupted. */
function interrupted(page) {
  return page.getByText(/^The run of CUSTOMER of .* was interrupted/).waitFor({ timeout: 60_000 });
}

function expectOneLineEach(journal) {
  const creates = journal.written.filter((line) => line.startsWith("create "));
  assert.equal(new Set(creates).size, creates.length, "a record was created twice");
  assert.equal(journal.open, 0, "a batch has no outcome");
}

test("a tab that dies in the middle of 2,000 writes loses and doubles nothing", async () => {
  const undisturbed = await openPrepared(CUSTOMERS);
  assert.match(await undisturbed.run.finish("CUSTOMER", TO), /^Finished/);
  const expected = await undisturbed.control.saveSnapshot();
  const written = await readJournal(undisturbed.page, "CUSTOMER");
  await undisturbed.page.context().close();

  const world = await openPrepared(CUSTOMERS);
  const nPlanned = await startInTheMiddle(world);
  await kill(world.page);
  await world.control.setCreationTime(0);
  const tab = await openTab(world);
  await interrupted(tab);
  const found = await readJournal(tab, "CUSTOMER");
  expectOneLineEach(found);
  const nFound = found.couplings.length;
  assert.ok(nFound > 0 && nFound < nPlanned, `${nFound} of ${nPlanned} were written when the tab died`);

  await tab.getByRole("button", { name: "Plan the rest" }).click();
  const run = new Run(tab);
  await tab.getByText("Nothing was written yet").waitFor({ timeout: 60_000 });
  assert.equal(await run.readTotal("Create", "to Dataverse"), nPlanned - nFound);
  await run.start();
  assert.match(await run.readEnd(), /^Finished/);
  await run.expectSound();
  const journal = await readJournal(tab, "CUSTOMER");
  expectOneLineEach(journal);
  assert.deepEqual(creates(journal), creates(written));
  assert.deepEqual(journal.couplings, written.couplings);
  assert.deepEqual(await world.control.compareSnapshots(expected, await world.control.saveSnapshot()), []);
  await tab.context().close();
});

function creates({ written }) {
  return written.filter((line) => line.startsWith("create "));
}

test("a second tab says that another one works, and takes over when that one is closed", async () => {
  const world = await openPrepared(CUSTOMERS);
  const { page, control, run: first } = world;
  await first.open("CUSTOMER", "?scope=review");
  await first.chooseDirection(TO);
  await first.plan();
  const nPlanned = await first.readTotal("Create", "to Dataverse");
  await control.setCreationTime(CREATION_MS);
  const before = await control.countWrites("dataverse");
  await first.start();
  await control.untilWrites("dataverse", before + 1);
  // It waits between two batches, with the right to write in its hand.
  await page.getByRole("button", { name: "Pause" }).click();
  const second = await openTab(world);
  await second.getByText(/^Another tab synchronizes CUSTOMER/).waitFor();
  const run = new Run(second);
  await run.open("CUSTOMER", "?scope=review");
  await run.chooseDirection(TO);
  await second.getByRole("button", { name: "Plan", exact: true }).click();
  const planned = second.getByText("Nothing was written yet");
  const refused = second.getByText("Another run writes to these systems now");
  await planned.or(refused).first().waitFor({ timeout: 60_000 });
  if (await planned.isVisible()) await run.start();
  await refused.waitFor();
  await run.expectSound();

  await page.close();
  await control.setCreationTime(0);
  await interrupted(second);
  await planned.waitFor({ timeout: 60_000 });
  const nRest = await run.readTotal("Create", "to Dataverse");
  assert.ok(nRest > 0 && nRest < nPlanned, `${nRest} of ${nPlanned} are left`);
  await run.start();
  assert.match(await run.readEnd(), /^Finished/);
  const journal = await readJournal(second, "CUSTOMER");
  expectOneLineEach(journal);
  assert.equal(journal.couplings.length, nPlanned);
  await second.context().close();
});
