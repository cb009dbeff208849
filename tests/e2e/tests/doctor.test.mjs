// Connection doctor: everything proven, then what is broken turns, says what to do and shows its evidence.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { callProxy, resetSandbox } from "../support/api.mjs";
import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { ConnectionDoctor, DefaultSetup } from "../support/screens.mjs";

const MOST_REQUESTS = 60;

let browser;
let couplet;
let page;
let doctor;

before(async () => {
  couplet = await startCouplet({ records: 200 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  doctor = new ConnectionDoctor(page);
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

/** Damages the sandbox, which is whole again after the next reset. */
async function damage(defects) {
  const { status } = await callProxy(page, "POST", "/api/sandbox/defects", defects);
  assert.equal(status, 204);
}

test("without a defect everything is proven, within the budget of requests", async () => {
  await doctor.open();
  await doctor.summary().getByText("Everything is proven.").waitFor();
  const [, requests] = /with (\d+) requests/.exec(await doctor.summary().textContent());
  assert.ok(Number(requests) <= MOST_REQUESTS, `${requests} requests`);
  await doctor.mapping("CUSTOMER").getByText("5 of 5 proven").waitFor();
  await doctor.expectSound();
});

test("what is broken turns, says what to do, shows evidence and can be copied", async () => {
  await damage(["solutionMissing", { privilegeMissing: "prvCreateAccount" }, { changeTrackingOff: "contact" }]);
  await doctor.runAgain();
  await page.getByText("Failed 3", { exact: true }).waitFor();
  const solution = doctor.proof("The base integration solution is installed");
  await solution.getByText("Redeploy Integration Solution", { exact: false }).waitFor();
  await solution.getByText("Evidence").click();
  await solution.getByText("solutions?$select=uniquename,version", { exact: false }).waitFor();
  await doctor.mapping("CUSTOMER").getByText("4 of 5 proven").waitFor();
  await doctor.mapping("CONTACT").getByText("Attention 1").waitFor();
  await doctor.expectSound();
  await doctor.takeScreenshot("doctor-with-problems");

  await doctor.clickButton("Copy as text");
  await page.getByText("The findings are in the clipboard").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /\[Failed\] The base integration solution is installed \(dataverse-solution; B19, S7\.6\)/);
  assert.match(copied, /privilege = prvCreateAccount/);

  await resetSandbox(page);
  await doctor.runAgain();
  await doctor.summary().getByText("Everything is proven.").waitFor();
});
