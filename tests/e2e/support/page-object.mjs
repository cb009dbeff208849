// What the page objects of all screens share. Methods are named {action}_{object} in camel case: openMapping.
import { axeCheck } from "./axe.mjs";
import { expectNoProblems } from "./browser.mjs";
import { takeScreenshot } from "./screenshot.mjs";

/** A screen of the app, driven as a person would: by roles and names, never by class. */
export class PageObject {
  constructor(page) {
    this.page = page;
  }

  /** Goes to an address of the app without losing the session. */
  async goTo(path) {
    await this.page.goto(new URL(path, this.page.url()).href);
  }

  /** The main heading. */
  heading() {
    return this.page.getByRole("heading", { level: 1 });
  }

  async clickButton(name) {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  async clickLink(name) {
    await this.page.getByRole("link", { name, exact: true }).click();
  }

  async enterText(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Fails on errors of the page and on serious or critical findings of axe. */
  async expectSound() {
    expectNoProblems(this.page);
    await axeCheck(this.page);
  }

  async takeScreenshot(name) {
    await takeScreenshot(this.page, name);
  }
}
