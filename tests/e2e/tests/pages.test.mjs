// Every page in both languages, light and dark, wide and narrow: nothing that axe finds grave, no error in the
// console, no sideways scrolling of the whole page, and a screenshot for people to look at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openApp, startBrowser } from "../support/browser.mjs";
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
    await page.context().close();
  });
}

async function visit(screen, path, title, { width, language }) {
  const { page } = screen;
  await screen.goTo(path);
  await screen.heading().waitFor();
  await page.waitForLoadState("networkidle");
  await page.locator(".status--loading").first().waitFor({ state: "detached" });
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(scrollWidth <= width, `${title} is ${scrollWidth} wide in a window of ${width}`);
  await screen.expectSound();
  await screen.takeScreenshot(title);
}
