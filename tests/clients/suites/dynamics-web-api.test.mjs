// dynamics-web-api against the Dataverse sandbox. Numbers in brackets are facts of the wire contract.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DynamicsWebApi } from "dynamics-web-api";
import { startSandbox } from "../support/sandbox.mjs";

const FORMATTED = "@OData.Community.Display.V1.FormattedValue";
let sandbox;
let api;
let tokens = 0;

before(async () => {
  sandbox = await startSandbox(300);
  api = new DynamicsWebApi({
    serverUrl: sandbox.origin,
    dataApi: { version: "9.2" },
    onTokenRefresh: async () => `token-${(tokens += 1)}`,
  });
});
after(() => sandbox.stop());

const refusal = (status) => (error) => {
  assert.equal(error.status, status, error.message);
  return true;
};

test("the sign-in callback is asked for every request, and without it there is a 401 [B3]", async () => {
  const asked = tokens;
  const who = await api.callFunction({ functionName: "WhoAmI" });
  assert.match(who.UserId, /^[0-9a-f-]{36}$/);
  assert.equal(tokens, asked + 1);
  const stranger = new DynamicsWebApi({ serverUrl: sandbox.origin, dataApi: { version: "9.2" } });
  await assert.rejects(stranger.callFunction({ functionName: "WhoAmI" }), refusal(401));
});

test("metadata: tables, columns by type, relationships, global option sets [B31 to B35]", async () => {
  const tables = await api.retrieveEntities({ select: ["LogicalName", "EntitySetName"] });
  assert.equal(tables.value.length, 45, "the 43 of D3, and two that hold privileges");
  const account = await api.retrieveEntity({ key: "LogicalName='account'", select: ["MetadataId", "PrimaryNameAttribute"] });
  assert.equal(account.PrimaryNameAttribute, "name");
  const picklists = await api.retrieveAttributes({
    entityKey: account.MetadataId,
    castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
    select: ["LogicalName"],
    expand: [{ property: "OptionSet", select: ["Options"] }],
  });
  const terms = picklists.value.find((it) => it.LogicalName === "paymenttermscode");
  assert.equal(terms.OptionSet.Options[0].Label.UserLocalizedLabel.Label, "Net 30");
  const name = await api.retrieveAttribute({ entityKey: account.MetadataId, attributeKey: "LogicalName='name'" });
  assert.equal(name.MaxLength, 160);
  const relationships = await api.retrieveRelationships({
    castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
    filter: "ReferencedEntity eq 'account' and ReferencingEntity eq 'contact'",
  });
  assert.ok(relationships.value.some((it) => it.SchemaName === "contact_customer_accounts"));
  const sets = await api.retrieveGlobalOptionSets();
  assert.ok(sets.value.some((it) => it.Name === "qooi_pricingerrorcode"));
});

test("retrieve with pages and annotations [B20 to B22, B25, B27]", async () => {
  const first = await api.retrieveMultiple({
    collection: "accounts",
    select: ["name", "statecode", "_ownerid_value"],
    orderBy: ["name", "accountid"],
    maxPageSize: 50,
    count: true,
    includeAnnotations: "*",
  });
  assert.equal(first.value.length, 50);
  assert.ok(first.oDataCount > 100 && first.oDataNextLink);
  assert.match(first.value[0][`statecode${FORMATTED}`], /^(Active|Inactive)$/);
  assert.ok(first.value[0]["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"]);
  const ids = new Set(first.value.map((it) => it.accountid));
  let page = first;
  while (page.oDataNextLink) {
    page = await api.retrieveMultiple({ collection: "accounts", maxPageSize: 50 }, page.oDataNextLink);
    page.value.forEach((it) => ids.add(it.accountid));
  }
  assert.equal(ids.size, first.oDataCount);
  const all = await api.retrieveAll({ collection: "accounts", select: ["name"], filter: "statecode eq 1" });
  assert.equal(all.value.length, await api.count({ collection: "accounts", filter: "statecode eq 1" }));
  assert.equal(await api.count({ collection: "accounts" }), first.oDataCount);
  assert.equal(await api.countAll({ collection: "accounts" }), first.oDataCount);
});

