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

  /** The field that searches the records a guided condition may name. */
  recordSearch(system, number) {
    return this.condition(system, number).getByRole("combobox", { name: /^Search / });
  }

  /** The records that a guided condition names. */
  chosenRecords(system, number) {
    return this.condition(system, number).getByRole("list", { name: "Chosen records" }).getByRole("listitem");
  }

  async saveFilter(system) {
    await this.side(system).getByRole("button", { name: "Save filter" }).click();
    await this.side(system).getByRole("button", { name: "Edit filter" }).waitFor();
  }
}

/** Whether both sides of a mapping are in step. */
export class ParityBoard extends PageObject {
  async open(name) {
    await this.goTo(`/mappings/${encodeURIComponent(name)}?tab=parity`);
    await this.table().waitFor();
  }

  table() {
    return this.page.locator(".parity__classes");
  }

  /** By class, the number of records of each system. */
  async readNumbers() {
    await this.table().waitFor();
    const lines = await this.table().getByRole("row").all();
    const numbers = {};
    for (const line of lines.slice(1)) {
      const links = await line.getByRole("link").all();
      const labels = await Promise.all(links.map((link) => link.getAttribute("aria-label")));
      for (const label of labels) {
        const [, count, name, system] = /^([\d,]+) (.+), (.+)$/.exec(label);
        numbers[name] = { ...numbers[name], [system]: Number(count.replaceAll(",", "")) };
      }
    }
    return numbers;
  }

  async openClass(name, system) {
    await this.table().getByRole("link", { name: new RegExp(`^[\\d,]+ ${name}, ${system}$`) }).click();
    await this.page.getByRole("heading", { name: `${name} · ${system}` }).waitFor();
  }

  async countListed() {
    const text = await this.page.locator(".parity__list header small").textContent();
    return Number(text.replace(/\D/g, ""));
  }

  rows() {
    return this.page.locator(".parity__list tr.virtual-table__row");
  }

  /** The page of the chosen record. */
  async openRecord() {
    await this.clickLink("Open record page");
    await this.page.getByRole("heading", { name: "Coupling", exact: true }).waitFor();
  }
}

/** Coupling the records of a mapping. */
export class Workbench extends PageObject {
  async open(name, query = "") {
    await this.goTo(`/mappings/${encodeURIComponent(name)}/couple${query}`);
    await this.heading().waitFor();
  }

  async chooseCriterion(field) {
    await this.page.getByRole("checkbox", { name: field, exact: true }).check();
  }

  /** What the criteria come to. */
  async readOutcome() {
    const numbers = this.page.locator(".balance__numbers");
    await numbers.waitFor();
    const count = async (words) => {
      const text = await numbers.getByRole("button", { name: words }).textContent();
      return Number(text.replace(/\D/g, ""));
    };
    return { matched: await count(/ matched$/), none: await count(/without a match/) };
  }

  pairs() {
    return this.page.locator("tr.virtual-table__row");
  }

  async coupleChosen() {
    await this.page.getByRole("button", { name: /^Couple chosen/ }).click();
    await this.page.getByRole("dialog").getByRole("button", { name: /^Couple/ }).click();
    await this.page.getByText(/^Pairs coupled:/).waitFor();
  }

  async uncoupleChosen() {
    await this.page.getByRole("button", { name: /^Uncouple chosen/ }).click();
    await this.page.getByRole("dialog").getByRole("button", { name: "Uncouple", exact: true }).click();
    await this.page.getByText(/^Pairs uncoupled:/).waitFor();
  }

  /** The first record of one of the two lists. */
  async choose(list) {
    await this.page.getByRole("region", { name: list }).locator("tr.virtual-table__row").first().click();
  }
}

/** One record beside its partner. */
export class RecordPage extends PageObject {
  card(title) {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("heading", { name: title, exact: true }) });
  }
}

