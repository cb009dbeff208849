// A person signs in to a connection in a real browser: out to the sandbox's identity provider and back, with the
// cookies and the content security policy as they are.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { callProxy } from "../support/api.mjs";
import { axeCheck } from "../support/axe.mjs";
import { expectNoProblems, openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { takeScreenshot } from "../support/screenshot.mjs";

const CONNECTION = {
  system: "dataverse",
  kind: "sandbox",
  name: "Practice",
  baseUrl: "https://contoso-sandbox.crm4.sandbox.invalid",
  tenant: "contoso-sandbox.example",
  signIn: { method: "user", clientId: "a9900000-0000-4000-8000-00000000c11e" },
};

let browser;
let couplet;
let page;
let id;

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
  await callProxy(page, "POST", "/api/sandbox/identity", { services: "required" });
  ({ id } = (await callProxy(page, "POST", "/api/connections", CONNECTION)).body);
});

afterEach(() => page.context().close());

/** Goes to the sign-in page, does something there, and gives the address that the person comes back to. */
async function signIn(decide) {
  const begun = await callProxy(page, "POST", `/api/connections/${id}/sign-in`, { returnTo: "/" });
  assert.equal(begun.body.state, "continue");
  // What was refused before is no problem of the pages that follow.
  page.problems.splice(0);
  await page.goto(begun.body.authorizeUrl);
  const cameBack = page.waitForResponse((response) => response.url().includes("/api/sign-in/callback"));
  await decide();
  return (await cameBack).headers().location;
}

const whoAmI = async () => (await callProxy(page, "GET", `/api/systems/${id}/api/data/v9.2/WhoAmI`)).status;

test("a person signs in and the connection works", async () => {
  assert.equal(await whoAmI(), 502);
  const location = await signIn(async () => {
    await axeCheck(page);
    await takeScreenshot(page, "sign-in");
    await page.getByLabel("Uwe User").check();
    expectNoProblems(page);
    await page.getByRole("button", { name: "Sign in" }).click();
  });
  assert.equal(location, `/?connection=${id}&signIn=ready`);
  assert.equal(await whoAmI(), 200);
  const shown = (await callProxy(page, "GET", `/api/connections/${id}`)).body;
  assert.equal(shown.signIn.account, "uwe@contoso-sandbox.example");
});

test("who cancels comes back with the reason", async () => {
  const location = await signIn(() => page.getByRole("button", { name: "Cancel" }).click());
  assert.equal(location, `/?connection=${id}&signIn=proxy.sign-in-declined`);
  assert.equal(await whoAmI(), 502);
});

test("a script in the page sees no cookie and no token", async () => {
  await signIn(() => page.getByRole("button", { name: "Sign in" }).click());
  await page.waitForLoadState("load");
  assert.equal(await whoAmI(), 200);
  const seen = await page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    return { cookie: document.cookie, stored: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases]) };
  });
  assert.equal(seen.cookie, "");
  assert.doesNotMatch(seen.stored, /eyJ|refresh-/);
});
