// The screens of the app as page objects.
import { PageObject } from "./page-object.mjs";

/** Use default synchronization setup. */
export class DefaultSetup extends PageObject {
  async open() {
    await this.goTo("/default-setup");
    await this.page.getByText("was found in Dataverse").waitFor();
  }

  /** The one click. */
  async apply() {
    await this.page.getByRole("button", { name: /^Apply/ }).first().click();
    await this.page.getByText(/^Applied:/).waitFor();
  }

  async undo() {
    await this.clickButton("Undo");
  }
}

/** Filters and preview of one mapping. */
export class Preview extends PageObject {
  async open(name, query = "") {
    await this.goTo(`/mappings/${encodeURIComponent(name)}${query}`);
    await this.heading().waitFor();
  }

  /** The card of one side: "Business Central" or "Dataverse". */
  side(system) {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("heading", { name: system }) });
  }

  /** Counts in and out of the filter, once every record was read. */
  async readCounts(system) {
    const side = this.side(system);
    await side.getByText(/, read /).waitFor();
    const count = async (words) => {
      const text = await side.locator(".balance__numbers").getByRole("button", { name: words }).textContent();
      return Number(text.replace(/\D/g, ""));
    };
    return { nIn: await count(/in filter/), nOut: await count(/excluded/) };
  }

  /** The cells of the rows that are drawn. */
  rows(system) {
    return this.side(system).locator("tbody tr.virtual-table__row");
  }

  async chooseRecord(system, text) {
    await this.side(system).getByRole("searchbox").fill(text);
    await this.rows(system).filter({ hasText: text }).first().click();
  }

  /** The panel that says why the chosen record is in or out. */
  why() {
    return this.page.locator("section.why");
  }

  async editFilter(system) {
    await this.side(system).getByRole("button", { name: "Edit filter" }).click();
  }

  async enterCondition(system, text, index = 0) {
    await this.side(system).getByLabel("Filter expression").nth(index).fill(text);
  }

  /** The forms of a filter: "Filter", "OData", and "Sentence", which is "Guided" while editing. */
  async chooseForm(system, name) {
    await this.side(system).getByRole("group", { name: "Form" }).getByRole("button", { name, exact: true }).click();
  }

  /** The whole filter as OData, to type in. */
  odata(system) {
    return this.side(system).getByLabel("OData expression");
  }

  /** The sentence under the editor. */
  sentence(system) {
    return this.side(system).locator(".editor__sentence");
  }

  /** A condition of the guided form, counted from 1. */
  condition(system, number) {
    return this.side(system).getByRole("group", { name: `Condition ${number}`, exact: true });
  }

  async saveFilter(system) {
    await this.side(system).getByRole("button", { name: "Save filter" }).click();
    await this.side(system).getByRole("button", { name: "Edit filter" }).waitFor();
  }
}
