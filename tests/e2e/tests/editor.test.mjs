// The forms of a filter: what is typed in one changes the others, and what a form cannot say is refused with its place.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { getFromSystem } from "../support/api.mjs";
import { countCustomers } from "../support/demo-count.mjs";
import { openApp, startBrowser } from "../support/browser.mjs";
import { startCouplet } from "../support/couplet.mjs";
import { DefaultSetup, Preview } from "../support/screens.mjs";

const BC = "Business Central";
const DATAVERSE = "Dataverse";

let browser;
let couplet;
let page;
let preview;

before(async () => {
  couplet = await startCouplet({ records: 500 });
  browser = await startBrowser();
  page = await openApp(browser, couplet);
  preview = new Preview(page);
  const setup = new DefaultSetup(page);
  await setup.open();
  await setup.apply();
  await preview.open("CUSTOMER");
  await preview.readCounts(BC);
});

after(async () => {
  await browser?.close();
  await couplet?.stop();
});

/** Waits until the sentence under the editor of Business Central is this one. */
const says = (words) => preview.sentence(BC).getByText(words, { exact: true }).waitFor();

/** The filter texts of the conditions of Business Central. */
const filterTexts = () =>
  preview.side(BC).getByLabel("Filter expression").evaluateAll((inputs) => inputs.map(({ value }) => value));

test("a saved filter is a sentence", async () => {
  await preview.chooseForm(BC, "Sentence");
  await preview.side(BC).getByText("Blocked is empty", { exact: true }).waitFor();
  await preview.chooseForm(DATAVERSE, "Sentence");
  await preview.side(DATAVERSE).getByText(/^Status is Active, Relationship Type is Customer, and Company Id is “CRONUS Demo SA” or is empty$/).waitFor();
  await preview.expectSound();
});

test("OData that is typed becomes filter text and a sentence, and the records that would enter are counted", async () => {
  await preview.editFilter(BC);
  await preview.chooseForm(BC, "OData");
  assert.equal(await preview.odata(BC).inputValue(), "blocked eq '_x0020_'");
  await preview.odata(BC).fill("(blocked eq '_x0020_' or blocked eq 'Ship') and startswith(tolower(displayName),'a')");
  await preview.side(BC).getByText(/Position \d+: the table has no property displayName/).waitFor();
  await preview.odata(BC).fill("blocked eq '_x0020_' or blocked eq 'Ship'");
  await says("Blocked is empty or is Ship");
  const { customers } = await countCustomers(page);
  const n = customers.filter(({ blocked }) => blocked === "Ship").length;
  await preview.side(BC).getByRole("button", { name: `${n} would enter` }).waitFor();
  await preview.odata(BC).fill("(blocked eq '_x0020_' or blocked eq 'Ship') and startswith(tolower(name),'a')");
  await says("Blocked is empty or is Ship, and Name begins with “a”, ignoring case");
  await preview.expectSound();
  await preview.chooseForm(BC, "Filter");
  assert.deepEqual(await filterTexts(), ["' '|Ship", "'@a*'"]);
});

test("filter text that is typed becomes OData, and what OData cannot say is refused with its place", async () => {
  await preview.enterCondition(BC, "Co*", 1);
  await says("Blocked is empty or is Ship, and Name begins with Co");
  await preview.chooseForm(BC, "OData");
  assert.match(await preview.odata(BC).inputValue(), / and startswith\(name,'Co'\)$/);
  await preview.chooseForm(BC, "Filter");
  await preview.enterCondition(BC, "A|C?", 1);
  await preview.chooseForm(BC, "OData");
  await preview.side(BC).getByText("Position 3: OData has functions only for").waitFor();
  assert.equal(await preview.side(BC).locator(".underlined u").textContent(), "C?");
  assert.equal(await preview.odata(BC).count(), 0);
  await preview.expectSound();
  await preview.chooseForm(BC, "Filter");
  await preview.enterCondition(BC, "Co*", 1);
});