test("create, retrieve with expansion, update, delete [B28, B38, B39, B42]", async () => {
  const accountid = await api.create({
    collection: "accounts",
    data: { name: "Alpes Vins SA", contact_customer_accounts: [{ lastname: "Rey" }, { lastname: "Roy" }] },
  });
  assert.match(accountid, /^[0-9a-f-]{36}$/i);
  const read = await api.retrieve({
    collection: "accounts",
    key: accountid,
    select: ["name"],
    expand: [
      { property: "contact_customer_accounts", select: ["lastname"], orderBy: ["lastname desc"] },
      { property: "owninguser", select: ["fullname"] },
    ],
  });
  assert.deepEqual(read.contact_customer_accounts.map((it) => it.lastname), ["Roy", "Rey"]);
  assert.ok(read.owninguser.fullname);
  assert.equal(await api.update({ collection: "accounts", key: accountid, data: { name: "Alpes" } }), true);
  await api.updateSingleProperty({ collection: "accounts", key: accountid, fieldValuePair: { fax: "1" } });
  const changed = await api.update({
    collection: "accounts",
    key: accountid,
    data: { telephone1: "2" },
    select: ["name", "fax", "telephone1"],
    returnRepresentation: true,
  });
  assert.deepEqual([changed.name, changed.fax, changed.telephone1], ["Alpes", "1", "2"]);
  await api.deleteRecord({ collection: "accounts", key: accountid, property: "fax" });
  assert.equal((await api.retrieve({ collection: "accounts", key: accountid, select: ["fax"] })).fax, null);
  assert.ok(await api.deleteRecord({ collection: "accounts", key: accountid }));
  await assert.rejects(api.retrieve({ collection: "accounts", key: accountid }), refusal(404));
  // The library sends If-Match: * with an update, so that nothing is created.
  await assert.rejects(api.update({ collection: "accounts", key: accountid, data: { name: "x" } }), refusal(404));
});

test("conflicts: only what was read may be changed [B41]", async () => {
  const made = await api.create({ collection: "contacts", data: { lastname: "Rey" }, returnRepresentation: true });
  const key = made.contactid;
  await api.update({ collection: "contacts", key, data: { lastname: "Roy" }, ifmatch: made["@odata.etag"] });
  const stale = { collection: "contacts", key, data: { lastname: "Ray" }, ifmatch: made["@odata.etag"] };
  assert.equal(await api.update(stale), false);
  assert.equal((await api.retrieve({ collection: "contacts", key, select: ["lastname"] })).lastname, "Roy");
});

test("upsert creates, updates, and does only one of them when told to [B40, B41]", async () => {
  const key = "5d9c0000-0000-4000-8000-0000000000aa";
  const upsert = (data, more) => api.upsert({ collection: "contacts", key, data, ...more });
  assert.equal(await upsert({ lastname: "X" }, { ifmatch: "*" }), null);
  const created = await upsert({ lastname: "Rey" }, { returnRepresentation: true, select: ["lastname"] });
  assert.equal(created.lastname, "Rey");
  await upsert({ lastname: "Roy" });
  assert.equal(await upsert({ lastname: "Ray" }, { ifnonematch: "*" }), null);
  assert.equal((await api.retrieve({ collection: "contacts", key, select: ["lastname"] })).lastname, "Roy");
});

test("associate and disassociate, lookups and members [B44]", async () => {
  const team = (await api.retrieveMultiple({ collection: "teams", select: ["name"], top: 1 })).value[0].teamid;
  const user = (await api.callFunction({ functionName: "WhoAmI" })).UserId;
  const members = { collection: "teams", primaryKey: team, relationshipName: "teammembership_association" };
  await api.associate({ ...members, relatedCollection: "systemusers", relatedKey: user });
  const read = () =>
    api.retrieve({ collection: "teams", key: team, select: ["name"], expand: [{ property: "teammembership_association", select: ["fullname"] }] });
  assert.deepEqual((await read()).teammembership_association.map((it) => it.systemuserid), [user]);
  const filter = `teammembership_association/any(u:u/systemuserid eq ${user})`;
  assert.equal((await api.retrieveMultiple({ collection: "teams", select: ["name"], filter })).value.length, 1);
  await api.disassociate({ ...members, relatedKey: user });
  assert.equal((await read()).teammembership_association.length, 0);

  const accountid = await api.create({ collection: "accounts", data: { name: "A" } });
  const contactid = await api.create({ collection: "contacts", data: { lastname: "B" } });
  const single = { collection: "accounts", primaryKey: accountid, navigationProperty: "primarycontactid" };
  await api.associateSingleValued({ ...single, relatedCollection: "contacts", relatedKey: contactid });
  const contact = () => api.retrieve({ collection: "accounts", key: accountid, select: ["_primarycontactid_value"] });
  assert.equal((await contact())._primarycontactid_value, contactid);
  await api.disassociateSingleValued(single);
  assert.equal((await contact())._primarycontactid_value, null);
});

