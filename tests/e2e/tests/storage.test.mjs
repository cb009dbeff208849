// What is kept in the browser: an old layout is brought up to date, files that are none of ours are refused.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { expectNoProblems, openApp, startBrowser, waitForApp, watchProblems } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, Preview } from "../support/screens.mjs";

let browser;
let couplet;
let workspace;

before(async () => {
  couplet = await startCouplet({ records: 50 });
  browser = await startBrowser();
  const page = await openApp(browser, couplet);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  await setup.goTo("/workspace");
  const download = page.waitForEvent("download");
  await setup.clickButton("Export the workspace");
  workspace = await readFile(await (await download).path(), "utf8");
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

test("a database of version 1 is brought to version 2 with everything in it", async () => {
  const context = await browser.newContext({ locale: "en-US" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${couplet.origin}/api/session`);
  await page.evaluate(
    (configuration) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("couplet", 1);
        opening.onupgradeneeded = () => {
          const store = opening.result.createObjectStore("workspace");
          store.put({ revision: 3, configuration }, "configuration");
        };
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
    JSON.parse(workspace).configuration,
  );
  watchProblems(page);
  await page.goto(couplet.openingAddress);
  await waitForApp(page);
  const preview = new Preview(page);
  await preview.open("CUSTOMER");
  await preview.side("Business Central").getByText("' '").first().waitFor();
  const [database] = await page.evaluate(() => indexedDB.databases());
  assert.equal(database.version, 2);
  expectNoProblems(page);
  await context.close();
});

const REFUSED = [
  ["no JSON", () => "{", /not JSON|JSON/],
  ["another product", () => '{"product":"excel"}', /Couplet/],
  ["a newer version", (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 9'), /9/],
  ["a damaged file", (text) => text.replace('"bidirectional"', '"sideways"'), /sideways/],
];

for (const [name, make, reason] of REFUSED) {
  test(`a file that is ${name} is refused with the reason and changes nothing`, async () => {
    const page = await openApp(browser, couplet);
    await page.goto(`${couplet.origin}/workspace`);
    const file = { name: "file.json", mimeType: "application/json", buffer: Buffer.from(make(workspace)) };
    await page.locator("input[type=file]").setInputFiles(file);
    const refusal = page.getByRole("main").getByText(/was not imported; nothing has changed/).first();
    await refusal.waitFor();
    assert.match(await page.getByRole("main").innerText(), reason);
    await page.goto(`${couplet.origin}/mappings`);
    await page.getByText("0 table mappings").waitFor();
    await page.context().close();
  });
}