test("OData that no filter can say is refused, and the last readable filter stays", async () => {
  await preview.chooseForm(BC, "OData");
  await preview.odata(BC).fill("blocked eq 'Ship' or name eq 'A'");
  await preview.side(BC).getByText(/^Position 22: a filter joins fields by/).waitFor();
  assert.equal(await preview.side(BC).locator(".underlined u").textContent(), "name eq 'A'");
  await preview.side(BC).getByText("Last readable filter").waitFor();
  await says("Blocked is empty or is Ship, and Name begins with Co");
  assert.ok(await preview.side(BC).getByRole("button", { name: "Save filter" }).isDisabled());
  await preview.expectSound();
  await preview.chooseForm(BC, "Filter");
  await preview.side(BC).getByText(/^The OData expression is no filter yet/).waitFor();
  await preview.enterCondition(BC, "@Co*", 1);
  await says("Blocked is empty or is Ship, and Name begins with Co, ignoring case");
});

test("the guided form writes the same filter", async () => {
  await preview.chooseForm(BC, "Guided");
  const blocked = preview.condition(BC, 1);
  assert.ok(await blocked.getByRole("checkbox", { name: "Ship" }).isChecked());
  await blocked.getByRole("checkbox", { name: "Ship" }).uncheck();
  await says("Blocked is empty and Name begins with Co, ignoring case");
  const name = preview.condition(BC, 2);
  assert.ok(await name.getByRole("checkbox", { name: "ignoring case" }).isChecked());
  await name.getByLabel("Operator").selectOption({ label: "contains" });
  await name.getByLabel("Value").fill("A*");
  await name.getByText("* is a wildcard in filters and cannot be meant literally").waitFor();
  await preview.side(BC).getByText("Last readable filter").waitFor();
  await name.getByLabel("Value").fill("s");
  await says("Blocked is empty and Name contains “s”, ignoring case");
  await preview.expectSound();

  await preview.side(BC).getByRole("button", { name: "Add condition" }).click();
  const third = preview.condition(BC, 3);
  await third.getByText("Choose a field.").waitFor();
  await third.getByLabel("Field").selectOption({ label: "Last Date Modified" });
  await third.getByLabel("Operator").selectOption({ label: "is from" });
  await third.getByLabel("Value").fill("2020-01-31");
  await says(/ and Last Date Modified is .*2020/);
  await preview.expectSound();
  await preview.chooseForm(BC, "Filter");
  assert.deepEqual(await filterTexts(), ["' '", "@*s*", "2020-01-31.."]);
});

test("a condition that the guided form cannot say is its sentence and stays as it is", async () => {
  await preview.enterCondition(BC, "A?C|B*", 1);
  await preview.chooseForm(BC, "Guided");
  await preview.condition(BC, 2).getByText(/^Name /).waitFor();
  await preview.condition(BC, 3).getByRole("button", { name: "Remove condition" }).click();
  await preview.condition(BC, 2).getByRole("button", { name: "Edit as text" }).click();
  assert.deepEqual(await filterTexts(), ["' '", "A?C|B*"]);
  await preview.expectSound();
});

test("records are chosen by name, with the keyboard, and the sentence tells their names", async () => {
  const { value: users } = await getFromSystem(
    page,
    "sandbox-dataverse",
    "/api/data/v9.2/systemusers?$select=fullname,systemuserid",
  );
  const user = users.find(({ fullname }) => users.filter((other) => other.fullname === fullname).length === 1);
  await preview.editFilter(DATAVERSE);
  await preview.chooseForm(DATAVERSE, "Guided");
  await preview.chosenRecords(DATAVERSE, 3).filter({ hasText: "CRONUS Demo SA" }).waitFor();
  await preview.chosenRecords(DATAVERSE, 3).filter({ hasText: "blank (no record)" }).waitFor();
  await preview.side(DATAVERSE).getByRole("button", { name: "Add condition" }).click();
  const owner = preview.condition(DATAVERSE, 4);
  await owner.getByLabel("Field").selectOption({ label: "Owner" });
  await owner.getByText("Choose a record.").waitFor();

  const search = preview.recordSearch(DATAVERSE, 4);
  await search.fill(user.fullname.toUpperCase());
  await owner.getByRole("listbox").getByRole("option", { name: user.fullname }).waitFor();
  await preview.expectSound();
  await search.press("ArrowDown");
  assert.equal(await owner.getByRole("listbox").getByRole("option", { selected: true }).count(), 1);
  await search.press("Enter");
  const sentence = preview.sentence(DATAVERSE);
  await sentence.getByText(new RegExp(`Owner is “${user.fullname}”$`)).waitFor();

  // An id that no table has stays, and says so.
  await owner.getByLabel("Operator").selectOption({ label: "is one of" });
  const unknown = "11111111-2222-4333-8444-555555555555";
  await search.fill(unknown);
  await owner.getByRole("listbox").getByRole("option", { name: `Use ${unknown} as typed` }).click();
  await preview.chosenRecords(DATAVERSE, 4).filter({ hasText: `${unknown}not found in` }).waitFor();
  await search.fill("nobody is called this");
  await owner.getByRole("status").getByText(/^Nothing found in /).waitFor();
  await search.press("Escape");
  await preview.expectSound();

  // A search that fails says why, and Enter searches again.
  await page.route(/systemusers\?|teams\?/, (route) => route.abort());
  await search.fill("again");
  await owner.getByRole("status").getByText(/could not be searched/).waitFor();
  await page.unroute(/systemusers\?|teams\?/);
  page.problems.length = 0;
  await search.fill(user.fullname.slice(0, 2));
  await owner.getByRole("status").getByText(/^(Found|Only the first|Everything)/).waitFor();

  await preview.chooseForm(DATAVERSE, "Filter");
  const texts = await preview
    .side(DATAVERSE)
    .getByLabel("Filter expression")
    .evaluateAll((inputs) => inputs.map(({ value }) => value));
  assert.equal(texts[3], `${user.systemuserid}|${unknown}`);
  await preview.side(DATAVERSE).getByRole("button", { name: "Cancel" }).click();
});

