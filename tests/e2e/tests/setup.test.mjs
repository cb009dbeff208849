// Setting up: environments and companies found by listing, salespeople and users, the settings as one page, the upgrade.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { callProxy } from "../support/api.mjs";
import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, Preview } from "../support/screens.mjs";
import { ConnectionSettings, EnvironmentFinder, Salespeople, Upgrade } from "../support/setup-screens.mjs";

const TENANT = "contoso-sandbox.example";
const CLIENT_ID = "a9900000-0000-4000-8000-00000000c11e";

let browser;
let couplet;
let page;

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
});

afterEach(async () => {
  const { body } = await callProxy(page, "GET", "/api/connections");
  for (const { id } of body.filter(({ fixed }) => !fixed)) await callProxy(page, "DELETE", `/api/connections/${id}`);
  await page.context().close();
});

test("environment and company of Business Central are found by signing in", async () => {
  const finder = new EnvironmentFinder(page);
  await finder.open("business-central");
  await finder.enterPlace("no-such-tenant.example", CLIENT_ID);
  await finder.clickButton("Sign in and list environments");
  await page.getByText(/There is no such tenant in this cloud: check tenant and cloud/).waitFor();
  page.problems.splice(0);
  await finder.enterPlace(TENANT, CLIENT_ID);
  await finder.signIn("Amira Admin");
  await finder.part("2. Environment").getByText("sandbox · CH").waitFor();
  await finder.expectSound();
  // It goes on where it was left.
  await finder.goTo("/setup");
  await page.getByRole("link", { name: "Find the environment" }).last().click();
  await finder.part("2. Environment").getByRole("button", { name: "Choose sandbox" }).click();
  await finder.part("3. Company").getByText("CRONUS Demo SA").first().waitFor();
  await finder.expectSound();
  await finder.part("3. Company").getByRole("button", { name: "Work with this company" }).click();
  await page.getByText(`sandbox (${TENANT})`).waitFor();
  await page.getByText("CRONUS Demo SA answers.").waitFor();
  await finder.goTo("/connections");
  await page.getByRole("link", { name: "Choose the company" }).click();
  await finder.part("3. Company").getByText("Chosen").waitFor();
});

test("an environment of Dataverse is found by signing in, and who sees none reads why", async () => {
  const finder = new EnvironmentFinder(page);
  await finder.open("dataverse");
  await finder.enterPlace(TENANT, CLIENT_ID);
  await finder.signIn("Uwe User");
  await page.getByText(/uwe@contoso-sandbox\.example sees no Dataverse environment in the tenant/).waitFor();
  await finder.expectSound();
  await finder.clickButton("Other tenant or account");
  await finder.signIn("Amira Admin");
  const environments = finder.part("2. Environment");
  await environments.getByText("Disabled: an administrator has to enable it", { exact: false }).waitFor();
  assert.equal(await environments.getByRole("button", { name: "Choose Contoso Archive" }).count(), 0);
  await environments.getByRole("button", { name: "Choose Contoso Sandbox" }).click();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Contoso Sandbox is signed in.").waitFor();
  await finder.expectSound();
  await finder.clickButton("Enable and load again");
  await page.getByText("Contoso Sandbox answers.").waitFor();
});

