// The built package, used as anybody would: its folder is the argument of the environment.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const folder = process.env.COUPLET_PACKAGE;
const { evaluate, explain, parse, toOData, toSentence } = await import(pathToFileURL(`${folder}/index.js`));

const settings = { now: "2026-03-15T12:00:00Z" };
const name = { type: "text", caption: "Name", property: "displayName" };
const blocked = {
  type: "option",
  caption: "Blocked",
  property: "blocked",
  options: [{ ordinal: 0, name: " " }, { ordinal: 1, name: "Ship", caption: "Livraison" }],
};

const thrown = (run) => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Error);
    return { name: error.name, code: error.code, start: error.start, end: error.end, condition: error.condition };
  }
  assert.fail("nothing was thrown");
};

test("parse gives the tree with places in UTF-16 units", () => {
  assert.equal(parse(" "), null);
  assert.deepEqual(parse("'😀'|<>b"), {
    kind: "any",
    parts: [
      { kind: "value", value: { text: "😀", quoted: true, start: 0, end: 4 }, start: 0, end: 4 },
      { kind: "comparison", operator: "<>", value: { text: "b", quoted: false, start: 7, end: 8 }, start: 5, end: 8 },
    ],
  });
  assert.deepEqual(parse("1..").to, null);
});

test("errors say what is wrong and where", () => {
  const error = { name: "FilterError", code: "filter.missing-value", start: 5, end: 5, condition: undefined };
  assert.deepEqual(thrown(() => parse("'😀'|")), error);
  assert.equal(thrown(() => evaluate("x", { type: "integer" }, [1])).code, "filter.value-of-wrong-type");
  assert.equal(thrown(() => evaluate("1", { type: "number" }, [1])).code, "argument");
  assert.equal(thrown(() => evaluate("1", { type: "integer" }, ["one"])).code, "argument");
  assert.equal(thrown(() => toSentence([], "de")).code, "argument");
  const second = thrown(() => toOData([{ field: name, filter: "A" }, { field: name, filter: "A?" }]));
  assert.deepEqual([second.code, second.start, second.end, second.condition], ["odata.pattern", 0, 2, 1]);
});

test("values of every type are evaluated", () => {
  const check = (filter, field, values, verdicts) =>
    assert.deepEqual(evaluate(filter, field, values, settings), verdicts);
  check("Co*|@*ltd*", name, ["Contoso", "Fabrikam LTD", "Adatum", null], [true, true, false, false]);
  check("smith", { type: "text", system: "dataverse" }, ["SMITH"], [true]);
  check("ab", { type: "code" }, ["AB"], [true]);
  check("1..5", { type: "integer" }, [1, 5n, "6", null], [true, true, false, false]);
  check(">0.00000001", { type: "decimal" }, [1e-7, 1e21, 0], [true, true, false]);
  check("yes", { type: "boolean" }, [true, false], [true, false]);
  check("Livraison", blocked, [1, 0], [true, false]);
  check("today", { type: "date" }, ["2026-03-15", "2026-03-16"], [true, false]);
  check("2026-03-15", { type: "dateTime" }, [new Date("2026-03-15T23:00:00Z"), "2026-03-16T00:00:00Z"], [true, false]);
  check("10:30..", { type: "time" }, ["10:30:00", "09:00:00"], [true, false]);
  check(">1h", { type: "duration" }, [3600001, 5], [true, false]);
  check("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", { type: "guid" }, ["3f2504e0-4f89-11d3-9a0c-0305e82c3301"], [true]);
});

test("explain names every term", () => {
  const terms = [{ start: 0, end: 2, passed: false }, { start: 3, end: 6, passed: false }];
  assert.deepEqual(explain("A*|<>B", name, "B"), { passes: false, terms });
});

test("the same view as OData and as sentences", () => {
  const view = [{ field: blocked, filter: "' '" }, { field: name, filter: "@A*" }];
  assert.equal(toOData(view), "blocked eq '_x0020_' and startswith(tolower(displayName),'a')");
  assert.equal(toSentence(view, "en"), "Blocked is empty and Name begins with A, ignoring case");
  assert.equal(toSentence(view, "fr"), "Blocked est vide et Name commence par A, sans tenir compte de la casse");
  assert.equal(toOData([]), "");
});

test("the package describes itself", async () => {
  const described = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  for (const file of described.files) {
    assert.ok((await readFile(`${folder}/${file}`)).length > 0, file);
  }
  const types = await readFile(`${folder}/index.d.ts`, "utf8");
  for (const name of ["parse", "explain", "evaluate", "toOData", "toSentence"]) {
    assert.match(types, new RegExp(`export function ${name}\\(`));
  }
});
