// Every page in both languages, light and dark, wide and narrow: nothing that axe finds grave, no error in the
// console, no sideways scrolling of the whole page, and a screenshot for people to look at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
import { Control } from "../support/control.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { PageObject } from "../support/page-object.mjs";

const LOOKS = [
  { language: "en", theme: "light", width: 1280 },
  { language: "en", theme: "dark", width: 800 },
  { language: "fr", theme: "dark", width: 1280 },
  { language: "fr", theme: "light", width: 800 },
];
const PAGES = [
  ["home", "/"],
  ["default-setup", "/default-setup"],
  ["mappings", "/mappings"],
  ["preview", "/mappings/CUSTOMER?bc-show=out"],
  ["preview-contact", "/mappings/CONTACT"],
  ["preview-option-mapping", "/mappings/PAYMENT%20TERMS"],
  ["fields", "/mappings/CUSTOMER?tab=fields"],
  ["settings", "/mappings/CUSTOMER?tab=settings"],
  ["history", "/history"],
  ["doctor", "/connections/doctor"],
  ["workspace", "/workspace"],
  ["parity", "/mappings/CUSTOMER?tab=parity"],
  ["run", "/mappings/CUSTOMER/run"],
  ["jobs", "/jobs"],
  ["skipped", "/skipped"],
  ["schedule", "/schedule"],
  ["full-synchronization", "/full-synchronization"],
  ["couple", "/mappings/CUSTOMER/couple"],
  ["option-matrix", "/mappings/PAYMENT%20TERMS/couple"],
  ["needs", "/mappings/CUSTOMER/needs"],
  ["connections", "/connections"],
  ["setup-guide", "/setup"],
  ["not-found", "/nowhere"],
];

let browser;
let couplet;

before(async () => {
  couplet = await startCouplet({ records: 500 });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

for (const look of LOOKS) {
  const name = `${look.language}-${look.theme}-${look.width}`;
  test(`every page is sound in ${name}`, async () => {
    const page = await openApp(browser, couplet, look);
    const screen = new PageObject(page);
    await visit(screen, "/", `${name}-home-empty`, look);
    await screen.goTo("/default-setup");
    await page.locator(".head__actions .button--primary:enabled").click();
    await page.locator(".notice").first().waitFor();
    for (const [title, path] of PAGES) await visit(screen, path, `${name}-${title}`, look);
    await visitRecord(screen, name, look);
    await visitPlan(screen, name, look);
    await page.context().close();
  });
}

/** The page of a customer, and what it needs first. */
async function visitRecord(screen, name, look) {
  const control = new Control(screen.page.context(), couplet.origin);
  const companies = await control.read("/api/systems/sandbox-bc/api/v2.0/companies");
  const customers = `/api/systems/sandbox-bc/api/couplet/integration/v1.0/companies(${companies.value[0].id})/customers`;
  const { value } = await control.read(`${customers}?$select=systemId,currencyCode&$filter=currencyCode ne ''&$top=1`);
  await visit(screen, `/mappings/CUSTOMER/record/bc/${value[0].systemId}`, `${name}-record`, look);
  await visit(screen, `/mappings/CUSTOMER/needs?record=${value[0].systemId}`, `${name}-needs-steps`, look);
}

/** A dry run with something that fails. */
async function visitPlan(screen, name, look) {
  await screen.goTo("/mappings/CUSTOMER/run?scope=review");
  await screen.page.locator("header.top").getByText("Dataverse sandbox").waitFor();
  await screen.page.locator(".run-choice button.button--primary").click();
  await screen.page.locator(".plan-summary").waitFor({ timeout: 60_000 });
  await expectSound(screen, `${name}-plan`, look);
}

async function visit(screen, path, title, { width, language }) {
  const { page } = screen;
  await screen.goTo(path);
  await screen.heading().waitFor();
  await page.waitForLoadState("networkidle");
  await page.locator(".status--loading").first().waitFor({ state: "detached" });
  await expectSound(screen, title, { width, language });
}

async function expectSound(screen, title, { width, language }) {
  const { page } = screen;
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(scrollWidth <= width, `${title} is ${scrollWidth} wide in a window of ${width}`);
  await screen.expectSound();
  await screen.takeScreenshot(title);
}
