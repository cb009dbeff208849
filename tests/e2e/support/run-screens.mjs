// The screens around a run as page objects.
import { PageObject } from "./page-object.mjs";

/** The run of one mapping: choice, plan, progress, result. */
export class Run extends PageObject {
  async open(name, query = "") {
    await this.goTo(`/mappings/${encodeURIComponent(name)}/run${query}`);
    await this.heading().getByText(`Synchronize ${name}`).waitFor();
    await this.page.locator("header.top").getByText("CRONUS Demo SA").waitFor();
    await this.page.locator("header.top").getByText("Dataverse sandbox").waitFor();
  }

  /** Plans and waits until the plan can be read. */
  async plan() {
    await this.page.getByRole("button", { name: /^Plan( again)?$/ }).first().click();
    await this.page.getByText(/Nothing was written yet|Nothing to write/).waitFor({ timeout: 60_000 });
  }

  /** The number of an action and direction in the totals; 0 when it is not there. */
  async readTotal(action, direction) {
    const door = this.page.getByRole("button", { name: new RegExp(`^${action} ${direction}: `) });
    if ((await door.count()) === 0) return 0;
    return Number((await door.textContent()).replace(/\D/g, ""));
  }

  async showTotal(action, direction) {
    await this.page.getByRole("button", { name: new RegExp(`^${action} ${direction}: `) }).click();
  }

  /** The actions that are drawn. */
  actions() {
    return this.page.locator(".action-list tbody tr.virtual-table__row");
  }

  /** The difference of the chosen action. */
  difference() {
    return this.page.locator("section.why");
  }

  async start() {
    await this.page.getByRole("button", { name: /^Start: / }).click();
  }

  /** Waits for the end and gives what it says. */
  async readEnd() {
    const end = this.page.locator("article.run-progress[aria-live]").getByRole("heading");
    await end.waitFor({ timeout: 120_000 });
    return end.textContent();
  }
}

/** Synchronization jobs. */
export class Jobs extends PageObject {
  async open() {
    await this.goTo("/jobs");
    await this.heading().getByText("Synchronization jobs").waitFor();
  }

  rows() {
    return this.page.locator("tbody tr.virtual-table__row");
  }

  async openNewest() {
    await this.rows().first().getByRole("link").first().click();
    await this.heading().getByText(/^Job of /).waitFor();
  }
}