test("salespeople are coupled by e-mail, and one is created from a user", async () => {
  const salespeople = new Salespeople(page);
  await salespeople.open();
  await page.getByText("With ownership model Team salespeople are not synchronized", { exact: false }).waitFor();
  await salespeople.applyPerson();
  await salespeople.open();
  await page.getByText(/^0 of \d+ mapped$/).waitFor();
  await salespeople.expectSound();
  await salespeople.clickButton("Choose all with the same e-mail");
  await page.getByRole("button", { name: /^Couple chosen \([1-9]/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^Couple chosen/ }).click();
  await page.getByText(/^Pairs coupled: [1-9]/).waitFor();
  await page.getByText(/^[1-9]\d* of \d+ mapped$/).waitFor();
  await page.getByRole("checkbox", { name: /^Create a salesperson from/ }).first().check();
  await page.getByRole("button", { name: "Create salesperson (1)…" }).click();
  await page.getByRole("heading", { level: 1, name: /SALESPEOPLE/ }).waitFor();
  await page.getByText("Chosen records (1)").waitFor();
});

test("settings are saved without being enabled, exported, and taken back", async () => {
  const settings = new ConnectionSettings(page);
  await settings.open();
  const create = page.getByLabel("Automatically Create Sales Orders");
  assert.equal(await create.isDisabled(), true);
  await page.getByLabel("Sales Order Integration", { exact: true }).selectOption("Legacy: submitted orders come to Business Central");
  await create.check();
  await page.getByLabel("Dynamics 365 Business Central Web Client URL").fill("http://x");
  assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true);
  await settings.clickButton("Reset");
  await settings.clickButton("Save");
  await page.getByText("The settings are saved.").waitFor();
  assert.equal(await page.getByLabel("Enabled (Dynamics 365 Sales)").isChecked(), false);
  await settings.expectSound();
  const { sales } = (await settings.exportWorkspace()).configuration;
  assert.deepEqual([sales.enabled, sales.orderIntegration, sales.createOrders], [false, "legacy", true]);
  assert.match(sales.webClientAddress, /^https:\/\/businesscentral\.sandbox\.invalid\/.*\?company=CRONUS%20Demo%20SA$/);
  await settings.goTo("/history?version=1");
  await page.getByText("Connection settings edited").waitFor();
  await page.getByText(/Sales Order Integration changed from Off to Legacy/).waitFor();
  await settings.open();
  await page.getByLabel("Sales Order Integration", { exact: true }).selectOption("Bidirectional");
  assert.equal(await create.isChecked(), false, "the legacy integration's job ends with it");
});

test("the upgrade says what it would overwrite, keeps a backup and puts it back", async () => {
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  const upgrade = new Upgrade(page);
  const preview = new Preview(page);
  await preview.open("CUSTOMER");
  await preview.editFilter("Business Central");
  await preview.enterCondition("Business Central", "' '|Ship");
  await preview.saveFilter("Business Central");
  await upgrade.open();
  const rehearsal = upgrade.part("Rehearsal");
  await rehearsal.getByText("Customizations that would be lost: 1").waitFor();
  await rehearsal.getByText(/CUSTOMER: .*\|Ship/).waitFor();
  const backup = JSON.parse(await readFile(await upgrade.downloadBackup(), "utf8"));
  assert.match(JSON.stringify(backup.configuration), /\|Ship/);
  await upgrade.expectSound();
  await new Salespeople(page).applyPerson();
  await upgrade.open();
  await upgrade.clickButton("Put back (1)");
  await page.getByText("Customizations put back: 1.").waitFor();
  await upgrade.part("Put customizations back").getByText("Nothing is missing", { exact: false }).waitFor();
  const step = page.getByRole("listitem").filter({ hasText: "Use Default Synchronization Setup" });
  await step.getByText("Done").waitFor();
});

for (const look of [
  { language: "en", theme: "light", width: 1280 },
  { language: "fr", theme: "dark", width: 800 },
  { language: "fr", theme: "light", width: 1280 },
  { language: "en", theme: "dark", width: 800 },
]) {
  test(`the pages of the setup are sound in ${look.language}, ${look.theme}, ${look.width}`, async () => {
    const own = await openApp(browser, couplet, look);
    const screen = new Salespeople(own);
    await screen.applyPerson();
    for (const [name, path] of [
      ["guide", "/setup"],
      ["find-bc", "/setup/find/business-central"],
      ["find-dataverse", "/setup/find/dataverse"],
      ["companies", "/setup/find/business-central?connection=sandbox-bc"],
      ["salespeople", "/setup/salespeople"],
      ["settings", "/connections/settings"],
      ["upgrade", "/setup/upgrade"],
    ]) {
      await screen.goTo(path);
      await screen.heading().waitFor();
      await own.waitForLoadState("networkidle");
      const scrollWidth = await own.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrollWidth <= look.width, `${name} is ${scrollWidth} wide`);
      await screen.expectSound();
      await screen.takeScreenshot(`setup-${name}-${look.language}-${look.theme}-${look.width}`);
    }
    await own.context().close();
  });
}