/** The connections to both systems. */
export class Connections extends PageObject {
  async open() {
    await this.goTo("/connections");
    await this.page.getByRole("heading", { name: "Connections", level: 1 }).waitFor();
    await this.connection("Dataverse sandbox").waitFor();
  }

  /** The entry of the connection with this name. */
  connection(name) {
    const named = this.page.locator("strong").filter({ hasText: new RegExp(`^${name}$`) });
    return this.page.getByRole("listitem").filter({ has: named });
  }

  /** What is said of the system that answers now. */
  facts(system) {
    return this.page.getByRole("region", { name: system }).locator("dl");
  }

  async startConnection(system) {
    await this.page.getByRole("button", { name: `Add connection ${system}` }).click();
    await this.page.getByRole("dialog").getByLabel("Name", { exact: true }).waitFor();
  }

  /** Saves a connection to the sandbox that signs in at its identity provider. */
  async saveSandboxConnection(system, name, method, tenant, clientId, secret = "") {
    await this.startConnection(system);
    await this.enterText("Name", name);
    await this.page.getByLabel("Where it runs").selectOption("Sandbox with demo data");
    await this.page.getByLabel("Authentication type").selectOption(method);
    await this.enterText("Tenant", tenant);
    await this.enterText("Client ID", clientId);
    await this.enterText("Client secret", secret);
    await this.clickButton("Save");
    await this.page.getByText(`${name} is saved.`, { exact: false }).waitFor();
  }
}

/** Connection doctor. */
export class ConnectionDoctor extends PageObject {
  async open() {
    await this.goTo("/connections/doctor");
    await this.waitForFindings();
  }

  async runAgain() {
    await this.clickButton("Run again");
    await this.waitForFindings();
  }

  async waitForFindings() {
    await this.page.getByText(/checks with \d+ requests/).waitFor();
  }

  /** The summary: how many of each verdict. */
  summary() {
    return this.page.getByRole("status").filter({ hasText: "checks with" });
  }

  /** The proofs with this verdict: "Proven", "Attention", "Failed", "Not checked". */
  proofs(verdict) {
    return this.page.getByRole("listitem").filter({ has: this.page.getByRole("heading", { level: 3 }) }).filter({ has: this.page.getByText(verdict, { exact: true }) });
  }

  /** One proof by what it proves. */
  proof(title) {
    return this.page.getByRole("listitem").filter({ has: this.page.getByRole("heading", { name: title, exact: true, level: 3 }) }).last();
  }

  /** The summary line of a mapping. */
  mapping(name) {
    return this.page.locator("summary").filter({ has: this.page.getByText(name, { exact: true }) });
  }
}

/** The codes and values of an option mapping. */
export class OptionMatrix extends PageObject {
  open(name) {
    return this.openAt(`/mappings/${name}/couple`);
  }

  async openAt(path) {
    await this.goTo(encodeURI(path));
    await this.page.getByRole("heading", { name: "Values of both sides" }).waitFor();
  }

  coupled() {
    return this.page.locator(".option-matrix").getByText("coupled", { exact: true });
  }

  countFreeCodes() {
    return this.page.locator(".option-matrix").getByText("no value", { exact: true }).count();
  }

  /** Couples every free code with the free value of the same name, whatever its case. */
  async coupleSameNames() {
    for (;;) {
      const pair = await this.page.evaluate(() => {
        for (const select of document.querySelectorAll(".option-matrix select")) {
          const label = select.getAttribute("aria-label");
          const name = /^Couple (.*) with$/.exec(label)[1].toUpperCase();
          const option = [...select.options].find(({ text }) => text.toUpperCase() === name);
          if (option) return { label, value: option.value };
        }
        return null;
      });
      if (!pair) return;
      const coupled = await this.coupled().count();
      await this.page.getByLabel(pair.label, { exact: true }).first().selectOption(pair.value);
      await this.coupled().nth(coupled).waitFor();
    }
  }

  /** Couples the first free code with the first free value. */
  async coupleFirst() {
    await this.page.getByLabel(/^Couple /).first().selectOption({ index: 1 });
  }
}
