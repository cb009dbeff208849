// Connections: saved without being used, signed in to, enabled; a secret goes in and never comes back.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { callProxy } from "../support/api.mjs";
import { expectNoProblems, openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { Connections, DefaultSetup } from "../support/screens.mjs";

const TENANT = "contoso-sandbox.example";
const CLIENT_ID = "a9900000-0000-4000-8000-00000000c11e";
/** The secret that the sandbox's identity provider takes: the value that is searched for everywhere. */
const SECRET = "sandbox-client-secret";

let browser;
let couplet;
let page;
let screen;

before(async () => {
  couplet = await startCouplet({ records: 200 });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

beforeEach(async () => {
  page = await openApp(browser, couplet);
  screen = new Connections(page);
  await screen.open();
});

afterEach(async () => {
  const { body } = await callProxy(page, "GET", "/api/connections");
  for (const { id } of body.filter(({ fixed }) => !fixed)) await callProxy(page, "DELETE", `/api/connections/${id}`);
  await callProxy(page, "POST", "/api/sandbox/identity", { services: "off" });
  await page.context().close();
});

test("a pasted address is repaired and what was repaired is said", async () => {
  await screen.startConnection("Dataverse");
  await screen.enterText("Server address", "http://Contoso.crm4.dynamics.com/main.aspx?appid=1f0a3c52&pagetype=dashboard");
  await screen.enterText("Name", "Contoso");
  const address = page.getByLabel("Server address");
  assert.equal(await address.inputValue(), "https://contoso.crm4.dynamics.com");
  await page.getByText("The address was repaired: http became https", { exact: false }).waitFor();
  await address.fill("https://make.powerapps.com/environments/1/home");
  await address.blur();
  await page.getByText("names no environment").waitFor();
  await screen.expectSound();
});

test("tenant and environment make the address of Business Central, and it is not used by being saved", async () => {
  await screen.startConnection("Business Central");
  await screen.enterText("Name", "Production");
  await screen.enterText("Tenant", "contoso.example");
  await screen.enterText("Environment", "Production");
  await screen.enterText("Client ID", "not an id");
  await screen.clickButton("Save");
  await page.getByText("must be the id of a registered application").waitFor();
  await screen.enterText("Client ID", CLIENT_ID);
  page.problems.splice(0);
  await screen.clickButton("Save");
  await page.getByText("Production is saved. It is not used until you enable it.").waitFor();
  const row = screen.connection("Production");
  await row.getByText("https://api.businesscentral.dynamics.com/v2.0/contoso.example/Production").waitFor();
  await row.getByText("Sign-in missing").waitFor();
  assert.equal(await row.getByText("Enabled", { exact: true }).count(), 0);
  await screen.expectSound();
});

test("a secret is entered and checked, and is nowhere afterwards", async () => {
  const seen = [];
  page.on("request", (request) => seen.push(request.url()));
  page.on("response", async (response) => {
    if (response.url().includes("/api/")) seen.push(await response.text().catch(() => ""));
  });
  await screen.saveSandboxConnection("Dataverse", "Practice", "Application with secret", TENANT, CLIENT_ID, "wrong");
  const row = screen.connection("Practice");
  await row.getByRole("button", { name: "Check the sign-in" }).click();
  await page.getByText(/The client secret is wrong.*\(AADSTS7000215\)/).waitFor();
  page.problems.splice(0);
  await row.getByRole("button", { name: "Edit" }).click();
  assert.equal(await page.getByLabel("Client secret").inputValue(), "");
  await screen.enterText("Client secret", SECRET);
  await screen.clickButton("Save");
  await page.getByText("Practice is saved.", { exact: false }).waitFor();
  await row.getByRole("button", { name: "Check the sign-in" }).click();
  await page.getByText("The sign-in to Practice works.").waitFor();
  await row.getByRole("button", { name: "Edit" }).click();
  assert.equal(await page.getByLabel("Client secret").inputValue(), "");
  seen.push(await page.content(), await readEverythingKept(page));
  assert.deepEqual(seen.filter((text) => text.includes(SECRET)), []);
  await screen.clickButton("Cancel");
  await page.evaluate(() => {
    globalThis.control = JSON.parse('"a-text-that-is-there"');
  });
  const heap = await takeHeapSnapshot(page);
  assert.ok(heap.includes("a-text-that-is-there"), "the snapshot has the texts of the page");
  assert.ok(!heap.includes(SECRET), "the page's heap holds the secret");
  await screen.expectSound();
});

test("a person signs in, enables the connection, disables and deletes it", async () => {
  await screen.saveSandboxConnection("Dataverse", "Practice", "A person signs in", TENANT, CLIENT_ID);
  const row = screen.connection("Practice");
  await row.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Uwe User").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The sign-in to Practice works.").waitFor();
  await row.getByText("Signed in as uwe@contoso-sandbox.example").waitFor();
  expectNoProblems(page);
  // From here on only who has a token is answered.
  await callProxy(page, "POST", "/api/sandbox/identity", { services: "required" });
  await row.getByRole("button", { name: "Enable" }).click();
  await screen.clickButton("Enable and load again");
  await row.getByText("Enabled", { exact: true }).waitFor();
  await screen.facts("Dataverse").getByText("Practice", { exact: true }).waitFor();
  await screen.facts("Dataverse").getByText(/^9\.2\./).waitFor();
  await row.getByRole("button", { name: "Disable" }).click();
  await screen.clickButton("Disable and load again");
  await row.getByRole("button", { name: "Enable" }).waitFor();
  await row.getByRole("button", { name: "Sign out" }).click();
  await row.getByText("Sign-in missing").waitFor();
  await row.getByRole("button", { name: "Delete" }).click();
  await screen.clickButton("Delete connection");
  await page.getByText("Practice is deleted.").waitFor();
  assert.equal(await row.count(), 0);
});

test("who cancels at the identity provider reads why", async () => {
  await screen.saveSandboxConnection("Dataverse", "Practice", "A person signs in", TENANT, CLIENT_ID);
  await screen.connection("Practice").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("The sign-in was declined.").waitFor();
});

test("the sandbox's connections are shown as such and cannot be changed", async () => {
  const row = screen.connection("Dataverse sandbox");
  await row.getByText("demo data").waitFor();
  await row.getByText("Enabled", { exact: true }).waitFor();
  assert.equal(await row.getByRole("button", { name: "Edit" }).count(), 0);
  expectNoProblems(page);
});

test("the assisted setup sees for itself how far it is, in another page too", async () => {
  const current = () => page.locator("[aria-current=step]").getByRole("heading");
  await screen.goTo("/setup");
  await current().filter({ hasText: "Ownership model and default synchronization setup" }).waitFor();
  await page.getByText("Found: CRONUS Demo SA.").waitFor();
  await screen.expectSound();
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  await screen.goTo("/setup");
  await current().filter({ hasText: "Review before the first run" }).waitFor();
  await page.getByText("Ownership model: Team.").waitFor();
  await screen.open();
  await screen.connection("Dataverse sandbox").getByRole("button", { name: "Disable" }).click();
  await screen.clickButton("Disable and load again");
  await screen.connection("Dataverse sandbox").getByRole("button", { name: "Enable" }).waitFor();
  await screen.goTo("/setup");
  await current().filter({ hasText: "Connection to Dataverse" }).waitFor();
});

/** Everything that scripts of the page can reach, as the browser writes it down after collecting what they cannot. */
async function takeHeapSnapshot(page) {
  const session = await page.context().newCDPSession(page);
  const chunks = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  return chunks.join("");
}

/** Every record of every database and every entry of the browser's other stores, as text. */
function readEverythingKept(page) {
  return page.evaluate(async () => {
    const ended = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const kept = [{ ...localStorage }, { ...sessionStorage }];
    for (const { name } of await indexedDB.databases()) {
      const database = await ended(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        kept.push(await ended(database.transaction(store).objectStore(store).getAll()));
      }
      database.close();
    }
    return JSON.stringify(kept);
  });
}
