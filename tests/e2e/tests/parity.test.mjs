// Who is who, and are both systems in step: criteria, coupling, the parity board, a record's page, uncoupling.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, ParityBoard, RecordPage, Workbench } from "../support/screens.mjs";

const BC = "Business Central";
const DATAVERSE = "Dataverse";
const COUPLED = ["In step", "Different"];

let browser;
let couplet;
let page;
let board;
let workbench;
let record;
let beforeCoupling;

before(async () => {
  couplet = await startCouplet({ records: 400 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  board = new ParityBoard(page);
  workbench = new Workbench(page);
  record = new RecordPage(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

/** The numbers of a side without the total. */
function sum(numbers, system) {
  return Object.entries(numbers)
    .filter(([name]) => name !== "All records")
    .reduce((total, [, counts]) => total + counts[system], 0);
}

function coupled(numbers, system) {
  return COUPLED.reduce((total, name) => total + numbers[name][system], 0);
}

async function expectToAddUp(numbers) {
  for (const system of [BC, DATAVERSE]) assert.equal(sum(numbers, system), numbers["All records"][system], system);
}

test("before anything is coupled the classes add up to both totals", async () => {
  await board.open("CUSTOMER");
  beforeCoupling = await board.readNumbers();
  await expectToAddUp(beforeCoupling);
  assert.equal(coupled(beforeCoupling, BC), 0);
  assert.ok(beforeCoupling["Only on this side"][BC] > 0);
  await board.expectSound();
});

test("a number opens its list, and each record says why it is there", async () => {
  await board.openClass("Excluded", BC);
  assert.equal(await board.countListed(), beforeCoupling.Excluded[BC]);
  await board.rows().first().getByText(/Blocked is|is empty/).waitFor();
  await board.expectSound();
});

test("criteria are chosen on the workbench, and what they would couple is shown before", async () => {
  await workbench.open("CUSTOMER", "?way=matching");
  await workbench.chooseCriterion("Name");
  const numbers = await workbench.readOutcome();
  assert.ok(numbers.matched > 0, JSON.stringify(numbers));
  await board.open("CUSTOMER");
  assert.equal(coupled(await board.readNumbers(), BC), 0, "nothing is coupled without consent");
  await workbench.expectSound();
});

test("coupling what matched moves the numbers, and they still add up", async () => {
  await workbench.open("CUSTOMER", "?way=matching");
  const { matched } = await workbench.readOutcome();
  await workbench.clickButton("Choose all that matched");
  await workbench.coupleChosen();
  await board.open("CUSTOMER");
  const numbers = await board.readNumbers();
  await expectToAddUp(numbers);
  assert.equal(coupled(numbers, BC), matched);
  assert.equal(coupled(numbers, DATAVERSE), matched);
  assert.deepEqual(numbers["All records"], beforeCoupling["All records"]);
  await board.expectSound();
});

test("couplings are there after a reload", async () => {
  const numbers = await board.readNumbers();
  await page.reload();
  assert.deepEqual(await board.readNumbers(), numbers);
});

test("a coupled record stands beside its partner, with what a run would do", async () => {
  const numbers = await board.readNumbers();
  const name = numbers.Different[BC] > 0 ? "Different" : "In step";
  await board.openClass(name, BC);
  await board.rows().first().click();
  await page.getByRole("region", { name: "Fields of both records" }).waitFor();
  await board.openRecord();
  await record.card("Coupling").getByText("Coupled with").waitFor();
  await record.card("What a run would do now").getByText(/Rule S4/).first().waitFor();
  await record.card("In or out of the filter").first().getByText("passes").first().waitFor();
  await record.expectSound();
});

test("uncoupling on the workbench takes one pair back", async () => {
  await board.open("CUSTOMER");
  const numbers = await board.readNumbers();
  await workbench.open("CUSTOMER", "?way=coupled");
  await workbench.pairs().first().getByRole("checkbox").check();
  await workbench.uncoupleChosen();
  await board.open("CUSTOMER");
  const afterUncoupling = await board.readNumbers();
  await expectToAddUp(afterUncoupling);
  assert.equal(coupled(afterUncoupling, BC), coupled(numbers, BC) - 1);
  await board.expectSound();
});

test("suggestions carry a confidence and their reasons", async () => {
  await workbench.open("CUSTOMER");
  await workbench.pairs().first().getByText(/same name|name alike|same/).waitFor();
  await workbench.pairs().first().click();
  await page.getByRole("region", { name: "Fields of both records" }).waitFor();
  await workbench.expectSound();
});

test("by hand, an uncoupled record and a row stand side by side before they are coupled", async () => {
  await workbench.open("CUSTOMER", "?way=manual");
  await workbench.choose("Records of Business Central, not coupled");
  await workbench.choose("Rows of Dataverse, not coupled");
  await page.getByRole("region", { name: "Fields of both records" }).waitFor();
  await workbench.clickButton("Nobody: only couple");
  await workbench.clickButton("Couple these two");
  await page.getByText("Pairs coupled: 1.").waitFor();
  await workbench.expectSound();
});

test("the page of an excluded record says which rule leaves it out", async () => {
  await board.open("CUSTOMER");
  await board.readNumbers();
  await board.openClass("Excluded", BC);
  await board.rows().first().click();
  await board.openRecord();
  await record.card("In or out of the filter").first().getByText("leaves it out").waitFor();
  await record.card("In or out of the filter").first().getByText("fails").first().waitFor();
  await record.expectSound();
});