test("a batch with a change set: references, and all or nothing [B51 to B53]", async () => {
  api.startBatch();
  api.create({ collection: "contacts", data: { lastname: "Batch" }, contentId: "1" });
  api.create({ collection: "accounts", data: { name: "Batch", "primarycontactid@odata.bind": "$1" }, contentId: "2" });
  const [contactid, accountid] = await api.executeBatch();
  const account = await api.retrieve({ collection: "accounts", key: accountid, select: ["_primarycontactid_value"] });
  assert.equal(account._primarycontactid_value, contactid);

  const before = await api.count({ collection: "accounts" });
  api.startBatch();
  api.create({ collection: "accounts", data: { name: "never" } });
  api.create({ collection: "accounts", data: { nope: 1 } });
  await assert.rejects(api.executeBatch(), (errors) => {
    const error = Array.isArray(errors) ? errors[0] : errors;
    assert.equal(error.status, 400, JSON.stringify(error));
    return true;
  });
  assert.equal(await api.count({ collection: "accounts" }), before);

  api.startBatch();
  api.retrieve({ collection: "accounts", key: accountid, select: ["name"] });
  api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter: "lastname eq 'Batch'" });
  api.count({ collection: "accounts" });
  const [one, many, count] = await api.executeBatch();
  assert.deepEqual([one.name, many.value.length, count], ["Batch", 1, before]);

  // Each request on its own, going on after the one that fails.
  api.startBatch();
  api.update({ collection: "accounts", key: accountid, data: { name: "After" }, inChangeSet: false });
  api.retrieve({ collection: "accounts", key: "00000000-0000-0000-0000-00000000dead", inChangeSet: false });
  api.deleteRecord({ collection: "accounts", key: accountid, inChangeSet: false });
  const outcomes = await api.executeBatch({ continueOnError: true });
  assert.equal(outcomes.length, 3);
  assert.equal(outcomes[1].status, 404);
  await assert.rejects(api.retrieve({ collection: "accounts", key: accountid }), refusal(404));
});

test("fetchXml with a join, pages by cookie, and an aggregate [B29]", async () => {
  const fetchXml = `<fetch count="20"><entity name="account"><attribute name="name"/><order attribute="name"/>
    <filter><condition attribute="statecode" operator="eq" value="0"/></filter>
    <link-entity name="systemuser" from="systemuserid" to="owninguser" alias="owner" link-type="outer">
      <attribute name="fullname"/></link-entity></entity></fetch>`;
  const first = await api.fetch({ collection: "accounts", fetchXml, includeAnnotations: "*" });
  assert.equal(first.value.length, 20);
  assert.ok(first.value.some((it) => it["owner.fullname"]));
  const second = await api.fetch({
    collection: "accounts",
    fetchXml,
    includeAnnotations: "*",
    pageNumber: first.PagingInfo.nextPage,
    pagingCookie: first.PagingInfo.cookie,
  });
  assert.ok(second.value[0].name.localeCompare(first.value[19].name, "en", { sensitivity: "base" }) >= 0);
  const all = await api.fetchAll({ collection: "accounts", fetchXml, includeAnnotations: "Microsoft.Dynamics.CRM.fetchxmlpagingcookie" });
  const expected = await api.count({ collection: "accounts", filter: "statecode eq 0" });
  assert.equal(new Set(all.value.map((it) => it.accountid)).size, expected);
  const sums = await api.fetch({
    collection: "accounts",
    fetchXml: `<fetch aggregate="true"><entity name="account"><attribute name="accountid" alias="n" aggregate="count"/>
      <attribute name="statecode" alias="state" groupby="true"/></entity></fetch>`,
  });
  assert.equal(sums.value.find((it) => it.state === 0).n, expected);
});