test("codes of Business Central are chosen by the name of their record", async () => {
  await preview.chooseForm(BC, "Guided");
  await preview.condition(BC, 1).getByLabel("Field").selectOption({ label: "Salesperson Code" });
  const search = preview.recordSearch(BC, 1);
  await search.press("ArrowDown");
  // The first that is a record: the blank one has no code.
  const records = preview.condition(BC, 1).getByRole("option").filter({ has: page.locator(".combobox__detail:not(:empty)") });
  const first = records.first();
  await first.waitFor();
  const [name, code] = await first.locator("span").allTextContents();
  await first.click();
  await says(new RegExp(`^Salesperson Code is ${code.split(" · ").at(-1)} \\(${name}\\)`));
  await preview.expectSound();
  await preview.chooseForm(BC, "Filter");
});

test("what was typed as OData is saved", async () => {
  await preview.enterCondition(BC, "A*", 1);
  await preview.chooseForm(BC, "OData");
  await preview.odata(BC).fill("blocked eq 'Ship'");
  await says("Blocked is Ship");
  await preview.saveFilter(BC);
  const { customers } = await countCustomers(page);
  const nIn = customers.filter(({ blocked }) => blocked === "Ship").length;
  assert.deepEqual(await preview.readCounts(BC), { nIn, nOut: customers.length - nIn });
  await page.reload();
  await preview.readCounts(BC);
  await preview.chooseForm(BC, "Sentence");
  await preview.side(BC).getByText("Blocked is Ship", { exact: true }).waitFor();
});

const LOOKS = [
  { language: "en", theme: "light", width: 1280, forms: ["Guided", "OData"] },
  { language: "en", theme: "dark", width: 800, forms: ["Guided", "OData"] },
  { language: "fr", theme: "dark", width: 1280, forms: ["Guidée", "OData"] },
  { language: "fr", theme: "light", width: 800, forms: ["Guidée", "OData"] },
];

for (const { forms, ...look } of LOOKS) {
  const name = `${look.language}-${look.theme}-${look.width}`;
  test(`the forms are sound in ${name}`, async () => {
    const other = await openApp(browser, couplet, look);
    const screen = new Preview(other);
    await screen.goTo("/default-setup");
    await other.locator(".head__actions .button--primary:enabled").click();
    await other.locator(".notice").first().waitFor();
    await screen.open("CUSTOMER");
    await other.locator(".filter-card__edit").first().click();
    for (const form of forms) {
      await other.locator(".filter-card__forms").first().getByRole("button", { name: form, exact: true }).click();
      await other.locator(form === "OData" ? ".editor__odata" : ".guided").first().waitFor();
      const scrollWidth = await other.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrollWidth <= look.width, `${form} is ${scrollWidth} wide in a window of ${look.width}`);
      await screen.expectSound();
      await screen.takeScreenshot(`editor-${form}-${name}`);
    }
    await other.context().close();
  });
}
