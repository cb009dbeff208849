// What is kept in the browser: an old layout is brought up to date, files that are none of ours are refused.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { expectNoProblems, openApp, startBrowser, waitForApp, watchProblems } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { readStores } from "../support/journal.mjs";
import { Run } from "../support/run-screens.mjs";
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

/** A page of the app's origin without the app, which would open the database. */
async function openBarePage() {
  const context = await browser.newContext({ locale: "en-US", acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${couplet.origin}/api/session`);
  return page;
}

/** Makes a database as older versions of the app left it: stores with their key paths and records. */
function makeDatabase(page, version, stores) {
  return page.evaluate(
    ([version, stores]) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("couplet", version);
        opening.onupgradeneeded = () => {
          for (const { name, keyPath, records } of stores) {
            const store = opening.result.createObjectStore(name, keyPath ? { keyPath } : undefined);
            for (const [record, key] of records) store.put(record, key);
          }
        };
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
    [version, stores],
  );
}

/** The text of the file that the app exports. */
async function exportWorkspace(page) {
  await page.goto(`${couplet.origin}/workspace`);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export the workspace" }).click();
  return readFile(await (await download).path(), "utf8");
}

async function importWorkspace(page, text) {
  await page.goto(`${couplet.origin}/workspace`);
  const file = { name: "file.json", mimeType: "application/json", buffer: Buffer.from(text) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Import this file" }).click();
}

/** The exported workspace with `count` couplings of customers, each with its last synchronized values. */
function withCouplings(count) {
  const id = (kind, number) => `${kind}${number.toString(16).padStart(12, "0")}`;
  const couplings = Array.from({ length: count }, (_, number) => ({
    record: id("5c1f2a119e0d4b7c8a55", number),
    row: id("7d2e3b220f1e4c8d9b66", number),
    table: 18,
    rowModifiedAt: "2026-11-21T09:30:00Z",
    rowRun: "success 11111111111141118111111111111111",
    last: { record: `0tParis\n1tCustomer ${number}\n`, row: `2tParis\n3tCustomer ${number}\n` },
    ...(number === 1 && { skipped: true, failedTo: "failure.parent-not-coupled" }),
  }));
  const progress = {
    words: ["City", "Name", "address1_city", "name"],
    localWatermark: "2026-11-21T09:29:00Z",
    failedRecords: [id("5c1f2a119e0d4b7c8a55", count)],
    failedRows: [],
  };
  const file = JSON.parse(workspace);
  file.synchronization = [{ mapping: "CUSTOMER", progress, optionCouplings: [], couplings }];
  return JSON.stringify(file);
}

test("a database of version 1 is brought to version 4 with everything in it", async () => {
  const page = await openBarePage();
  const { configuration } = JSON.parse(workspace);
  const records = [[{ revision: 3, configuration }, "configuration"]];
  await makeDatabase(page, 1, [{ name: "workspace", records }]);
  watchProblems(page);
  await page.goto(couplet.openingAddress);
  await waitForApp(page);
  const preview = new Preview(page);
  await preview.open("CUSTOMER");
  await preview.side("Business Central").getByText("' '").first().waitFor();
  const [database] = await page.evaluate(() => indexedDB.databases());
  assert.equal(database.version, 4);
  expectNoProblems(page);
  await page.context().close();
});

test("a database of version 2 gets the stores of synchronization and loses nothing", async () => {
  const page = await openBarePage();
  const { configuration, history } = JSON.parse(workspace);
  const order = (items, key) => items.map((item) => item[key]);
  const settings = {
    revision: history.at(-1).seq,
    ownershipModel: configuration.ownershipModel,
    mappingOrder: order(configuration.mappings, "name"),
    jobOrder: order(configuration.jobQueueEntries, "mapping"),
    appliedOrder: order(configuration.appliedDefaults, "name"),
  };
  const all = (items) => items.map((item) => [item]);
  const stores = [
    { name: "settings", records: [[settings, "workspace"]] },
    { name: "mappings", keyPath: "name", records: all(configuration.mappings) },
    { name: "jobs", keyPath: "mapping", records: all(configuration.jobQueueEntries) },
    { name: "applied", keyPath: "name", records: all(configuration.appliedDefaults) },
    { name: "history", keyPath: "seq", records: all(history) },
  ];
  await makeDatabase(page, 2, stores);
  const names = stores.map(({ name }) => name);
  const before = await readStores(page, names);
  watchProblems(page);
  await page.goto(couplet.openingAddress);
  await waitForApp(page);
  const exported = JSON.parse(await exportWorkspace(page));
  assert.deepEqual(exported.configuration, configuration);
  assert.deepEqual(exported.history, history);
  const [database] = await page.evaluate(() => indexedDB.databases());
  assert.equal(database.version, 4);
  assert.deepEqual(await readStores(page, names), before);
  const added = await readStores(page, ["couplings", "progress", "journal", "settlements", "synch_jobs"]);
  assert.deepEqual(Object.values(added), [[], [], [], [], []]);
  expectNoProblems(page);
  await page.context().close();
});

test("couplings of a file are kept, are there after a reload, and are exported again", async () => {
  const page = await openApp(browser, couplet);
  const text = withCouplings(2_500);
  await importWorkspace(page, text);
  await page.getByText("file.json was imported").waitFor();
  await page.reload();
  await waitForApp(page);
  const { couplings, progress } = await readStores(page, ["couplings", "progress"]);
  assert.equal(couplings.length, 2_500);
  assert.equal(progress.length, 1);
  const exported = JSON.parse(await exportWorkspace(page));
  assert.deepEqual(exported.synchronization, JSON.parse(text).synchronization);
  expectNoProblems(page);
  await page.context().close();
});

/** Waits for the notice that every page has while what is kept belongs to other systems. */
function expectOtherPair(page) {
  return page.getByText("belongs to other systems than the connected ones").waitFor();
}

/** The exported workspace with three couplings of other systems. */
function withOtherPair() {
  const file = JSON.parse(withCouplings(3));
  file.pair = {
    businessCentral: "https://api.businesscentral.dynamics.com/v2.0/contoso.example/Production",
    company: "5c1f2a119e0d4b7c8a55000000000001",
    companyName: "Contoso",
    dataverse: "https://contoso.crm4.dynamics.com",
  };
  return JSON.stringify(file);
}

test("couplings of other systems let nothing run until they are taken over", async () => {
  const page = await openApp(browser, couplet);
  await importWorkspace(page, withOtherPair());
  await page.getByText("file.json was imported").waitFor();
  await expectOtherPair(page);
  const run = new Run(page);
  await run.open("CUSTOMER", "?scope=modified");
  await run.clickButton("Plan");
  await page.getByText(/Couplings and journal belong to Contoso \(.*Nothing was read or written/).waitFor();
  await run.goTo("/workspace");
  await page.getByText(/belong to Contoso \(/).waitFor();
  await run.expectSound();
  await run.clickButton("Take the couplings over…");
  await run.clickButton("Take them over");
  await page.getByText("The couplings belong to the connected systems now.").waitFor();
  assert.equal(await page.getByText("belongs to other systems").count(), 0);
  const exported = JSON.parse(await exportWorkspace(page));
  assert.equal(exported.pair.companyName, "CRONUS Demo SA");
  assert.equal(exported.synchronization[0].couplings.length, 3);
  expectNoProblems(page);
  await page.context().close();
});

test("who starts without the couplings of other systems loses nothing else", async () => {
  const page = await openApp(browser, couplet);
  await importWorkspace(page, withOtherPair());
  await page.getByText("file.json was imported").waitFor();
  await expectOtherPair(page);
  const names = ["mappings", "jobs", "history"];
  const before = await readStores(page, names);
  await page.getByRole("button", { name: "Start with none…" }).click();
  await page.getByRole("button", { name: "Delete the couplings" }).click();
  await page.getByText("The couplings of the other systems were deleted").waitFor();
  assert.equal(await page.getByText("belongs to other systems").count(), 0);
  assert.deepEqual(await readStores(page, names), before);
  const gone = await readStores(page, ["couplings", "option_couplings", "progress", "journal", "settlements"]);
  assert.deepEqual(Object.values(gone), [[], [], [], [], []]);
  expectNoProblems(page);
  await page.context().close();
});

test("nothing is imported over a run under way, and an open batch goes with the couplings that it was for", async () => {
  const page = await openApp(browser, couplet);
  await importWorkspace(page, withCouplings(1));
  await page.getByText("file.json was imported").waitFor();
  const other = await page.context().newPage();
  await other.goto(`${couplet.origin}/api/session`);
  await other.evaluate(async () => {
    await new Promise((granted) => {
      navigator.locks.request("couplet-run", () => new Promise(() => granted()));
    });
    await new Promise((kept, failed) => {
      const opening = indexedDB.open("couplet");
      opening.onerror = () => failed(opening.error);
      opening.onsuccess = () => {
        const transaction = opening.result.transaction("journal", "readwrite");
        transaction.objectStore("journal").put({ entry: 1, job: "1", mapping: "CUSTOMER", state: "{}" });
        transaction.oncomplete = () => {
          opening.result.close();
          kept();
        };
      };
    });
  });
  await importWorkspace(page, withCouplings(2));
  await page.getByText("A run is under way, in this tab or another").waitFor();
  const during = await readStores(page, ["couplings", "journal"]);
  assert.deepEqual([during.couplings.length, during.journal.length], [1, 1]);
  await other.close();
  await page.getByRole("button", { name: "Import this file" }).click();
  await page.getByText("file.json was imported").waitFor();
  const after = await readStores(page, ["couplings", "journal"]);
  assert.deepEqual([after.couplings.length, after.journal.length], [2, 0]);
  expectNoProblems(page);
  await page.context().close();
});

test("a workspace for which there is no room is refused with the reason, and nothing of it is kept", async () => {
  const page = await openApp(browser, couplet);
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: couplet.origin, quotaSize: 1_000_000 });
  await importWorkspace(page, withCouplings(20_000));
  await page.getByText("storage is full").first().waitFor();
  const stored = await readStores(page, ["couplings", "progress", "mappings"]);
  assert.deepEqual(Object.values(stored), [[], [], []]);
  await page.context().close();
});

const REFUSED = [
  ["no JSON", () => "{", /not JSON|JSON/],
  ["another product", () => '{"product":"excel"}', /Couplet/],
  ["a newer version", (text) => text.replace('"schemaVersion": 3', '"schemaVersion": 9'), /9/],
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
