// odata2ts against the Business Central sandbox: a generator that reads $metadata and writes a client of it, which then
// reads and writes. Numbers in brackets are facts of the wire contract.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { FetchClient } from "@odata2ts/http-client-fetch";
import { startSandbox } from "../support/sandbox.mjs";

const packages = join(import.meta.dirname, "..", "node_modules");
const headers = { Authorization: "Bearer token" };
const isGuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
let sandbox;
let folder;
let root;
let service;
let models;
let company;

const refusal = (status) => (error) => {
  assert.equal(error.status, status, error.message);
  return true;
};
/** What a request carries besides its query: the tag of the record, or the wish for a page size. */
const withHeaders = (more) => ({ headers: more });
const ifMatch = (tag) => withHeaders({ "If-Match": tag });

before(async () => {
  sandbox = await startSandbox(300);
  root = `${sandbox.origin}/bc/v2.0/demo-tenant/sandbox/api/v2.0`;
  folder = await mkdtemp(join(tmpdir(), "couplet-odata2ts-"));
  const metadata = await fetch(`${root}/$metadata`, { headers });
  await writeFile(join(folder, "metadata.xml"), await metadata.text());
  await writeFile(join(folder, "tsconfig.json"), '{"compilerOptions":{"module":"commonjs","target":"es2021"}}');
  await writeFile(join(folder, "package.json"), '{"type":"commonjs"}');
  await symlink(packages, join(folder, "node_modules"), "junction");
  const { bin } = JSON.parse(await readFile(join(packages, "@odata2ts/odata2ts/package.json"), "utf8"));
  const generator = join(packages, "@odata2ts/odata2ts", typeof bin === "string" ? bin : bin.odata2ts);
  const flags = ["-s", "metadata.xml", "-o", "client", "-m", "service", "-e", "js"];
  await promisify(execFile)(process.execPath, [generator, ...flags], { cwd: folder });
  const require = createRequire(join(folder, "client.cjs"));
  models = require("./client/MicrosoftNavModel.js");
  const { MicrosoftNavService } = require("./client/MicrosoftNavService.js");
  service = new MicrosoftNavService(new FetchClient({ headers }), root);
  company = (await service.companies().query((builder) => builder.select("id", "name"))).data.value[0];
});
after(async () => {
  await sandbox?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("$metadata is read whole: sets, enums with their encoded members, actions [A7, A44, A48]", () => {
  const sets = Object.getOwnPropertyNames(Object.getPrototypeOf(service));
  for (const name of ["companies", "customers", "contacts", "items", "salesOrders", "salesInvoices"]) {
    assert.ok(sets.includes(name), name);
  }
  assert.deepEqual(Object.values(models.customerBlocked), ["_x0020_", "Ship", "Invoice", "All"]);
  const order = Object.getOwnPropertyNames(Object.getPrototypeOf(service.salesOrders(company.id)));
  assert.ok(order.includes("shipAndInvoice") && order.includes("salesOrderLines"));
});

test("companies and what lies below one [A6, A23, A24]", async () => {
  assert.match(company.id, isGuid);
  const below = await service.companies(company.id).customers().query((builder) => builder.select("number").top(2));
  assert.equal(below.data.value.length, 2);
  const one = await service.customers((await service.customers().query((b) => b.select("id").top(1))).data.value[0].id).query();
  assert.match(one.data["@odata.etag"], /^W\/"/);
});

test("select, filter, order, top, skip and count [A27, A31]", async () => {
  const page = await service.customers().query((builder, customer) =>
    builder
      .select("number", "displayName", "blocked")
      .filter(customer.displayName.contains("a"))
      .orderBy(customer.number.desc())
      .top(5)
      .count(),
  );
  const { value } = page.data;
  assert.equal(value.length, 5);
  assert.ok(page.data["@odata.count"] > 5);
  assert.ok(value.every((row) => row.displayName.includes("a")));
  assert.deepEqual(Object.keys(value[0]).sort(), ["@odata.etag", "blocked", "displayName", "id", "number"]);
  const numbers = value.map((row) => row.number);
  assert.deepEqual(numbers, [...numbers].sort().reverse());
  const skipped = await service.customers().query((builder, customer) =>
    builder.select("number").filter(customer.displayName.contains("a")).orderBy(customer.number.desc()).skip(2).top(3),
  );
  assert.deepEqual(skipped.data.value.map((row) => row.number), numbers.slice(2));
});

test("alternatives on one field pass, on two they are refused [A33]", async () => {
  const names = await service.customers().query((builder, customer) =>
    builder.select("number").filter(customer.number.eq("C000001").or(customer.number.eq("C000002"))),
  );
  assert.equal(names.data.value.length, 2);
  const two = service.customers().query((builder, customer) =>
    builder.filter(customer.number.eq("C000001").or(customer.displayName.eq("x"))),
  );
  await assert.rejects(two, refusal(400));
});

test("expansion of a record's parts [A27]", async () => {
  const answer = await service.salesOrders().query((builder) => builder.select("number").expand("salesOrderLines", "customer").top(3));
  assert.equal(answer.data.value.length, 3);
  for (const order of answer.data.value) {
    assert.ok(order.salesOrderLines.length > 0);
    assert.match(order.customer.id, isGuid);
  }
});

test("pages of the size that was asked for, to the last record [A17, A25]", async () => {
  const count = (await service.customers().query((builder) => builder.select("id").top(1).count())).data["@odata.count"];
  const config = { headers: { ...headers, Prefer: "odata.maxpagesize=120" } };
  const first = await service.customers().query((builder) => builder.select("id"), config);
  const ids = first.data.value.map((row) => row.id);
  assert.equal(ids.length, 120);
  let next = first.data["@odata.nextLink"];
  while (next) {
    const page = await (await fetch(next, config)).json();
    ids.push(...page.value.map((row) => row.id));
    next = page["@odata.nextLink"];
  }
  assert.equal(new Set(ids).size, count);
  assert.equal(ids.length, count);
});

test("create, change, a late change, delete [A16, A38, A42]", async () => {
  const made = await service.customers().create({ displayName: "Client of another" });
  assert.equal(made.status, 201);
  assert.match(made.data.number, /^C\d+$/);
  const record = service.customers(made.data.id);
  const tag = made.data["@odata.etag"];
  const changed = await record.patch({ displayName: "Renamed" }, ifMatch(tag));
  assert.equal(changed.status, 200);
  assert.equal(changed.data.displayName, "Renamed");
  await assert.rejects(record.patch({ displayName: "Too late" }, ifMatch(tag)), refusal(409));
  await assert.rejects(record.patch({ displayName: "Without a tag" }), refusal(400));
  assert.equal((await record.query()).data.displayName, "Renamed");
  assert.equal((await record.delete(ifMatch("*"))).status, 204);
  await assert.rejects(record.query(), refusal(404));
});

test("what a business rule refuses says why [A40, A41, A53]", async () => {
  const long = service.customers().create({ displayName: "x".repeat(300) });
  await assert.rejects(long, (error) => refusal(400)(error) && /CorrelationId/.test(error.message));
  const [customer] = (await service.customers().query((builder) => builder.select("id").top(1))).data.value;
  const readOnly = service.customers(customer.id).patch({ balanceDue: 1 }, ifMatch("*"));
  await assert.rejects(readOnly, refusal(400));
});

test("an order with its lines at once, then shipped and invoiced [A39, A43, A45]", async () => {
  const [item] = (await service.items().query((builder, row) => builder.select("number").filter(row.type.eq("Inventory")).top(1))).data.value;
  const [customer] = (await service.customers().query((builder, row) => builder.select("number").filter(row.blocked.eq("_x0020_")).top(1))).data.value;
  const made = await service.salesOrders().create({
    customerNumber: customer.number,
    salesOrderLines: [{ lineType: "Item", lineObjectNumber: item.number, quantity: 2 }],
  });
  assert.equal(made.status, 201);
  const lines = await service.salesOrders(made.data.id).salesOrderLines().query((builder) => builder.select("quantity", "lineObjectNumber"));
  assert.deepEqual(lines.data.value.map((line) => [line.quantity, line.lineObjectNumber]), [[2, item.number]]);
  assert.equal((await service.salesOrders(made.data.id).shipAndInvoice()).status, 204);
  await assert.rejects(service.salesOrders(made.data.id).query(), refusal(404));
});
