// What do I need first? Chosen records, the steps that they need, values of choices, and at the end nothing that fails.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { Needs, Run } from "../support/run-screens.mjs";
import { DefaultSetup, OptionMatrix, Preview } from "../support/screens.mjs";

const BC = "Business Central";

let browser;
let couplet;
let page;
let run;
let needs;
let matrix;
let preview;

before(async () => {
  couplet = await startCouplet({ records: 60 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  run = new Run(page);
  needs = new Needs(page);
  matrix = new OptionMatrix(page);
  preview = new Preview(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

test("records are chosen by keyboard, and a dry run of exactly these opens", async () => {
  await preview.open("CUSTOMER");
  await preview.readCounts(BC);
  const table = preview.side(BC).getByRole("region", { name: /^Records of/ });
  await table.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await preview.side(BC).getByText("3 chosen", { exact: true }).waitFor();
  await preview.expectSound();
  await preview.takeScreenshot("preview-chosen");
  await preview.side(BC).getByRole("button", { name: "Synchronize…" }).click();
  await page.getByText("Chosen records (3)").waitFor();
  await run.plan();
  await page.getByText("3 of 3 listed").waitFor();
  await run.expectSound();
});

test("all that pass are chosen at once", async () => {
  await preview.open("CUSTOMER", "?bc-show=in");
  const { nIn } = await preview.readCounts(BC);
  await preview.side(BC).getByRole("button", { name: /^Choose all listed/ }).click();
  await preview.side(BC).getByText(`${nIn} chosen`, { exact: true }).waitFor();
  await preview.side(BC).getByRole("button", { name: "What do they need first?" }).click();
  assert.ok((await needs.countLevels()) >= 2);
  await needs.expectSound();
});

test("codes and values are coupled and uncoupled in their matrix, with the records that hold them", async () => {
  await matrix.open("PAYMENT TERMS");
  const free = await matrix.countFreeCodes();
  assert.ok(free > 0);
  await matrix.coupleFirst();
  await matrix.coupled().first().waitFor();
  assert.equal(await matrix.countFreeCodes(), free - 1);
  await matrix.expectSound();
  await matrix.takeScreenshot("option-matrix");
  await page.getByRole("button", { name: "Uncouple" }).first().click();
  await matrix.coupled().first().waitFor({ state: "detached" });
  assert.equal(await matrix.countFreeCodes(), free);
});

test("step by step nothing is left that fails", async () => {
  await run.open("CUSTOMER", "?scope=review");
  await run.plan();
  const nFailing = await countFailing();
  assert.ok(nFailing > 0, "the demo data has customers that point to something uncoupled");
  for (let round = 0; round < 8 && (await countFailing()) > 0; round += 1) {
    await page.getByRole("button", { name: "What do they need first?" }).click();
    await needs.countLevels();
    if (round === 0) {
      await needs.expectSound();
      await needs.takeScreenshot("needs");
    }
    await takeSteps();
    await run.open("CUSTOMER", "?scope=review");
    await run.plan();
  }
  assert.equal(await countFailing(), 0, (await page.locator(".finding-list").allInnerTexts()).join());
});

async function countFailing() {
  return (await run.readTotal("Will fail", "to Dataverse")) + (await run.readTotal("Will fail", "to Business Central"));
}

/** Values that need a person get their codes; every other step is planned and started. */
async function takeSteps() {
  const doors = page.getByRole("link", { name: "Couple them" });
  const wanted = await doors.evaluateAll((links) => links.map((link) => decodeURIComponent(link.pathname)));
  for (const path of new Set(wanted)) {
    await matrix.openAt(path);
    await matrix.coupleSameNames();
    const create = page.getByRole("button", { name: /missing codes in Business Central…$/ });
    if ((await create.count()) === 0) continue;
    await create.click();
    await run.plan();
    await run.start();
    assert.equal(await run.readEnd(), "Finished");
  }
  if (wanted.length > 0) return;
  for (let left = await needs.countLevels(); left > 0; left -= 1) {
    const before = await page.evaluate(firstStep);
    await needs.takeFirstStep();
    // The step is over when other records stand in the first place, or none.
    await page.waitForFunction(firstStep, before, { timeout: 60_000 });
    await needs.countLevels();
  }
}

/** What stands in the first step, whatever its state; with what stood there `before`, whether that is no longer so. */
function firstStep(before) {
  const rows = document.querySelector(".needs__level tbody")?.rows ?? [];
  const text = [...rows].map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent).join("|")).join("\n");
  return before === undefined ? text : text !== before;
}
