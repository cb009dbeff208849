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

  /** Which way it goes: "Bidirectional", "To Integration Table", "From Integration Table". */
  async chooseDirection(name) {
    await this.page.getByRole("group", { name: "Direction" }).getByRole("button", { name, exact: true }).click();
  }

  /** Everything of a mapping in this direction, from the plan to the end. */
  async finish(mapping, direction) {
    await this.open(mapping, "?scope=review");
    if (direction) await this.chooseDirection(direction);
    await this.plan();
    if (await this.page.getByText("Nothing to write").isVisible()) return "Nothing to write";
    await this.start();
    return this.readEnd();
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

/** What chosen records need first. */
export class Needs extends PageObject {
  levels() {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("heading", { name: /^Step \d+$/ }) });
  }

  /** Waits until what they need is known, and gives the number of steps. */
  async countLevels() {
    await this.page.getByText(/steps, each needs|Nothing has to come before|Nothing is missing/).waitFor();
    return this.levels().count();
  }

  /** The rows of a step as text. */
  readLevel(index) {
    return this.levels().nth(index).locator("tbody tr").allTextContents();
  }

  /** Plans the first step, and carries it out when its plans are there. */
  async takeFirstStep() {
    const level = this.levels().first();
    await level.getByRole("button", { name: "Plan this step" }).click();
    await level.getByRole("button", { name: /^Start: / }).click({ timeout: 60_000 });
  }
}