test("alternate keys: added, used in addresses, for upserts and for binding [B36, B46]", async () => {
  const keys = `${sandbox.origin}/api/data/v9.2/EntityDefinitions(LogicalName='product')/Keys`;
  const added = await fetch(keys, {
    method: "POST",
    headers: { Authorization: "Bearer x", "Content-Type": "application/json" },
    body: JSON.stringify({ SchemaName: "demo_number", KeyAttributes: ["productnumber"] }),
  });
  assert.equal(added.status, 204);
  const group = await api.create({ collection: "uomschedules", data: { name: "NAV PCS", baseuomname: "PCS" }, returnRepresentation: true });
  const units = await api.retrieveMultiple({ collection: "uoms", select: ["name"], filter: `_uomscheduleid_value eq ${group.uomscheduleid}` });
  assert.deepEqual(units.value.map((it) => it.name), ["PCS"]);
  const product = {
    name: "Bicycle",
    quantitydecimal: 2,
    "defaultuomscheduleid@odata.bind": `/uomschedules(${group.uomscheduleid})`,
    "defaultuomid@odata.bind": `/uoms(${units.value[0].uomid})`,
  };
  const created = await api.upsert({ collection: "products", key: "productnumber='1000'", data: product, returnRepresentation: true, select: ["name"] });
  assert.equal(created.name, "Bicycle");
  await api.update({ collection: "products", key: "productnumber='1000'", data: { name: "Bike" } });
  assert.equal((await api.retrieve({ collection: "products", key: "productnumber='1000'", select: ["name"] })).name, "Bike");
  const second = { ...product, productnumber: "1001", "parentproductid@odata.bind": "/products(productnumber='1000')" };
  const child = await api.create({ collection: "products", data: second, returnRepresentation: true });
  assert.equal(child._parentproductid_value, created.productid);
  await assert.rejects(api.create({ collection: "products", data: { ...second, name: "again" } }), refusal(412));
});

test("change tracking: what changed and what was deleted [B48 to B50]", async () => {
  const first = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], trackChanges: true });
  assert.ok(first.oDataDeltaLink);
  const changed = await api.create({ collection: "contacts", data: { lastname: "Delta" } });
  await api.deleteRecord({ collection: "contacts", key: first.value[0].contactid });
  const delta = await api.retrieveMultiple({ collection: "contacts" }, first.oDataDeltaLink);
  assert.deepEqual(delta.value.map((it) => it.contactid ?? it.id), [changed, first.value[0].contactid]);
  assert.equal(delta.value[1].reason, "deleted");
});

test("bulk messages and actions on options [B34, B47]", async () => {
  const type = "Microsoft.Dynamics.CRM.account";
  const rows = ["a", "b", "c"].map((name) => ({ name: `bulk ${name}`, "@odata.type": type }));
  const call = (actionName, Targets) => api.callAction({ collection: "accounts", actionName, action: { Targets } });
  const made = await call("Microsoft.Dynamics.CRM.CreateMultiple", rows);
  assert.equal(made.Ids.length, 3);
  await call("Microsoft.Dynamics.CRM.UpdateMultiple", made.Ids.map((accountid) => ({ accountid, fax: "7", "@odata.type": type })));
  assert.equal(await api.count({ collection: "accounts", filter: "fax eq '7'" }), 3);
  const bad = [...rows, { name: null, "@odata.type": type }];
  const before = await api.count({ collection: "accounts" });
  await assert.rejects(call("Microsoft.Dynamics.CRM.CreateMultiple", bad), refusal(400));
  assert.equal(await api.count({ collection: "accounts" }), before);
  const label = { LocalizedLabels: [{ Label: "Net 90", LanguageCode: 1033 }] };
  const column = { EntityLogicalName: "account", AttributeLogicalName: "paymenttermscode" };
  const inserted = await api.callAction({ actionName: "InsertOptionValue", action: { ...column, Value: 1000, Label: label } });
  assert.equal(inserted.NewOptionValue, 1000);
  await api.update({ collection: "accounts", key: made.Ids[0], data: { paymenttermscode: 1000 } });
  const read = await api.retrieve({ collection: "accounts", key: made.Ids[0], select: ["paymenttermscode"], includeAnnotations: "*" });
  assert.equal(read[`paymenttermscode${FORMATTED}`], "Net 90");
});
